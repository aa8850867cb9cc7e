import { applyTerms, describeTerms } from "../cli/buying/evaluate-plan.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import { toExitCode, requireHere, readLedger } from "../cli/ledgers.ts";
import { loadPlan } from "../cli/load.ts";
import { printOutput, render } from "../cli/outputs.ts";
import type { Shell } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Schedule } from "../plan/campaign.ts";
import { makeEditionKey, type Plan } from "../plan/plan.ts";
import {
  findEndOfNextMonth,
  type ScheduledTime,
  projectSchedule,
} from "../plan/project-schedule.ts";
import { NO_LEDGER } from "../plan/purchases.ts";
import { formatDiagnostics } from "../report/formats/diagnostics-text.ts";
import { readPurchases } from "../run/read-purchases.ts";
import { findDue, formatLocalTime, listOccurrences } from "./due.ts";
import type { Scheduled } from "./scheduler.ts";
import type { ScheduleListOptions } from "./options.ts";
import {
  describeNotFitting,
  describeSchedule,
  findNotFitting,
  makeScheduleDocument,
  type ScheduleList,
} from "./schedule-list.ts";

/** Prints the next occurrences, what each will cost, and what weeks and months come to. Spends nothing, needs no key. */
export async function scheduleList(
  shell: Context,
  files: readonly string[],
  options: ScheduleListOptions,
): Promise<number> {
  const scheduled = await loadScheduledPlan(shell, files, options);
  if (!scheduled.ok) return refuse(shell, scheduled.problem);
  const read = await readLedger(shell, options.ledger, files, async (book) =>
    printList(shell, scheduled.value, book, options),
  );
  return toExitCode(shell, read);
}

async function printList(
  shell: Context,
  { plan: made, schedule }: ScheduledPlan,
  book: LedgerBook | null,
  { format, quiet }: ScheduleListOptions,
): Promise<number> {
  if (book !== null) await requireHere(book, made.campaign.name);
  const { plan, agreed } = await applyTerms(made, book);
  const { name, timezone } = plan.campaign;
  const purchases =
    book === null ? NO_LEDGER : await readPurchases(book, name, { retryFailed: false });
  const now = shell.now();
  const end = findEndOfNextMonth(now, timezone);
  const most = Math.min(MOST_OCCURRENCES, Math.ceil(MOST_STEPS / Math.max(1, plan.lines.length)));
  const moments: ScheduledTime[] = [];
  let until = end;
  for (const moment of listOccurrences(schedule, now, end)) {
    if (moments.length === most) {
      until = moment.at;
      break;
    }
    moments.push(moment);
  }
  const list: ScheduleList = {
    ...projectSchedule(plan, purchases, moments, now),
    campaign: name,
    timezone,
    schedule,
    until,
    ledger: purchases.ledger,
    rehearsal: purchases.rehearsal,
  };
  printOutput(shell, await render(shell, format, makeScheduleDocument(list), null));
  const told = quiet === true ? [] : plan.diagnostics;
  shell.err(formatDiagnostics(told, shell.errScreen.colour));
  if (quiet !== true) for (const line of describeTerms(agreed)) shell.err(`${line}\n`);
  const over = findNotFitting(list);
  for (const one of over) shell.err(`error: ${describeNotFitting(one)}\n`);
  return over.length > 0 ? EXIT.overBudget : EXIT.done;
}

// A schedule of every minute over thousands of lines is projected only as far as that takes a moment.
const MOST_OCCURRENCES = 2_000;
const MOST_STEPS = 300_000;

/** A plan whose manifests say when it runs by itself. */
export interface ScheduledPlan extends Scheduled {
  readonly plan: Plan;
}

/** Reads the manifests of a campaign that has a schedule. */
export async function loadScheduledPlan(
  shell: Shell,
  files: readonly string[],
  { prices }: { readonly prices?: string },
): Promise<Result<ScheduledPlan>> {
  const loaded = await loadPlan(shell, files, {
    only: [],
    ...(prices === undefined ? {} : { prices }),
  });
  if (!loaded.ok) return loaded;
  const { plan, saved } = loaded.value;
  const { schedule } = plan.campaign;
  if (saved !== null) {
    return refused("a saved plan has no schedule: name the manifests that it was made from");
  }
  return schedule === null
    ? refused(
        `no schedule: write one into the manifest, such as schedule: { cron: "0 1 * * 1-5", timezone: Europe/London }`,
      )
    : ok({ campaign: plan.campaign.name, plan, schedule });
}

/** Describes when a plan is bought next, and what its edition would be called. `now` in milliseconds UTC. */
export function describeNextTime(
  { lines }: Pick<AdmittedPlan, "lines">,
  schedule: Schedule,
  now: number,
): string {
  const { next } = findDue(schedule, now, now);
  const [first] = lines;
  const key =
    schedule.mode === "repeat" && first !== undefined && next !== null
      ? `, as ${makeEditionKey(toPrintable(first.key), next.local)}`
      : "";
  const when = next === null ? "" : ` Next: ${formatLocalTime(next.local)}${key}.`;
  return `At set times: ${describeSchedule(schedule)}${when}`;
}
