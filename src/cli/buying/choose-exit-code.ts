import { isOverbilled } from "../../ledger/hold.ts";
import type { RunReport } from "../../report/run-report.ts";
import type { RunOutcome } from "../../run/run-plan.ts";
import type { Halt } from "../../run/work.ts";
import { EXIT, getSignalExit, chooseMostSevere } from "../exit-codes.ts";
import type { Signal } from "../shell.ts";

/** How a run went, beside what the ledger has of its lines. */
export interface LiveOutcome extends RunOutcome {
  readonly signal: Signal | null;
}

const EXIT_OF_HALT: Readonly<Record<Halt, number>> = {
  cap: EXIT.overBudget,
  breaker: EXIT.overBudget,
  approval: EXIT.notApproved,
  vendor: EXIT.someFailed,
  ledger: EXIT.failed,
  "taken-for-dead": EXIT.failed,
  queue: EXIT.failed,
  // Its signal has a code of its own.
  interrupted: EXIT.done,
};

/** Returns the code that a run exits with: the most severe of all that apply. */
export function chooseExitCode({ lines, asked }: RunReport, outcome: LiveOutcome): number {
  const codes: number[] = [];
  // A tripped breaker says more than the failed lines that tripped it.
  const tripped = outcome.halt === "breaker";
  for (const { line, hold } of lines) {
    if (line.state === "unknown" || line.state === "in-flight") codes.push(EXIT.unknown);
    if (line.state === "failed" && !tripped) codes.push(EXIT.someFailed);
    if (line.state === "over-cap") codes.push(EXIT.overBudget);
    if (line.state === "changed") codes.push(EXIT.notApproved);
    if (hold !== null && isOverbilled(hold)) codes.push(EXIT.billDiffers);
  }
  if (asked.some(({ state }) => state !== "failed")) codes.push(EXIT.unknown);
  // Lines of earlier runs count too, even if this plan does not have them.
  for (const end of [...outcome.ends, ...outcome.others]) {
    if (end === "unknown" || end === "in-flight") codes.push(EXIT.unknown);
    if (end === "over-cap") codes.push(EXIT.overBudget);
    if (end === "not-approved") codes.push(EXIT.notApproved);
    if (end === "failed" && !tripped) codes.push(EXIT.someFailed);
  }
  if (outcome.bills.misbilled.length > 0) codes.push(EXIT.billDiffers);
  if (outcome.undelivered.length > 0) codes.push(EXIT.failed);
  if (outcome.halt !== null) codes.push(EXIT_OF_HALT[outcome.halt]);
  if (outcome.signal !== null) codes.push(getSignalExit(outcome.signal));
  return chooseMostSevere(codes);
}
