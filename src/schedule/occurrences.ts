import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";
import type { Schedule } from "../plan/schedule.ts";

/** What of a schedule says when it fires. */
export type Times = Pick<Schedule, "cron" | "timezone">;

/** One time at which a schedule fires. */
export interface Occurrence {
  /** Milliseconds UTC. */
  readonly at: number;
  /** The local time then, `2026-11-21T01:00`: the name of an edition. */
  readonly local: string;
}

/**
 * Every occurrence in [from, to), milliseconds UTC, in order. Each local time fires once: of an hour that comes twice
 * the first counts, and what stands in an hour that does not exist fires when the clock jumps over it, unless its
 * minutes or hours are made with `*` or `/`: then nothing of it is missed for long.
 */
export function* occurrencesIn(
  { cron, timezone }: Times,
  from: number,
  to: number,
): Generator<Occurrence, undefined> {
  const pattern = patternOf(cron, timezone);
  // It looks after a moment, in whole seconds.
  let last = Math.ceil(from / 1_000) * 1_000 - 1_000;
  for (;;) {
    const next = pattern.nextRun(new Date(last))?.getTime();
    if (next === undefined || next >= to) return undefined;
    last = next;
    const local = firstName(next, timezone);
    if (local !== null) yield { at: next, local };
  }
}

// A scheduler asks for the same one every few minutes, and reading it takes longer than asking it.
const patterns = new Map<string, Cron>();

function patternOf(cron: string, timezone: string): Cron {
  const name = `${cron} ${timezone}`;
  const known = patterns.get(name);
  if (known !== undefined) return known;
  const pattern = new Cron(cron, {
    timezone,
    // It only answers: it sets no timer, and reads no clock where it is told when to start from.
    paused: true,
    mode: "5-part",
    // Lists and ranges of hours are times on the wall too, as in cron itself.
    fixedTimeRule: "no-wildcard",
  });
  patterns.set(name, pattern);
  return pattern;
}

/** `2026-11-21T01:00`: what the clock shows at a moment. */
export function localTime(at: number, timezone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  return local.toPlainDateTime().toString({ smallestUnit: "minute" });
}

/** The local time of a moment; null where the same has been before, in an hour that comes twice. */
function firstName(at: number, timezone: string): string | null {
  const local = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime();
  const first = local.toZonedDateTime(timezone, { disambiguation: "earlier" });
  return first.epochMilliseconds === at ? local.toString({ smallestUnit: "minute" }) : null;
}
