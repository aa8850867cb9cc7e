import { printable } from "../diagnostics/printable.ts";
import { takeKey, variantKey } from "../manifest/key.ts";
import { add, dollars, subtract, sum } from "../money/usd.ts";
import { LONGEST_SECONDS, type WrittenLine, type WrittenPlan } from "./plan-document.ts";

// Who approves a plan reads its totals and its caps: they have to be what its lines make.

/** Above this, sums of a plan would be no exact amounts. A thousand million dollars. */
const MOST = 1e15;

/** Whether a plan's figures can be added up exactly at all. */
export function isBeyondMeasure({ lines }: WrittenPlan): boolean {
  const most = ({ cost, unit_price: rate }: WrittenLine): number =>
    Math.max(cost, rate * LONGEST_SECONDS);
  return lines.reduce((total, line) => total + most(line), 0) > MOST;
}

/** Where totals and caps say what the lines do not make. */
export function sumProblems({ lines, totals, caps }: WrittenPlan): readonly string[] {
  const cost = sum(lines.map((line) => line.cost));
  const seconds = lines.reduce((total, line) => total + line.seconds, 0);
  const problems: string[] = [];
  if (totals.cost !== cost) {
    problems.push(`its lines cost ${dollars(cost)}, its totals say ${dollars(totals.cost)}`);
  }
  if (totals.lines !== lines.length || totals.seconds !== seconds || totals.to_spend > cost) {
    problems.push("its totals are not what its lines make");
  }
  for (const { cap, limit, spent, held, planned, left } of caps) {
    const made = subtract(limit, add(add(spent, held), planned));
    if (left === made) continue;
    problems.push(`${printable(cap)} leaves ${dollars(made)}, it says ${dollars(left)}`);
  }
  return problems;
}

/** The key that a line's shot, matrix values and take make. */
export function keyOf({ shot, variant, take }: WrittenLine): string {
  const values = Object.entries(variant).map(([name, text]) => [name, { text }] as const);
  return takeKey(variantKey(shot, new Map(values)), take);
}

/** A purchase is bought once; a file that has it twice was written by hand. */
export function twice(lines: readonly WrittenLine[]): readonly string[] {
  const problems: string[] = [];
  const purchases = new Map<string, string>();
  const keys = new Set<string>();
  for (const { key, fingerprint: print, ordinal } of lines) {
    const purchase = `${print} ${ordinal}`;
    const first = purchases.get(purchase);
    if (first !== undefined) {
      problems.push(`${printable(key)}: it is the same purchase as ${printable(first)}`);
    }
    if (keys.has(key.toLowerCase())) problems.push(`${printable(key)}: it is there twice`);
    purchases.set(purchase, key);
    keys.add(key.toLowerCase());
  }
  return problems;
}
