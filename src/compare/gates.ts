import { type LoadOptions, loadPlan, toCompare } from "../cli/load.ts";
import { readUsd } from "../cli/read-options.ts";
import type { Shell } from "../cli/shell.ts";
import type { GateOptions, Gates } from "../cli/wing.ts";
import { quote } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { parsePercent, parseUsd } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { diffPlans } from "../plan/diff.ts";
import {
  type PlanGate,
  type GateLimits,
  checkGates,
  type CostIncrease,
} from "../plan/check-gates.ts";
import { selectLines } from "../plan/select-lines.ts";
import type { Plan } from "../plan/plan.ts";
import { describeGate } from "../report/gates.ts";
import type { Beside } from "../report/subjects.ts";

/** Parses the limits that a command asks for; null if it asks for none. */
export function parseGateLimits({
  maxUsd,
  maxIncrease,
  failOn,
}: GateOptions): Result<GateLimits | null> {
  const read = maxUsd === undefined ? ok(null) : readUsd("--max-usd", maxUsd);
  if (!read.ok) return read;
  const usd = read.value;
  const increase = maxIncrease === undefined ? null : parseIncrease(maxIncrease);
  if (increase === undefined) {
    return refused(
      `--max-increase takes a share such as 10% or US dollars such as 5 or 0.5, not ${quote(maxIncrease ?? "")}`,
    );
  }
  const limits = { maxUsd: usd, maxIncrease: increase, failOn: failOn ?? null };
  return ok(usd === null && increase === null && failOn === undefined ? null : limits);
}

function parseIncrease(written: string): CostIncrease | undefined {
  const percent = parsePercent(written);
  if (percent !== undefined) return { percent };
  const usd = parseUsd(written);
  return usd === undefined ? undefined : { usd };
}

async function loadBase(
  shell: Shell,
  path: string,
  { only, ...prices }: Pick<LoadOptions, "only" | "prices">,
): Promise<Result<Plan>> {
  const loaded = await loadPlan(shell, [path], toCompare(prices));
  if (!loaded.ok) return loaded;
  const { plan } = loaded.value;
  // The base is limited to the selected lines too, which may be none.
  const { selects } = selectLines(only, plan.lines);
  return ok({ ...plan, lines: plan.lines.filter(selects) });
}

function compareWithBase(limits: GateLimits | null, base: Plan | null, plan: AdmittedPlan): Beside {
  const difference = base === null ? null : diffPlans(base, plan);
  if (limits === null) return { gates: null, difference };
  const warnings = plan.diagnostics.filter(({ severity }) => severity === "warning").length;
  const before = difference?.before.cost ?? null;
  return { gates: checkGates(limits, { cost: plan.totals.cost, before, warnings }), difference };
}

/** Prints which gates failed. Returns whether any did. */
export function tellGates(shell: Shell, gates: readonly PlanGate[]): boolean {
  const failed = gates.filter(({ passed }) => !passed);
  for (const gate of failed) shell.err(`error: ${describeGate(gate)}\n`);
  return failed.length > 0;
}

export const GATES: Gates = {
  limits: parseGateLimits,
  base: loadBase,
  beside: compareWithBase,
  tell: tellGates,
};
