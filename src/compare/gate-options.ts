import { quoted } from "../diagnostics/printable.ts";
import { parsePercent, parseUsd } from "../money.ts";
import type { GateLimits, Increase } from "../plan/gate.ts";
import { notUsd } from "../cli/arguments.ts";

/** What a plan is asked to pass, as it is written. */
export interface GateOptions {
  readonly maxUsd?: string;
  readonly maxIncrease?: string;
  readonly failOn?: "warn";
}

/** The limits that a command asks for, null for none of them; a text says which is misspelt. */
export function gateLimits({
  maxUsd,
  maxIncrease,
  failOn,
}: GateOptions): GateLimits | null | string {
  const usd = maxUsd === undefined ? null : parseUsd(maxUsd);
  if (usd === undefined) {
    return notUsd("--max-usd", maxUsd);
  }
  const increase = maxIncrease === undefined ? null : increaseOf(maxIncrease);
  if (increase === undefined) {
    return `--max-increase takes a share such as 10% or US dollars such as 5 or 0.5, not ${quoted(maxIncrease ?? "")}`;
  }
  const limits = { maxUsd: usd, maxIncrease: increase, failOn: failOn ?? null };
  return usd === null && increase === null && failOn === undefined ? null : limits;
}

function increaseOf(written: string): Increase | undefined {
  const percent = parsePercent(written);
  if (percent !== undefined) return { percent };
  const usd = parseUsd(written);
  return usd === undefined ? undefined : { usd };
}
