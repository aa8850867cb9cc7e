import { counted, printable } from "../../diagnostics/printable.ts";
import type { Step } from "../../ledger/entry.ts";
import type { Hold } from "../../ledger/hold.ts";
import { cents } from "../../money/usd.ts";
import { needsPerson } from "../../report/where-to-look.ts";
import { blankWord } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { campaignAndKey, holdsOf } from "../find-hold.ts";
import { withLedger } from "../open-ledger.ts";
import { refuse } from "../refuse.ts";
import type { Shell } from "../shell.ts";

export interface ResolveOptions {
  readonly requestId?: string;
  readonly charged?: true;
  readonly notCharged?: true;
  readonly by: string;
  readonly why: string;
  readonly ledger?: string;
}

/** Settles by hand what became of a line whose outcome, or whose charge, is not known. */
export async function resolve(
  shell: Shell,
  line: string,
  options: ResolveOptions,
): Promise<number> {
  const no = (problem: string): number => refuse(shell, problem);
  const { requestId, charged, notCharged } = options;
  const answers = [requestId, charged, notCharged].filter((answer) => answer !== undefined);
  if (answers.length !== 1) return no("say one of --request-id ID, --charged and --not-charged");
  const blank = blankWord({ "--by": options.by, "--why": options.why });
  if (blank !== null) return no(blank);
  if (requestId !== undefined && !/^[A-Za-z0-9._-]{1,200}$/.test(requestId)) {
    return no(`${JSON.stringify(requestId)} is no request id`);
  }
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const named = await campaignAndKey(ledger, line);
    if ("problem" in named) return no(named.problem);
    await ledger.buryDead(named.campaign);
    const all = await ledger.holds(named.campaign);
    const found = holdsOf(all, named.key, needsPerson);
    if ("problem" in found) return no(found.problem);
    const [hold, ...others] = found;
    if (hold === undefined) return no(`nothing about ${printable(named.key)} is unknown`);
    if (others.length > 0) {
      const ids = found.map(({ id }) => printable(id)).join(", ");
      return no(
        `${counted(found.length, "hold")} of that line are unknown, name one of them in place of the key: ${ids}`,
      );
    }
    const holder = all.find((other) => other.request?.id === requestId);
    // A failed line's own request may be collected once more.
    if (requestId !== undefined && holder !== undefined && holder.id !== hold.id) {
      return no(`that request is ${printable(holder.key)}'s already`);
    }
    const step = stepOf(hold, options);
    if ("problem" in step) return no(step.problem);
    const advance = await ledger.advance(hold.id, step);
    if (advance.is === "late")
      return no(`${printable(hold.key)} is ${advance.hold.state} meanwhile`);
    shell.err(`${printable(hold.key)}: ${outcome(advance.hold)}\n`);
    return EXIT.done;
  });
}

function stepOf(
  hold: Hold,
  { requestId, charged, by, why }: ResolveOptions,
): Step | { readonly problem: string } {
  const person = { by, why };
  if (requestId !== undefined && hold.state === "submitted") {
    return { problem: "its request is known; say --charged or --not-charged" };
  }
  if (hold.state === "failed" && requestId === undefined) {
    return { kind: "charge", charge: charged === true ? "charged" : "none", person };
  }
  if (requestId !== undefined) {
    const request = { id: requestId, statusUrl: null, responseUrl: null, cancelUrl: null };
    return { kind: "submitted", request, person };
  }
  return charged === true
    ? {
        kind: "failed",
        charge: "charged",
        why: "billed, and nothing came of it",
        headers: {},
        person,
      }
    : { kind: "released", why: "not billed", person };
}

function outcome(hold: Hold): string {
  switch (hold.state) {
    case "submitted":
      return `in flight as request ${printable(hold.request?.id ?? "")}; run again to collect it`;
    case "released":
      return `not bought, ${cents(hold.cost)} are free again; run buys it anew`;
    case "failed":
      return hold.charge === "charged"
        ? `${cents(hold.spent)} count as spent`
        : `cost nothing, ${cents(hold.cost)} are free again; run --retry-failed buys it anew`;
    case "reserved":
    case "sending":
    case "settled":
    case "unknown":
      return hold.state;
  }
}
