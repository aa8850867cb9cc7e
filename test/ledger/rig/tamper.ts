import { readFileSync, writeFileSync } from "node:fs";
import Database from "libsql";
import type { LedgerBook } from "../../../src/ledger/ledger.ts";
import { type Verified, verify } from "../../../src/ledger/verify.ts";
import { Bench, capped, order, step, usd, World } from "./test-ledger.ts";
import { sqlite } from "./sqlite-ledgers.ts";

/** Verifies a ledger as `topsheet ledger verify` does. */
export async function verifyLedger(ledger: LedgerBook): Promise<Verified> {
  const { entries, kept } = await ledger.everything();
  return verify(entries, kept);
}

/** Reads rows of a file without the ledger's code. */
export function rawRows(path: string, sql: string): readonly unknown[] {
  const raw = new Database(path);
  const rows = raw.prepare(sql).all();
  raw.close();
  return rows;
}

// What keeps rows as they are is removed first.
const GUARDS = ["TRIGGER entries_stay", "TRIGGER entries_remain"];
const PROMISES = ["INDEX bought_once", "INDEX one_request", "INDEX approved_once"];

/** Changes a ledger's file without the ledger's code. */
export function tamper(path: string, ...statements: readonly string[]): void {
  const raw = new Database(path);
  for (const guard of [...GUARDS, ...PROMISES]) raw.exec(`DROP ${guard}`);
  for (const sql of statements) raw.exec(sql);
  raw.close();
}

async function createStory(): Promise<Buffer> {
  let path = "";
  const place = async (): Promise<string> => (path = await sqlite.place());
  const pace = { per_run: usd(5), per_day: usd(6) };
  const bench = await Bench.create(
    { ...sqlite, place },
    capped({ cap: usd(6), per_shot: usd(2), ...pace }),
  );
  const { ledger, world } = bench;
  await ledger.agree("other", capped({}));
  const settled = await bench.makeHold(
    order("a", { shot: "A", scene: "1", tags: ["wide"] }),
    "submitted",
  );
  await bench.advance(settled.id, step.cancel());
  world.at += 60_000;
  await bench.advance(settled.id, step.settled());
  await bench.advance(settled.id, step.delivered());
  await bench.makeHold(order("b"), "failed, charge none");
  await bench.reserve(order("b"));
  await bench.makeHold(order("c"), "unknown");
  const failed = await bench.makeHold(order("d", { shot: "a" }), "failed, charge unknown");
  await bench.advance(failed.id, step.charge("charged"));
  await bench.makeHold(order("e"), "failed, charge unknown");
  const limits = [{ name: "--max-usd", limit: usd(1) }];
  const plan = await ledger.startRun({ campaign: "film", account: "plan", limits });
  await bench.reserve(order("f"), plan);
  const other = await ledger.startRun({ campaign: "other", account: null, limits: [] });
  await bench.reserve(order("a", { campaign: "other" }), other);
  await ledger.endRun(other);
  return readFileSync(path);
}

let told: Promise<Buffer> | undefined;

/**
 * Copies a valid ledger with some of everything: a line that is delivered, one that failed and was
 * bought again, one unknown, one whose charge a person settled, one of another campaign. Every cap is met exactly.
 */
export async function copyStory(): Promise<string> {
  told ??= createStory();
  const path = await sqlite.place();
  writeFileSync(path, await told);
  return path;
}

/** Returns the problems that an audit finds in the story after these statements. */
export async function findProblemsAfter(
  ...statements: readonly string[]
): Promise<readonly string[]> {
  return await findProblemsIn(await copyStory(), ...statements);
}

/** Returns the problems that an audit finds in a file after these statements. */
export async function findProblemsIn(
  path: string,
  ...statements: readonly string[]
): Promise<readonly string[]> {
  tamper(path, ...statements);
  const ledger = await sqlite.open(path, "read", new World().as("reader"));
  return (await verifyLedger(ledger)).problems;
}
