import { USUAL } from "./arguments.ts";
import { UNWATCHED } from "./consent.ts";
import type { RunOptions } from "./run-options.ts";

/** What `schedule start` and `schedule print` take: what a run takes that no one watches. */
export type ScheduledRunOptions = Pick<
  RunOptions,
  | "prices"
  | "ledger"
  | "out"
  | "maxUsd"
  | "jobs"
  | "wait"
  | "events"
  | "rebuy"
  | "retryFailed"
  | "raiseCaps"
  | "requireApproval"
  | "quiet"
>;

const FLAGS = [
  ["--rebuy", "rebuy"],
  ["--retry-failed", "retryFailed"],
  ["--raise-caps", "raiseCaps"],
  ["--require-approval", "requireApproval"],
  ["--quiet", "quiet"],
] as const;

const VALUES = [
  ["--max-usd", "maxUsd"],
  ["--jobs", "jobs"],
  ["--out", "out"],
  ["--wait", "wait"],
  ["--ledger", "ledger"],
  ["--prices", "prices"],
  ["--events", "events"],
] as const;

/** The command that fires what is due and ends, word by word. */
export function onceCommand(
  files: readonly string[],
  options: ScheduledRunOptions,
): readonly string[] {
  const values = VALUES.flatMap(([flag, name]) => {
    const value = options[name];
    const usual = name === "out" || name === "wait" ? USUAL[name] : undefined;
    return value === undefined || value === usual ? [] : [flag, value];
  });
  const flags = FLAGS.flatMap(([flag, name]) => (options[name] === true ? [flag] : []));
  return ["topsheet", "schedule", "start", "--once", ...values, ...flags, "--", ...files];
}

/** Why nothing may be bought with no one watching; null where it may. */
export function unwatchedProblem(
  { maxUsd, requireApproval }: ScheduledRunOptions,
  approval: "required" | "optional" | null,
): string | null {
  if (maxUsd !== undefined || requireApproval === true || approval === "required") return null;
  return UNWATCHED;
}
