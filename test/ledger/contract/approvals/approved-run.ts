import { expect } from "vitest";
import type { Terms } from "../../../../src/budget/terms.ts";
import type { Unapproved } from "../../../../src/ledger/approval.ts";
import type { Approval, ApprovedLine, Order } from "../../../../src/ledger/entry.ts";
import type { Hold } from "../../../../src/ledger/hold.ts";
import type { Ledger } from "../../../../src/ledger/ledger.ts";
import { verify } from "../../../../src/ledger/verify.ts";
import { type Bench, capped, order, usd } from "../../rig/test-ledger.ts";

export const FILM = { campaign: "film", account: null, limits: [] };

/** Terms under which every purchase has to be in an approved plan. */
export const REQUIRED: Terms = { ...capped({}), approval: "required" };

/** Returns an order's line in a plan's approval. */
export function lineOf(wanted: Order, more: Partial<ApprovedLine> = {}): ApprovedLine {
  const { key, fingerprint, ordinal, gist = `gist of ${fingerprint}`, cost } = wanted;
  return { key, fingerprint, ordinal, gist, cost, ...more };
}

/** Makes a person's approval of a plan, for so many dollars. */
export function word(plan: string, dollars: number, more: Partial<Approval> = {}): Approval {
  const created = "2026-11-21T08:00:00Z";
  return { plan, created, by: "Ada", limit: usd(dollars), until: null, ...more };
}

/** Approves orders as a plan's lines, and starts a run that needs just that approval. */
export async function startApprovedRun(
  bench: Bench,
  approval: Approval,
  orders: readonly Order[],
): Promise<string> {
  const lines = orders.map((each) => lineOf(each));
  await bench.ledger.approve("film", approval, lines);
  return await bench.ledger.startRun({ ...FILM, approval: approval.plan });
}

/** Expects a refusal for this reason, and that nothing is written. */
export async function expectRefused(
  ledger: Ledger,
  run: string,
  wanted: Order,
  why: Unapproved,
): Promise<void> {
  const before = (await ledger.entries(null)).length;
  const told = await ledger.reserve(run, wanted);
  expect(told).toMatchObject({ is: "unapproved", why });
  expect((await ledger.entries(null)).length).toBe(before);
}

/** Expects a purchase as that line of that plan, wherever the hold is read. */
export async function expectBoughtAs(
  bench: Bench,
  run: string,
  wanted: Order,
  plan: string,
  line: string,
): Promise<Hold> {
  const hold = await bench.reserve(wanted, run);
  expect([wanted.key, hold.approved]).toEqual([wanted.key, { plan, line }]);
  expect(await bench.ledger.hold(hold.id)).toEqual(hold);
  return hold;
}

/** Returns the problems that `topsheet ledger verify` reports. */
export async function findProblems({ ledger }: Pick<Bench, "ledger">): Promise<readonly string[]> {
  const { entries, kept } = await ledger.everything();
  return verify(entries, kept).problems;
}

/** Two forms of one shot: so many seconds for as many dollars. */
export function form(shot: string, seconds: number, more: Partial<Order> = {}): Order {
  const fingerprint = `${shot}, ${seconds} s`;
  return order(fingerprint, {
    key: `${shot}~t${more.ordinal ?? 1}`,
    shot,
    gist: `the gist of ${shot}`,
    seconds,
    cost: usd(seconds),
    ...more,
  });
}
