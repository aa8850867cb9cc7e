import { printable } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Schedule } from "../plan/schedule.ts";
import { scheduleInWords } from "../report/schedule-list.ts";
import { dueAfter } from "../schedule/due.ts";

/** When a plan is bought by itself, and what an edition of it would be called. `now` in milliseconds UTC. */
export function scheduleNote(
  { lines }: Pick<AdmittedPlan, "lines">,
  schedule: Schedule,
  now: number,
): string {
  const { next } = dueAfter(schedule, now, now);
  const [first] = lines;
  const key =
    schedule.mode === "repeat" && first !== undefined && next !== null
      ? `, as ${printable(first.key)}@${next.local}`
      : "";
  const when = next === null ? "" : ` Next: ${next.local.replace("T", " ")}${key}.`;
  return `At set times: ${scheduleInWords(schedule)}${when}`;
}
