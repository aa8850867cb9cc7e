import { toPrintable, shorten } from "../../diagnostics/printable.ts";
import type { Hold } from "../../ledger/hold.ts";
import type { Ledger, Purpose } from "../../ledger/ledger.ts";
import { makeFetchDocument, makeFetchedDocument, type FetchReport } from "../../report/fetched.ts";
import { type FetchEnd, fetchVideos, hasVideo } from "../../run/fetch-videos.ts";
import { openMovingScreen } from "../buying/run-board.ts";
import { EXIT, getSignalExit } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { findCampaigns } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import type { Buying, Shell, Signal } from "../shell.ts";
import { printOutput, render } from "../outputs.ts";
import type { Context } from "../wing.ts";
import { wallClock } from "../wall-clock.ts";
import type { FetchOptions } from "../options.ts";

// A rehearsal's videos are with a simulator that may be gone: nobody waits long for it to come back.
const REHEARSAL_SPEED = 60;

/** Brings whatever this machine lacks of what was bought, from where its vendor keeps it. Costs nothing, needs no key. */
export async function fetchMissing(
  shell: Context,
  campaign: string | undefined,
  options: FetchOptions,
): Promise<number> {
  const buying = await shell.buying();
  if (buying.problem !== null) return refuse(shell, buying.problem);
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const meant = await findCampaigns(ledger, campaign);
    if (!meant.ok) return refuse(shell, meant.problem);
    const chosen = meant.value;
    if (chosen.length === 0) shell.err("Nothing was bought under this ledger yet.\n");
    const purpose = ledger.purpose;
    const leave = new AbortController();
    let signal: Signal | null = null;
    const off = buying.onSignal((came) => {
      if (signal !== null) return buying.abandon(getSignalExit(signal));
      signal = came;
      leave.abort();
    });
    const reports: FetchReport[] = [];
    try {
      for (const name of chosen) {
        const asked = { name, purpose, leave: leave.signal };
        const report = await fetchCampaign(shell, buying, ledger, options, asked);
        reports.push(report);
        if (options.format === "table") {
          const document = makeFetchDocument(report, options.quiet === true);
          printOutput(shell, await render(shell, options.format, document, null));
        }
      }
    } finally {
      off();
    }
    if (options.format !== "table") {
      const document = makeFetchedDocument(reports, ledger.id);
      printOutput(shell, await render(shell, options.format, document, null));
    }
    if (signal !== null) return getSignalExit(signal);
    const ends = reports.flatMap(({ videos }) => videos.map(({ end }) => end));
    return ends.some(({ is }) => is === "not-here") ? EXIT.failed : EXIT.done;
  });
}

async function fetchCampaign(
  shell: Shell,
  buying: Buying,
  ledger: Ledger,
  options: FetchOptions,
  asked: { readonly name: string; readonly purpose: Purpose; readonly leave: AbortSignal },
): Promise<FetchReport> {
  const { videoStore } = await import("../../delivery/video-store.ts");
  const { name, purpose, leave } = asked;
  const quiet = options.quiet === true;
  const lines = await ledger.holds(name);
  const holds = lines.filter(hasVideo);
  const board = new FetchBoard(holds.length);
  const picture = (): string => board.picture(shell.errScreen.width);
  const screen = await openMovingScreen(shell, buying, picture, quiet);
  try {
    const ends = await fetchVideos(holds, {
      ledger,
      store: videoStore({
        out: options.out,
        fetch: buying.fetch,
        files: buying.files,
        clock: wallClock(purpose === "rehearsal" ? REHEARSAL_SPEED : 1),
        rehearsal: purpose === "rehearsal",
        ledger: ledger.id,
      }),
      coming: (hold, bytes) => board.coming(hold, bytes),
      over: (hold, end) => {
        board.over(hold);
        const told = describeFetched(hold, end);
        if (told !== null && (told.bad || (!quiet && !screen.moves))) screen.say(told.text);
      },
      leave,
    });
    const underWay = lines.filter(({ state }) => state === "submitted").length;
    return { campaign: name, purpose, videos: ends, underWay };
  } finally {
    screen.end();
  }
}

const MEGA = 1_000_000;

/** How fetching stands: what is on its way, and how much of it came. */
class FetchBoard {
  readonly #total: number;
  readonly #coming = new Map<string, { readonly key: string; readonly bytes: number }>();
  #over = 0;

  constructor(total: number) {
    this.#total = total;
  }

  coming({ id, key }: Hold, bytes: number): void {
    this.#coming.set(id, { key, bytes });
  }

  over({ id }: Hold): void {
    this.#coming.delete(id);
    this.#over += 1;
  }

  picture(width: number): string {
    const coming = [...this.#coming.values()].map(
      ({ key, bytes }) => `  ${shorten(toPrintable(key), 48)} · ${(bytes / MEGA).toFixed(1)} MB`,
    );
    return [`${this.#over} of ${this.#total} videos looked at`, ...coming]
      .map((line) => shorten(line, Math.max(20, width - 1)))
      .join("\n");
  }
}

/** One line about a video; null where it was here all the time. `bad` is told even when quiet. */
function describeFetched(
  { key }: Hold,
  end: FetchEnd,
): { readonly text: string; readonly bad: boolean } | null {
  const name = toPrintable(key);
  switch (end.is) {
    case "here":
    case "left":
      return null;
    case "fetched": {
      const { aside } = end;
      const { path, warnings } = end.delivery;
      const kept =
        aside === null ? "" : `; the changed file there is kept as ${toPrintable(aside)}`;
      const but = warnings.length === 0 ? "" : `, but: ${warnings.map(toPrintable).join("; ")}`;
      return {
        text: `${name} is in ${toPrintable(path)}${kept}${but}`,
        bad: aside !== null || warnings.length > 0,
      };
    }
    case "not-here":
      return { text: `${name} is not here: ${toPrintable(shorten(end.why, 300))}`, bad: true };
  }
}
