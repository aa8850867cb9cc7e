import { planDiff } from "../../plan/diff.ts";
import { diffJson, diffMarkdown, diffTable } from "../../report/diff.ts";
import { EXIT } from "../exit-codes.ts";
import { loadPlan } from "../load-plan.ts";
import { refuse } from "../refuse.ts";
import type { Shell } from "../shell.ts";

export interface DiffOptions {
  readonly format: "table" | "json" | "md";
  readonly exitCode?: true;
  readonly prices?: string;
}

/** What a change costs, and why: two manifests, or saved plans. */
export async function diff(
  shell: Shell,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<number> {
  if (before === "-" && after === "-")
    return refuse(shell, "only one of them can be standard input");
  const only = {
    only: [],
    asSaved: true as const,
    ...(options.prices === undefined ? {} : { prices: options.prices }),
  };
  const old = await loadPlan(shell, [before], only);
  const now = await loadPlan(shell, [after], only);
  if ("exit" in old) return old.exit;
  if ("exit" in now) return now.exit;
  const found = planDiff(old.plan, now.plan);
  switch (options.format) {
    case "json":
      shell.out(diffJson(found));
      break;
    case "md":
      shell.out(diffMarkdown(found));
      break;
    case "table":
      shell.out(diffTable(found, shell.outScreen));
      break;
  }
  return options.exitCode === true && found.shots.length > 0 ? EXIT.differs : EXIT.done;
}
