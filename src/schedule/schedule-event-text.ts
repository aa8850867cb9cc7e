import {
  formatCount,
  formatDuration,
  formatMinute,
  toPrintable,
} from "../diagnostics/printable.ts";
import { formatLocalTime } from "./due.ts";
import { describeSchedule } from "./schedule-list.ts";
import type { ScheduleEvent } from "./scheduler.ts";
import { EXIT, EXIT_MEANINGS } from "../cli/exit-codes.ts";

/** Describes in one line what a scheduler does. `bad` is printed even when quiet. */
export function describeScheduleEvent(
  event: Exclude<ScheduleEvent, { readonly event: "refused" }>,
): {
  readonly text: string;
  readonly bad: boolean;
} {
  const bad = (text: string) => ({ text, bad: true });
  const plain = (text: string) => ({ text, bad: false });
  switch (event.event) {
    case "keeping":
      return plain(`${toPrintable(event.campaign)}: ${describeSchedule(event.schedule)}`);
    case "waiting": {
      const { next, now } = event;
      if (next === null) return plain("There is no next time.");
      // On a busy machine it may have come meanwhile.
      return plain(
        `Next: ${formatLocalTime(next.local)}, in ${formatDuration(Math.max(0, next.at - now))}.`,
      );
    }
    case "turn": {
      const { turn } = event;
      const how = turn.how === "caught-up" ? ", which was missed, is caught up" : " begins";
      return plain(`${formatLocalTime(turn.local)}${turn.resumed ? " resumes" : how}.`);
    }
    case "skipped": {
      const { first, last, count, more, most } = event;
      const why = most === null ? "" : `: at most ${most} are caught up`;
      if (count === 1 && !more)
        return bad(`${formatLocalTime(first.local)} was missed, and is skipped${why}.`);
      const times = `${more ? "More than " : ""}${formatCount(count, "time")}`;
      const span = `from ${formatLocalTime(first.local)} to ${formatLocalTime(last.local)}`;
      return bad(`${times} ${span} were missed, and are skipped${why}.`);
    }
    case "elsewhere":
      return plain(
        event.going
          ? `${formatLocalTime(event.local)} is still running in another process.`
          : `${formatLocalTime(event.local)} is another scheduler's.`,
      );
    case "rival": {
      const { schedule, until } = event.rival;
      return bad(
        `error: another scheduler runs this campaign at other times (${toPrintable(schedule)}), so nothing is bought here: stop it, or state the same times. If it is gone already, its place is free at ${formatMinute(until)} at the latest.`,
      );
    }
    case "over": {
      const { turn, exit, finished } = event;
      const rest = finished ? "" : " What is left of it resumes later.";
      if (exit === EXIT.done) return plain(`${formatLocalTime(turn.local)} is over.${rest}`);
      const [, meaning = ""] = EXIT_MEANINGS.find(([code]) => code === exit) ?? [];
      return bad(`${formatLocalTime(turn.local)} is over (${exit}: ${meaning}).${rest}`);
    }
    case "trouble":
      return bad(`The ledger cannot be used: ${toPrintable(event.why)}. Retrying.`);
  }
}
