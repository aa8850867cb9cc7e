import type { Ledger, Purpose } from "../../ledger/ledger.ts";
import { fetchJson, type FetchReport, fetchTable } from "../../report/fetched.ts";
import { fetchVideos, hasVideo } from "../../run/fetch-videos.ts";
import { EXIT } from "../exit-codes.ts";
import { FetchBoard, fetchedText } from "../fetch-board.ts";
import { campaignsMeant } from "../find-campaign.ts";
import { movingScreen } from "../moving-screen.ts";
import { withLedger } from "../open-ledger.ts";
import { refuse } from "../refuse.ts";
import type { Buying, Shell, Signal } from "../shell.ts";
import { wallClock } from "../wall-clock.ts";

export interface FetchOptions {
  readonly format: "table" | "json";
  readonly out: string;
  readonly ledger?: string;
  readonly quiet?: true;
}

// A rehearsal's videos are with a simulator that may be gone: nobody waits long for it to come back.
const REHEARSAL_SPEED = 60;

/** Brings whatever this machine lacks of what was bought, from where fal keeps it. Costs nothing, needs no key. */
export async function fetchMissing(
  shell: Shell,
  campaign: string | undefined,
  options: FetchOptions,
): Promise<number> {
  const buying = await shell.buying();
  if (buying.problem !== null) return refuse(shell, buying.problem);
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const chosen = await campaignsMeant(ledger, campaign);
    if ("problem" in chosen) return refuse(shell, chosen.problem);
    if (chosen.length === 0) shell.err("Nothing was bought under this ledger yet.\n");
    const purpose = ledger.purpose;
    const leave = new AbortController();
    let signal: Signal | null = null;
    const off = buying.onSignal((came) => {
      if (signal !== null) return buying.abandon(exitOf(signal));
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
          shell.out(fetchTable(report, shell.outScreen, options.quiet === true));
        }
      }
    } finally {
      off();
    }
    if (options.format === "json") shell.out(fetchJson(reports, ledger.id));
    if (signal !== null) return exitOf(signal);
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
  const screen = await movingScreen(shell, buying, picture, quiet);
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
        const told = fetchedText(hold, end);
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

function exitOf(signal: Signal): number {
  return signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}
