import type { AdmittedPlan } from "../../plan/admit.ts";
import type { RunOptions } from "../options.ts";
import type { Buying } from "../shell.ts";
import type { Context, ServedPage } from "../wing.ts";
import type { Books } from "./books.ts";
import type { RunBoard } from "./run-board.ts";

export const RUN_OVER =
  "The run has ended, and this is how it stands. The page is no longer served: `topsheet report --format html` makes one to keep.";

/** The page of a run that asks for one. */
export async function pageOfRun(
  shell: Context,
  buying: Buying,
  { ledger, shownLedger, clock }: Pick<Books, "ledger" | "shownLedger" | "clock">,
  run: {
    readonly plan: AdmittedPlan;
    readonly options: Pick<RunOptions, "page">;
    readonly board: RunBoard;
  },
): Promise<ServedPage | null> {
  if (run.options.page !== true) return null;
  const mode = await shell.parts.runMode("page", "--page");
  return mode.ok
    ? await mode.value.serve(shell, buying, {
        ledger,
        campaign: run.plan.campaign.name,
        plan: run.plan,
        named: shownLedger,
        now: clock.now,
        underWay: () => run.board.inHand(),
      })
    : null;
}
