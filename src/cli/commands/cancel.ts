import { findVendor } from "../../catalogue/models.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Hold } from "../../ledger/hold.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Cancelled } from "../../run/vendor.ts";
import { reachVendors } from "../buying/reach-vendors.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { parseLineName, findHolds } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import type { Shell } from "../shell.ts";
import type { CancelOptions } from "../options.ts";

/** Asks the vendor to cancel what is in flight. The money stays held until the answer proves it free. */
export async function cancel(
  shell: Shell,
  lines: readonly string[],
  options: CancelOptions,
): Promise<number> {
  if ((lines.length === 0) === (options.all !== true)) {
    return refuse(shell, "name lines as CAMPAIGN/KEY, or say --all");
  }
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const found = await findInFlight(ledger, lines);
    if (!found.ok) return refuse(shell, found.problem);
    const chosen = found.value;
    if (chosen.length === 0) {
      shell.err("Nothing is in flight.\n");
      return EXIT.done;
    }
    const buying = await shell.buying();
    const endpoints = chosen.map((hold) => hold.endpoint);
    const reach = reachVendors(buying, endpoints);
    if (!reach.ok) return refuse(shell, reach.problem);
    if (buying.problem !== null) return refuse(shell, buying.problem);
    const vendor = reach.value.vendor(ledger.purpose === "rehearsal");
    if (await isRunning(ledger)) {
      shell.err("A run is in progress, and sends what is left of its plan: end it with Ctrl-C.\n");
    }
    let open = false;
    for (const hold of chosen) {
      const { endpoint, request, seconds } = hold;
      if (request === null) continue;
      const answer = await vendor.cancel({ endpoint, request, seconds });
      if (answer.is === "removed") {
        const why = "cancelled before it was begun";
        await ledger.advance(hold.id, { kind: "released", why, person: null });
      } else if (answer.is !== "fault") {
        await ledger.advance(hold.id, { kind: "cancel", answer: answer.is });
      }
      open ||= answer.is !== "removed";
      shell.err(
        `${toPrintable(hold.key)}: ${describeCancelled(answer, findVendor(endpoint).name)}\n`,
      );
    }
    return open ? EXIT.unknown : EXIT.done;
  });
}

async function findInFlight(
  ledger: Ledger,
  lines: readonly string[],
): Promise<Result<readonly Hold[]>> {
  const isOpen = (hold: Hold): boolean => hold.state === "submitted";
  if (lines.length === 0) {
    const all = await Promise.all((await ledger.campaigns()).map((name) => ledger.holds(name)));
    return ok(all.flat().filter(isOpen));
  }
  const chosen: Hold[] = [];
  for (const line of lines) {
    const named = await parseLineName(ledger, line);
    if (!named.ok) return named;
    const { campaign, key } = named.value;
    const found = findHolds(await ledger.holds(campaign), key, isOpen);
    if (!found.ok) return found;
    if (found.value.length === 0) return refused(`${toPrintable(line)} is not in flight`);
    chosen.push(...found.value);
  }
  return ok(chosen);
}

function describeCancelled(answer: Cancelled, vendor: string): string {
  switch (answer.is) {
    case "removed":
      return "removed from the queue before it was begun; its money is free again";
    case "asked":
      return `${vendor} was asked to cancel it; it may still finish, so its money stays held until a run has seen its end`;
    case "too-late":
      return "finished already; run collects it";
    case "not-found":
      return `${vendor} does not know its request; its money stays held`;
    case "fault":
      return `not cancelled: ${toPrintable(answer.fault.why)}`;
  }
}

async function isRunning(ledger: Ledger): Promise<boolean> {
  for (const campaign of await ledger.campaigns()) {
    if ((await ledger.openRuns(campaign)).some((run) => run.alive)) return true;
  }
  return false;
}
