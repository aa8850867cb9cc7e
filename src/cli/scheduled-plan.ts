import type { Schedule } from "../plan/schedule.ts";
import type { Plan } from "../plan/plan.ts";
import { loadPlan } from "./load-plan.ts";
import { refuse, type Refused } from "./refuse.ts";
import type { Shell } from "./shell.ts";

/** A plan whose manifests say when it runs by itself. */
export interface ScheduledPlan {
  readonly plan: Plan;
  readonly schedule: Schedule;
}

/** Reads the manifests of a campaign that has a schedule; what is wrong with them is said here. */
export async function scheduledPlan(
  shell: Shell,
  files: readonly string[],
  { prices }: { readonly prices?: string },
): Promise<ScheduledPlan | Refused> {
  const loaded = await loadPlan(shell, files, {
    only: [],
    ...(prices === undefined ? {} : { prices }),
  });
  if ("exit" in loaded) return loaded;
  const { plan, saved } = loaded;
  const { schedule } = plan.campaign;
  if (saved !== null) {
    const problem = "a saved plan has no schedule: name the manifests that it was made from";
    return { exit: refuse(shell, problem) };
  }
  if (schedule === null) {
    const problem = `no schedule: write one into the manifest, such as schedule: { cron: "0 1 * * 1-5", timezone: Europe/London }`;
    return { exit: refuse(shell, problem) };
  }
  return { plan, schedule };
}
