import { printable } from "../../diagnostics/printable.ts";
import type { Entry } from "../../ledger/entry.ts";
import { fold } from "../../ledger/hold.ts";
import { type LedgerBook } from "../../ledger/ledger.ts";
import { LedgerFault } from "../../ledger/fault.ts";
import type { ServedPage } from "./serve-page.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { Plan } from "../../plan/plan.ts";
import type { UnderWay } from "../videos.ts";
import { accounted } from "../../cli/cost-account.ts";
import { costPageOf } from "../../cli/report-formats.ts";
import type { RunBoard } from "../../cli/buying/run-board.ts";
import type { RunOptions } from "../../cli/run-options.ts";
import type { Buying, Shell } from "../../cli/shell.ts";
import { wallClock } from "../../cli/wall-clock.ts";
import type { World } from "../../cli/buying/world.ts";

export const RUN_OVER =
  "The run has ended, and this is how it stands. The page is no longer served: `topsheet report --format html` makes one to keep.";

/** The page of a run that asks for one. */
export async function pageOfRun(
  shell: Shell,
  buying: Buying,
  { ledger, shownLedger, clock }: Pick<World, "ledger" | "shownLedger" | "clock">,
  run: {
    readonly plan: AdmittedPlan;
    readonly options: Pick<RunOptions, "page">;
    readonly board: RunBoard;
  },
): Promise<ServedPage | null> {
  if (run.options.page !== true) return null;
  return await livePage(shell, buying, {
    ledger,
    campaign: run.plan.campaign.name,
    plan: run.plan,
    named: shownLedger,
    now: clock.now,
    underWay: () => run.board.inHand(),
  });
}

export interface LivePage {
  readonly ledger: LedgerBook;
  readonly campaign: string;
  readonly plan: Plan | null;
  /** The ledger as a command to paste has to name it; null where it is found without. */
  readonly named: string | null;
  /** Milliseconds UTC; a rehearsal's run faster. */
  readonly now: () => number;
  /** What this process has in hand. */
  readonly underWay: () => readonly UnderWay[];
}

/**
 * Serves a campaign's report page and says where; null, with a word on why, where it cannot. Whatever goes wrong with
 * a page, the run beside it goes on.
 */
export async function livePage(
  shell: Shell,
  buying: Buying,
  { ledger, campaign, plan, named, now, underWay }: LivePage,
): Promise<ServedPage | null> {
  const { servePage } = await import("./serve-page.ts");
  const { LIVE } = await import("./serve-page.ts");
  const book = followedBook(ledger, campaign);
  let complained = false;
  const tried = async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await work();
    } catch (cause) {
      // A ledger that is away comes back, and the page says that it is.
      if (!(cause instanceof LedgerFault) && !complained) {
        complained = true;
        shell.err(`warning: the page cannot be drawn: ${whyOf(cause)}\n`);
      }
      return null;
    }
  };
  try {
    const page = await servePage({
      source: {
        draw: async () =>
          await tried(async () => {
            const found = await accounted(book, campaign, { plan, hot: false, now: now() });
            const options = named === null ? {} : { ledger: named };
            const reported = { report: found, book, options };
            return await costPageOf(shell, reported, ".", { ...LIVE, underWay: underWay() });
          }),
        moved: async () => (await tried(async () => await book.moved())) ?? true,
      },
      hold: async (id) => {
        const hold = await tried(async () => await ledger.hold(id));
        return hold?.campaign === campaign ? hold : null;
      },
      files: buying.videoFiles,
      clock: wallClock(1),
    });
    shell.err(`The page: ${page.url}\n`);
    return page;
  } catch (cause) {
    shell.err(`warning: there is no page: ${whyOf(cause)}\n`);
    return null;
  }
}

/** What a page asks of its campaign's ledger, of which each entry is read once. */
function followedBook(ledger: LedgerBook, campaign: string) {
  const positions = ledger.follow(campaign);
  const entries: Entry[] = [];
  const last = (): number => entries.at(-1)?.seq ?? 0;
  const fresh = async (): Promise<readonly Entry[]> => {
    for (const entry of await ledger.entries(campaign, last())) {
      // Another drawing may have read them meanwhile.
      if (entry.seq > last()) entries.push(entry);
    }
    return entries;
  };
  return {
    id: ledger.id,
    purpose: ledger.purpose,
    positions,
    entries: fresh,
    said: fresh,
    holds: async () => [...fold(await fresh()).values()],
    moved: async () => {
      const before = last();
      await fresh();
      return last() > before;
    },
    terms: async () => await ledger.terms(campaign),
    openRuns: async () => await ledger.openRuns(campaign),
    overages: async () => await ledger.overages(campaign),
    separation: async () => await ledger.separation(campaign),
  };
}

function whyOf(cause: unknown): string {
  return printable(cause instanceof Error ? cause.message : String(cause));
}
