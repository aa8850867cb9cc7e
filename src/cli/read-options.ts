import { ok, refused, type Result } from "../diagnostics/result.ts";
import { type MicroUsd, parseUsd } from "../money.ts";
import type { RunOptions } from "./options.ts";

// Reads the values of options that are more than a word.

export function readUsd(option: string, given: string, such = "180 or 0.5"): Result<MicroUsd> {
  const usd = parseUsd(given);
  return usd === undefined ? mistaken(option, `US dollars such as ${such}`, given) : ok(usd);
}

const MOST_JOBS = 1_000;

/** Reads `-j`. */
export function readJobs(given: string): Result<number> {
  const jobs = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  return jobs >= 1 && jobs <= MOST_JOBS
    ? ok(jobs)
    : mistaken("-j", `a whole number from 1 to ${MOST_JOBS}`, given);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `--wait`. Returns milliseconds. */
export function readWait(given: string): Result<number> {
  const [, amount, unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)(s|m|h)$/.exec(given) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined
    ? mistaken("--wait", "a time such as 90s, 60m or 2h", given)
    : ok(Number(amount) * factor);
}

/** Refuses the value of an option. `legal` says what the option takes. */
export function mistaken(
  option: string,
  legal: string,
  given: string | undefined,
): ReturnType<typeof refused> {
  return refused(`${option} takes ${legal}, not ${JSON.stringify(given)}`);
}

// Words in printed commands and help texts that a person has to replace.
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  "--by": ["you", "name"],
  "--why": ["what you found", "the reason", "text"],
  "--request-id": ["id"],
};

/** Refuses words that go into the ledger if they are blank, or were not replaced. */
export function checkWords(words: Readonly<Record<`--${string}`, string>>): Result<null> {
  for (const [option, word] of Object.entries(words)) {
    const said = word.trim();
    if (said === "") return refused(`${option} must not be empty: it stays in the ledger`);
    if (PLACEHOLDERS[option]?.includes(said.toLowerCase()) === true) {
      return refused(
        `${option} still says ${JSON.stringify(said)}: put in its place what is to stand in the ledger`,
      );
    }
  }
  return ok(null);
}

export function checkComment(options: {
  readonly format: string;
  readonly comment?: string;
}): Result<null> {
  const { format, comment } = options;
  if (comment === undefined) return ok(null);
  if (format !== "github") return refused("--comment is written with --format github only");
  return comment === "-"
    ? refused("--comment takes a file: standard output is for GitHub's commands")
    : ok(null);
}

/** The values of a run's options that are more than a word. */
export interface RunSettings {
  readonly maxUsd: MicroUsd | null;
  readonly jobs: number | null;
  /** Milliseconds. */
  readonly patience: number;
  readonly speed: number;
  readonly seed: number | null;
}

const USUAL_SPEED = 60;

export function readRunSettings(options: RunOptions): Result<RunSettings> {
  const maxUsd = options.maxUsd === undefined ? ok(null) : readUsd("--max-usd", options.maxUsd);
  if (!maxUsd.ok) return maxUsd;
  const jobs = options.jobs === undefined ? ok(null) : readJobs(options.jobs);
  if (!jobs.ok) return jobs;
  const patience = readWait(options.wait);
  if (!patience.ok) return patience;
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
    return mistaken("--speed", "a number from 1 to 10000", options.speed);
  }
  const seed = options.seed === undefined ? null : Number(options.seed);
  if (seed !== null && !Number.isSafeInteger(seed)) {
    return mistaken("--seed", "a whole number", options.seed);
  }
  return ok({ maxUsd: maxUsd.value, jobs: jobs.value, patience: patience.value, speed, seed });
}
