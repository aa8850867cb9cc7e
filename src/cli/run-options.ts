import { ok, type Problem, refused, type Result } from "../diagnostics/result.ts";
import { type MicroUsd, parseUsd } from "../money.ts";
import { notUsd } from "./arguments.ts";
import type { RunOptions } from "./options.ts";

/** The options that are more than a word, read. */
export interface RunSettings {
  readonly maxUsd: MicroUsd | null;
  readonly jobs: number | null;
  /** Milliseconds. */
  readonly patience: number;
  readonly speed: number;
  readonly seed: number | null;
}

const USUAL_SPEED = 60;
export const MOST_JOBS = 1_000;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** What the options say, or what is wrong with one of them. */
export function runSettings(options: RunOptions): Result<RunSettings> {
  const maxUsd = options.maxUsd === undefined ? null : parseUsd(options.maxUsd);
  if (maxUsd === undefined) {
    return refused(notUsd("--max-usd", options.maxUsd));
  }
  const jobs = options.jobs === undefined ? null : wholeNumber(options.jobs, MOST_JOBS);
  if (jobs === undefined) {
    return wrong("-j", `a whole number from 1 to ${MOST_JOBS}`, options.jobs);
  }
  const patience = milliseconds(options.wait);
  if (patience === null) return wrong("--wait", "a time such as 90s, 60m or 2h", options.wait);
  for (const [name, value] of [
    ["--speed", options.speed],
    ["--faults", options.faults],
    ["--seed", options.seed],
  ] as const) {
    if (value !== undefined && options.rehearse !== true) {
      return refused(`${name} is for rehearsals: add --rehearse`);
    }
  }
  if (options.detach === true && options.queue !== true) {
    return refused("--detach is for lines on the queue: add --queue");
  }
  if (options.detach === true && options.page === true) {
    return refused("--page follows the lines: leave --detach out");
  }
  if (options.queue === true && options.rehearse === true) {
    return refused("--queue is for workers on other machines, which --rehearse has none of");
  }
  const speed = options.speed === undefined ? USUAL_SPEED : Number(options.speed);
  if (!(speed >= 1 && speed <= 10_000)) {
    return wrong("--speed", "a number from 1 to 10000", options.speed);
  }
  const seed = options.seed === undefined ? null : Number(options.seed);
  if (seed !== null && !Number.isSafeInteger(seed)) {
    return wrong("--seed", "a whole number", options.seed);
  }
  return ok({ maxUsd, jobs, patience, speed, seed });
}

export function wrong(
  option: string,
  legal: string,
  given: string | undefined,
): { readonly ok: false; readonly problem: Problem } {
  return refused(`${option} takes ${legal}, not ${JSON.stringify(given)}`);
}

export function wholeNumber(text: string, most: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}

export function milliseconds(text: string): number | null {
  const [, amount, unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)(s|m|h)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? null : Number(amount) * factor;
}
