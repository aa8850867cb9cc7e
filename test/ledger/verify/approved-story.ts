import { readFileSync, writeFileSync } from "node:fs";
import { NO_BREAKER } from "../../../src/budget/caps.ts";
import type { Terms } from "../../../src/budget/terms.ts";
import { findProblemsIn, rawRows } from "../rig/tamper.ts";
import { FILM, form, lineOf, word } from "../contract/approvals/approved-run.ts";
import { Bench, capped, order, step, usd } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

const DAY = 86_400_000;

const breaker = { ...NO_BREAKER, usdPerHour: usd(18), unknownUsd: usd(0.5) };
const pace = { per_day: usd(14) };
const TERMS: Terms = { ...capped({ cap: usd(14), ...pace, breaker }), approval: "required" };

async function createStory(): Promise<Buffer> {
  let path = "";
  const place = async (): Promise<string> => (path = await sqlite.place());
  const bench = await Bench.create({ ...sqlite, place }, TERMS);
  const { ledger, world } = bench;
  const more = { of: null, by: "Grace", why: "rain" };
  await ledger.addOverage("film", { ...more, cap: "cap", amount: usd(4) });
  await ledger.addOverage("film", { ...more, cap: "per_day", amount: usd(4) });
  const [a, b, c] = [form("a", 8), form("b", 5), form("c", 3)];
  const until = world.at + 1;
  const first = [lineOf(a), lineOf(b, { cost: usd(6) }), lineOf(c)];
  await ledger.approve("film", word("plan-1", 13, { until }), first);
  const own = await ledger.startRun({ ...FILM, approval: "plan-1" });
  const settled = await bench.reserve(a, own);
  for (const make of [step.sending, step.submitted]) await bench.advance(settled.id, make());
  await bench.advance(settled.id, step.settled(usd(0)));
  // A cheaper form, released and bought again.
  const released = await bench.reserve({ ...b, fingerprint: "b, in silence" }, own);
  await bench.advance(released.id, step.released());
  await bench.reserve(b, own);
  world.at += 60_000;
  await ledger.approve("film", word("plan-2", 5), [lineOf(form("d", 2)), lineOf(form("e", 2))]);
  await bench.makeHold(form("d", 2, { cost: usd(0.5) }), "unknown");
  await bench.makeHold(form("e", 2), "failed, charge none");
  await ledger.approve("film", word("plan-1", 16, { by: "Ada L." }), first);
  await bench.reserve(c, own);
  await bench.reserve(form("e", 2, { cost: usd(1.5) }));
  await ledger.agree("other", capped({}));
  const other = await ledger.startRun({ ...FILM, campaign: "other" });
  await bench.reserve(order("a", { campaign: "other" }), other);
  world.at += DAY;
  await ledger.addOverage("film", { ...more, cap: "cap", amount: usd(1), why: "more rain" });
  rawRows(path, "PRAGMA wal_checkpoint(TRUNCATE)");
  return readFileSync(path);
}

let told: Promise<Buffer> | undefined;

/**
 * Copies a ledger in which nearly everything had to be approved: limits, caps with overages and the breaker are
 * met exactly, one plan was approved twice, one line bought in a cheaper form, one freed and bought again.
 */
export async function copyApprovedStory(): Promise<string> {
  told ??= createStory();
  const path = await sqlite.place();
  writeFileSync(path, await told);
  return path;
}

/** Returns the problems that an audit finds in it after these statements. */
export async function findProblemsAfter(
  ...statements: readonly string[]
): Promise<readonly string[]> {
  return await findProblemsIn(await copyApprovedStory(), ...statements);
}
