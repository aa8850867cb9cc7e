import { printable, shortened } from "../diagnostics/printable.ts";
import type { LineStep } from "./follow-batch.ts";
import type { Hold } from "../ledger/hold.ts";
import { cents, dollars, exact } from "../money.ts";
import type { RunEvent } from "../run/events.ts";
import type { Fault } from "../run/faults.ts";
import { about } from "../run/work.ts";
import { warningsOf } from "../report/run-report.ts";
import { charged } from "../cli/buying/event-text.ts";

// A batch is followed from the ledger: all that is known of a line is the steps of its hold.

/** A step as a progress display takes it; null for what it does not show. */
export function boardEvent(kind: LineStep, hold: Hold): RunEvent | null {
  const line = about(hold);
  const { seconds, endpoint, charge, excess, doubt } = hold;
  // The display tells no faults.
  const fault: Fault = { kind: "maker-failed", why: hold.why ?? "", retryAfter: null };
  switch (kind) {
    case "reserved":
      return { event: "reserved", line, seconds, endpoint };
    case "sending":
      return { event: "sending", line };
    case "submitted":
      return { event: "submitted", line, request: hold.request?.id ?? "" };
    case "settled": {
      const { spent, billableUnits } = hold;
      return { event: "settled", line, spent, excess, doubt, billableUnits };
    }
    case "released":
      return { event: "unsent", line };
    case "failed":
      return {
        event: "failed",
        line,
        fault,
        charge: charge ?? "unknown",
        excess,
        doubt,
        again: false,
      };
    case "unknown":
      return { event: "unknown", line, fault };
    case "missing":
      return { event: "in-flight", line, why: fault.why };
    case "charge":
    case "cancel":
    case "delivered":
      return null;
  }
}

/** A step as a line; `bad` is told even when quiet. */
export function stepText(
  kind: LineStep,
  hold: Hold,
): { readonly text: string; readonly bad: boolean } | null {
  const name = printable(hold.key);
  const why = printable(shortened(hold.why ?? "", 300));
  switch (kind) {
    case "submitted": {
      const request = printable(hold.request?.id ?? "");
      return { text: `${name} sent for ${cents(hold.cost)}: request ${request}`, bad: false };
    }
    case "settled":
      return {
        text: [`${name} is made: ${dollars(hold.spent)}`, ...warningsOf(hold)].join("; "),
        bad: warningsOf(hold).length > 0,
      };
    case "delivered": {
      const { path = "", warnings = [] } = hold.delivery ?? {};
      const text = `${name} is in ${printable(path)}`;
      return warnings.length === 0
        ? { text, bad: false }
        : { text: `${text}, but: ${warnings.map(printable).join("; ")}`, bad: true };
    }
    case "released":
      return { text: `${name} was not bought: ${why}`, bad: true };
    case "failed":
      return {
        text: `${name} failed: ${why}. ${charged({ ...hold, charge: hold.charge ?? "unknown" })}`,
        bad: true,
      };
    case "unknown":
      return {
        text: `${name} may have been bought: ${why}. ${cents(hold.held)} stay held.`,
        bad: true,
      };
    case "missing":
      return { text: `${name} stays in flight: ${why}`, bad: true };
    case "reserved":
    case "sending":
    case "charge":
    case "cancel":
      return null;
  }
}

/** A step as a line of JSON: amounts as decimal text, the moment in UTC. */
export function stepJson(kind: LineStep, hold: Hold, at: number): string {
  const { key, id, cost, spent, held, state, request, why, charge, delivery } = hold;
  return JSON.stringify({
    at: new Date(at).toISOString(),
    event: kind,
    line: { key, hold: id, cost: exact(cost) },
    state,
    spent: exact(spent),
    held: exact(held),
    request: request?.id ?? null,
    charge,
    why,
    ...(kind === "delivered" && { delivery }),
  });
}
