import { selection } from "../plan/only.ts";
import { planDiff } from "../plan/diff.ts";
import { type Gate, gatesOf, type GateLimits } from "../plan/gate.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Plan } from "../plan/plan.ts";
import { gateInWords } from "../report/gates.ts";
import type { Beside } from "../report/plan-markdown.ts";
import { type LoadOptions, loadPlan, type NotLoaded, toCompare } from "./load-plan.ts";
import type { Shell } from "./shell.ts";

/** The plan before, as it was saved; of it, too, only what is selected, which may be nothing. */
export async function loadBase(
  shell: Shell,
  path: string,
  { only, ...prices }: Pick<LoadOptions, "only" | "prices">,
): Promise<Plan | NotLoaded> {
  const loaded = await loadPlan(shell, [path], toCompare(prices));
  if ("exit" in loaded) return loaded;
  const { selects } = selection(only, loaded.plan.lines);
  return { ...loaded.plan, lines: loaded.plan.lines.filter(selects) };
}

/** What an admitted plan is held against beside its caps. */
export function besideOf(limits: GateLimits | null, base: Plan | null, plan: AdmittedPlan): Beside {
  const difference = base === null ? null : planDiff(base, plan);
  if (limits === null) return { gates: null, difference };
  const warnings = plan.diagnostics.filter(({ severity }) => severity === "warning").length;
  const before = difference?.before.cost ?? null;
  return { gates: gatesOf(limits, { cost: plan.totals.cost, before, warnings }), difference };
}

/** Says which gates failed; whether any did. */
export function tellGates(shell: Shell, gates: readonly Gate[]): boolean {
  const failed = gates.filter(({ passed }) => !passed);
  for (const gate of failed) shell.err(`error: ${gateInWords(gate)}\n`);
  return failed.length > 0;
}
