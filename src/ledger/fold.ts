import type { Entry } from "./entry.ts";
import { isStep } from "./entry.ts";
import { LedgerFault } from "./ledger.ts";
import { after, type Hold, reservedHold } from "./hold.ts";

/** Holds by id, as their entries tell them, in the order in which they were reserved. Throws at an impossible step. */
export function fold(entries: Iterable<Entry>): Map<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const entry of entries) {
    if (entry.hold === null) continue;
    holds.set(entry.hold, folded(holds.get(entry.hold), entry, entry.hold));
  }
  return holds;
}

/** A hold after one more of its entries. */
function folded(hold: Hold | undefined, { fact, at, run, seq }: Entry, id: string): Hold {
  if (fact.kind === "reserved") {
    if (hold !== undefined || run === null) throw damaged(`entry ${seq}: ${id} reserved again`);
    return reservedHold(id, run, fact.order, at, fact.approved);
  }
  const next = hold === undefined || !isStep(fact) ? null : after(hold, fact, at);
  if (next === null) {
    throw damaged(
      `entry ${seq}: ${id} is ${hold?.state ?? "not reserved"}, not to be ${fact.kind}`,
    );
  }
  return next;
}

function damaged(what: string): LedgerFault {
  return new LedgerFault("damaged", `it holds what no ledger holds: ${what}`);
}
