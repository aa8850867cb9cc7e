import { diffDocument, type DiffDocument } from "./diff-document.ts";
import { topsheet } from "../rig/in-process.ts";

export interface Diffed extends DiffDocument {
  readonly code: number;
}

/** `topsheet diff BEFORE AFTER --format json --exit-code`, read back. */
export async function diffPlans(
  before: string,
  after: string,
  more: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<Diffed> {
  // What looks like a plan has a plan's ending.
  const named = (side: string, text: string): string =>
    `${side}.${text.startsWith("{\n") ? "json" : "yaml"}`;
  const [old, now] = [named("before", before), named("after", after)];
  const files = { ...more, [old]: before, [now]: after };
  const args = ["diff", old, now, "--format", "json", "--exit-code", ...options];
  const told = await topsheet(args, { files });
  // A refusal prints no document but says why.
  if (told.out === "") throw new Error(told.err);
  return { code: told.code, ...diffDocument.parse(JSON.parse(told.out)) };
}

/** What `plan -o plan.json` writes of a manifest. */
export async function savePlan(
  manifest: string,
  more: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<string> {
  const files = { ...more, "shots.yaml": manifest };
  const told = await topsheet(["plan", "shots.yaml", "-o", "plan.json", ...options], { files });
  const plan = told.files["plan.json"];
  if (plan === undefined) throw new Error(told.err);
  return plan;
}

/** "-1.176" in micro-dollars, read with no help of the program's. */
export function readMicros(dollars: string): bigint {
  const [, sign = "", whole = "", part = ""] = /^(-?)(\d+)\.(\d{2,6})$/.exec(dollars) ?? [];
  if (whole === "") throw new Error(`not an amount: ${dollars}`);
  return BigInt(`${sign}1`) * (BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, "0")));
}

export function sumMicros(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + readMicros(amount), 0n);
}
