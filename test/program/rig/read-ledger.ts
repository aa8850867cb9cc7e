import { randomUUID } from "node:crypto";
import type { Entry, Fact } from "../../../src/ledger/entry.ts";
import { type LedgerBook, NO_LOCKS, type Purpose } from "../../../src/ledger/ledger.ts";
import { createPostgres, openPostgres } from "../../../src/ledger/sql/postgres.ts";
import { isPostgres } from "../../../src/ledger/postgres-url.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import type { Hold } from "../../../src/ledger/hold.ts";

const AROUND = {
  now: null,
  newId: randomUUID,
  owner: "the tests",
  locks: NO_LOCKS,
};

/** Makes what `topsheet ledger init --rehearsal` makes, without a process for it: the simulator plays fal in most tests. */
export async function createEmptyLedger(
  path: string,
  purpose: Purpose = "rehearsal",
): Promise<void> {
  const made = isPostgres(path)
    ? await createPostgres(path, purpose, AROUND)
    : await createSqlite(path, purpose, AROUND);
  made.close();
}

/** Reads a ledger's entries with the program's own reader and by no other rule of its. */
export async function readEntries(path: string): Promise<readonly Entry[]> {
  return await reading(path, async (ledger) => await ledger.entries(null));
}

export async function readHolds(path: string, campaign: string): Promise<readonly Hold[]> {
  return await reading(path, async (ledger) => await ledger.holds(campaign));
}

/** Returns the last step that a ledger has of the first hold of a line. */
export async function readLastStep(path: string, key: string): Promise<string | undefined> {
  const entries = await readEntries(path);
  const id = entries.find(({ fact }) => fact.kind === "reserved" && fact.order.key === key)?.hold;
  return entries.findLast(({ hold }) => hold !== null && hold === id)?.fact.kind;
}

async function reading<Result>(
  path: string,
  read: (ledger: LedgerBook) => Promise<Result>,
): Promise<Result> {
  const ledger = isPostgres(path)
    ? await openPostgres(path, "read", AROUND)
    : await openSqlite(path, "read", AROUND);
  try {
    return await read(ledger);
  } finally {
    ledger.close();
  }
}

interface Money {
  readonly seq: number;
  /** Micro-dollars. */
  readonly spent: number;
  readonly held: number;
}

/**
 * Spent and held after each entry, added up here from the entries alone: the program's own fold is not asked, for
 * it is what is to be proved.
 */
export function moneyThroughout(entries: readonly Entry[]): readonly Money[] {
  const spent = new Map<string, number>();
  const held = new Map<string, number>();
  const costs = new Map<string, number>();
  return entries.map(({ seq, hold, fact }) => {
    const [paid, promised] = hold === null ? [] : moneyAfter(fact, costs.get(hold) ?? 0);
    if (hold !== null && fact.kind === "reserved") costs.set(hold, fact.order.cost);
    if (hold !== null && paid !== undefined) spent.set(hold, paid);
    if (hold !== null && promised !== undefined) held.set(hold, promised);
    return { seq, spent: total(spent), held: total(held) };
  });
}

/** What a hold has cost and still holds after this; nothing where it moves no money. */
function moneyAfter(fact: Fact, cost: number): readonly number[] {
  if (fact.kind === "reserved") return [0, fact.order.cost];
  if (fact.kind === "settled") return [cost + fact.excess, 0];
  if (fact.kind === "released") return [0, 0];
  if (fact.kind !== "failed" && fact.kind !== "charge") return [];
  return [fact.charge === "charged" ? cost : 0, fact.charge === "unknown" ? cost : 0];
}

function total(amounts: ReadonlyMap<string, number>): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}

/** Every request that ever stood in a ledger. */
export function findRequests(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ fact }) => (fact.kind === "submitted" ? [fact.request.id] : []));
}

/** "12.34" in micro-dollars. */
export function micros(dollars: string): number {
  const [, whole = "", part = ""] = /^(\d+)(?:\.(\d{1,6}))?$/.exec(dollars) ?? [];
  if (whole === "") throw new Error(`not an amount: ${dollars}`);
  return Number(whole) * 1_000_000 + Number(part.padEnd(6, "0"));
}
