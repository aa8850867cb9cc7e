import { type Entry, encodeFact } from "./entry.ts";
import type { LedgerBook, Moves, Parcel, MoveOutcome } from "./ledger.ts";

/** Returns a campaign's entries without those about its moves. */
export function removeMoves(entries: readonly Entry[]): readonly Entry[] {
  const told = entries.filter(({ fact }) => fact.kind !== "sealed" && fact.kind !== "received");
  // A record that it is bought apart is no purchase yet.
  return told.every(({ fact }) => fact.kind === "separate") ? [] : told;
}

/**
 * Returns whether a ledger that has sealed a campaign may receive it again: only if the campaign has moved more often
 * since. A copy that began before it was passed on must not reopen it here, or two ledgers would buy.
 */
export function mayReturn(here: Moves | null, formerly: readonly string[]): boolean {
  return here !== null && here.sealed !== null && formerly.length + 1 > here.formerly.length;
}

/**
 * Compares the entries that a ledger has of a campaign with those sent to it: only a campaign that is new or sealed
 * there continues with what was written elsewhere.
 */
export function compareEntries(
  known: readonly Entry[],
  sealed: boolean,
  sent: readonly Entry[],
): MoveOutcome {
  const both = Math.min(known.length, sent.length);
  for (let index = 0; index < both; index += 1) {
    if (formatEntry(known[index]) !== formatEntry(sent[index])) return "differs";
  }
  if (known.length > 0 && known.length >= sent.length && !sealed) return "there-already";
  return (known.length === 0 || sealed) && known.length <= sent.length ? "received" : "differs";
}

function formatEntry(entry: Entry | undefined): string {
  if (entry === undefined) return "";
  const { at, run, hold, fact } = entry;
  return JSON.stringify([at, run, hold, encodeFact(fact)]);
}

/** Reads a sealed campaign from its ledger. */
export async function createParcel(name: string, book: LedgerBook): Promise<Parcel> {
  const { formerly } = await book.moves(name);
  const untagged = (await book.positions(name)).filter(({ tags }) => tags === null);
  return {
    name,
    from: book.id,
    formerly,
    entries: await book.entries(name),
    untagged: untagged.map(({ id }) => id),
  };
}
