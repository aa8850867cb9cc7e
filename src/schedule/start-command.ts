import { makeOption } from "../cli/option-spec.ts";
import { NO_ONE_WATCHES } from "../cli/buying/ask-consent.ts";
import { applyTerms } from "../cli/buying/evaluate-plan.ts";
import { withLedgerMade } from "../cli/buying/ledger-session.ts";
import { openBuyingSession } from "../cli/buying/open-session.ts";
import { requireHere, workInLedger } from "../cli/ledgers.ts";
import { EXIT, getSignalExit, chooseMostSevere } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import type { RunOptions } from "../cli/options.ts";
import { readRunSettings } from "../cli/read-options.ts";
import type { Signal } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import { fire } from "./fire.ts";
import { type ScheduledPlan, loadScheduledPlan } from "./list-command.ts";
import { describeScheduleEvent } from "./schedule-event-text.ts";
import { runScheduler, fireDue, type ScheduleEvent, type Turn } from "./scheduler.ts";
import { SCHEDULED_RUN, type ScheduledRunOptions, type ScheduleStartOptions } from "./options.ts";

/** Buys at set times until it is stopped, or with `--once` what is due now. */
export async function scheduleStart(
  shell: Context,
  files: readonly string[],
  given: ScheduleStartOptions,
): Promise<number> {
  if (files.includes("-")) {
    return refuse(shell, "a schedule reads its manifests each time: standard input is read once");
  }
  // Whoever starts a schedule has agreed to buy.
  const options: RunOptions = { format: "table", only: [], ...given, yes: true };
  const read = readRunSettings(options);
  if (!read.ok) return refuse(shell, read.problem);
  const settings = read.value;
  const loaded = await loadScheduledPlan(shell, files, options);
  if (!loaded.ok) return refuse(shell, loaded.problem);
  const first = loaded.value;
  const buying = await shell.buying();
  if (buying.problem !== null && options.rehearse !== true) return refuse(shell, buying.problem);
  const opened = await openBuyingSession(shell, buying, files, options, settings, first.plan);
  if (!opened.ok) return refuse(shell, opened.problem);
  const stop = new AbortController();
  let signal: Signal | null = null;
  const stopped = (by: Signal): void => {
    signal ??= by;
    stop.abort();
  };
  const off = buying.onSignal(stopped);
  return await workInLedger(shell, opened.value, async () => {
    const { ledger, rehearsal } = opened.value;
    await requireHere(ledger, first.campaign);
    const { agreed } = await applyTerms(first.plan, ledger);
    const unwatched = rehearsal ? null : explainUnwatched(options, agreed.terms.approval);
    if (unwatched !== null) return refuse(shell, unwatched, "not-approved");
    const session = await withLedgerMade(opened.value);
    const begun = new Set<string>();
    const say = (text: string): void => {
      shell.err(`${session.rehearsal ? "REHEARSAL " : ""}${text}\n`);
    };
    const firing = { shell, buying, session, options, settings, begun, say, signalled: stopped };
    const exits: number[] = [];
    // Of whatever kept it from firing.
    const refusals: number[] = [];
    const isLooking = given.once === true && !buying.interactive;
    let last = "";
    const tell = (event: ScheduleEvent): void => {
      if (event.event === "over") exits.push(event.exit);
      if (event.event === "rival") refusals.push(EXIT.notApproved);
      if (event.event === "refused") {
        refusals.push(refuse(shell, event.problem));
        return;
      }
      // A cron job that prints this every few minutes would fill a mailbox.
      if (isLooking && event.event === "waiting") return;
      const { text: words, bad } = describeScheduleEvent(event);
      const isIdle = given.once === true && event.event === "waiting" && exits.length === 0;
      const text = isIdle ? `Nothing is due. ${words}` : words;
      // It checks every minute what it waits for, and says so once.
      if (text === last) return;
      last = text;
      if (bad || options.quiet !== true) say(text);
    };
    const ports = {
      ledger: session.ledger,
      clock: session.clock,
      load: async () => {
        // A run that could not be ended in the ledger would be waited for as long as this process lives.
        for (const run of begun) {
          await session.ledger.endRun(run);
          begun.delete(run);
        }
        return await loadScheduledPlan(shell, files, options);
      },
      fire: async (loaded: ScheduledPlan, turn: Turn) => await fire(firing, loaded, turn),
      tell,
      stop: stop.signal,
    };
    if (given.once === true) {
      await fireDue(ports);
      return chooseMostSevere([...exits, ...refusals, ...exitsOf(signal)]);
    }
    tell({ event: "keeping", campaign: first.campaign, schedule: first.schedule });
    if ((await runScheduler(ports)) !== null) return EXIT.notApproved;
    return chooseMostSevere([...exits.slice(-1), ...exitsOf(signal)]);
  }).finally(off);
}

function exitsOf(signal: Signal | null): readonly number[] {
  return signal === null ? [] : [getSignalExit(signal)];
}

/** The arguments with which topsheet fires what is due and ends: options with a value come first. */
export function onceArguments(
  files: readonly string[],
  options: ScheduledRunOptions,
): readonly string[] {
  const given = new Map<string, unknown>(Object.entries(options));
  const words = SCHEDULED_RUN.map(makeOption).flatMap((option) => {
    const value = given.get(option.attributeName());
    if (value === undefined || value === option.defaultValue) return [];
    return [[option.long ?? "", ...(typeof value === "string" ? [value] : [])]];
  });
  const valuesFirst = words.toSorted((a, b) => b.length - a.length);
  return ["schedule", "start", "--once", ...valuesFirst.flat(), "--", ...files];
}

/** Explains why nothing may be bought with no one watching; returns null if it may. */
export function explainUnwatched(
  { maxUsd, requireApproval }: ScheduledRunOptions,
  approval: "required" | "optional" | null,
): string | null {
  if (maxUsd !== undefined || requireApproval === true || approval === "required") return null;
  return NO_ONE_WATCHES;
}
