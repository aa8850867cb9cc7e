import { createCostReport } from "../../cli/cost-account.ts";
import { EXIT } from "../../cli/exit-codes.ts";
import { refuse } from "../../cli/refuse.ts";
import { findCampaigns, refuseSeveral } from "../../cli/find-campaigns.ts";
import { withLedger } from "../../cli/ledgers.ts";
import type { Buying, Shell } from "../../cli/shell.ts";
import { renderCostReport } from "../formats.ts";
import type { LivePage, ServedPage } from "../../cli/wing.ts";
import { wallClock } from "../../cli/wall-clock.ts";
import { explainError } from "../../diagnostics/errors.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import type { Entry } from "../../ledger/entry.ts";
import { LedgerFault } from "../../ledger/fault.ts";
import { foldHolds } from "../../ledger/hold.ts";
import type { LedgerBook } from "../../ledger/ledger.ts";
import { hidePassword } from "../../ledger/postgres-url.ts";

// The live page of `run --page` and `status --page`: serve-page.ts serves it with its videos, cached-page.ts draws it
// again when the ledger has grown, and ../formats.ts renders it as the page of a cost report.

/**
 * Serves a campaign's report page and prints its address. Resolves to null, and prints why, if that fails: whatever
 * goes wrong with a page, the run continues.
 */
export async function serveCampaign(
  shell: Shell,
  buying: Buying,
  { ledger, campaign, plan, named, now, underWay }: LivePage,
): Promise<ServedPage | null> {
  const { LIVE, servePage } = await import("./serve-page.ts");
  const book = followLedger(ledger, campaign);
  let complained = false;
  const tried = async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await work();
    } catch (cause) {
      // A ledger that cannot be reached is tried again, and the page says so.
      if (!(cause instanceof LedgerFault) && !complained) {
        complained = true;
        shell.err(`warning: the page cannot be drawn: ${toPrintable(explainError(cause))}\n`);
      }
      return null;
    }
  };
  try {
    const page = await servePage({
      source: {
        draw: async () =>
          await tried(async () => {
            const found = await createCostReport(book, campaign, { plan, hot: false, now: now() });
            const options = named === null ? {} : { ledger: named };
            const reported = { report: found, book, options };
            return await renderCostReport(shell, reported, ".", { ...LIVE, underWay: underWay() });
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
    shell.err(`warning: the page cannot be served: ${toPrintable(explainError(cause))}\n`);
    return null;
  }
}

/** What a page reads of its campaign's ledger. Each entry is read once. */
function followLedger(ledger: LedgerBook, campaign: string) {
  const positions = ledger.follow(campaign);
  const entries: Entry[] = [];
  const last = (): number => entries.at(-1)?.seq ?? 0;
  const fresh = async (): Promise<readonly Entry[]> => {
    for (const entry of await ledger.entries(campaign, last())) {
      // Another draw may have read them meanwhile.
      if (entry.seq > last()) entries.push(entry);
    }
    return entries;
  };
  return {
    id: ledger.id,
    purpose: ledger.purpose,
    positions,
    entries: fresh,
    corrections: fresh,
    holds: async () => [...foldHolds(await fresh()).values()],
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

const INTERRUPTED = "`topsheet status --page` was interrupted: this page shows the last state.";

/** Serves a campaign's page until the command is interrupted, which is no failure. Only reads. */
export async function serveUntilInterrupted(
  shell: Shell,
  campaign: string | undefined,
  options: { readonly ledger?: string },
): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const named = await findCampaigns(ledger, campaign);
    if (!named.ok) return refuse(shell, named.problem);
    const chosen = named.value;
    const [name, ...others] = chosen;
    if (name === undefined) {
      return refuse(shell, "nothing was bought under this ledger yet: there is nothing to show");
    }
    if (others.length > 0) return refuseSeveral(shell, chosen);
    const buying = await shell.buying();
    const left = new Promise<void>((resolve) => {
      let interrupted = false;
      buying.onSignal(() => {
        if (interrupted) buying.abandon(EXIT.done);
        interrupted = true;
        resolve();
      });
    });
    const page = await serveCampaign(shell, buying, {
      ledger,
      campaign: name,
      plan: null,
      named: options.ledger === undefined ? null : hidePassword(options.ledger),
      now: () => shell.now(),
      underWay: () => [],
    });
    if (page === null) return EXIT.failed;
    await left;
    await page.end(INTERRUPTED);
    return EXIT.done;
  });
}
