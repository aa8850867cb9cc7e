import { formatInstant } from "../../diagnostics/printable.ts";
import { simulateReclaim, type Hold } from "../../ledger/hold.ts";
import { type LedgerBook, type HoldSummary } from "../../ledger/ledger.ts";
import { LedgerFault, type LedgerTrouble } from "../../ledger/fault.ts";
import { hidePassword } from "../../ledger/postgres-url.ts";
import { explainFound } from "../../report/status.ts";
import {
  type WatchedCampaign,
  makeWatched,
  renderWatchLine,
  renderWatch,
} from "../../report/watch.ts";
import { needsPerson } from "../../report/where-to-look.ts";
import { makeUsedMoney } from "../../run/read-purchases.ts";
import { cropToTerminal } from "../buying/run-board.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { findCampaigns } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import type { Shell } from "../shell.ts";
import { wallClock } from "../wall-clock.ts";
import { parseProcessName } from "../wiring.ts";
import type { StatusOptions } from "../options.ts";

const LOOKED_AT_MS = 1_000;
// Of a hundred thousand holds a picture takes its time: a watcher leaves the machine to those at work.
const REST = 9;
// Who waited for a server that was away wants to see soon that it is back.
const MOST_REST_MS = 10_000;
// A few lines each: no more fit on a screen, and a person settles them one by one.
const MOST_ASKED = 3;
// Lines that no run looks after may be those that the vendor does not know; each has to be read whole to tell.
const MOST_ADRIFT = 20;

// A server is started anew, a lock is let go: who watches waits for it.
const PASSING: ReadonlySet<LedgerTrouble> = new Set(["locked", "unreachable"]);
const UNREAD = "The ledger cannot be read at the moment: this is how it stood, and it is tried on.";

/** Shows where everything stands, again and again until it is left, which is no failure. Reads only. */
export async function watch(
  shell: Shell,
  campaign: string | undefined,
  options: Pick<StatusOptions, "ledger">,
): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const named = await findCampaigns(ledger, campaign);
    if (!named.ok) return refuse(shell, named.problem);
    const buying = await shell.buying();
    const screen = await buying.overdrawn("out");
    const clock = wallClock(1);
    const left = new AbortController();
    // The first ends it after this look, which a server that is away can make long; the second does not wait.
    const off = buying.onSignal(() => {
      if (left.signal.aborted) buying.abandon(EXIT.done);
      left.abort();
    });
    const positionsOf = followCampaigns(ledger);
    const told = new Map<string, string>();
    let picture = "";
    try {
      while (!left.signal.aborted) {
        const began = performance.now();
        const seen = await readCampaigns(ledger, positionsOf, campaign, shell.now());
        if (screen !== null) {
          if (seen !== null) picture = await drawCampaigns(shell, ledger, seen, options);
          const shown = seen === null ? `${UNREAD}\n\n${picture}` : picture;
          screen.show(cropToTerminal(shown, shell.outScreen.width, screen.rows()));
        }
        for (const [name, line] of screen === null ? renderLines(seen) : []) {
          if (told.get(name) === line) continue;
          told.set(name, line);
          shell.out(`${formatInstant(Math.floor(shell.now() / 1_000) * 1_000)} ${line}\n`);
        }
        const took = performance.now() - began;
        const rest = seen === null ? 0 : Math.min(took * REST, MOST_REST_MS);
        await clock.sleep(Math.max(LOOKED_AT_MS, rest), left.signal);
      }
    } finally {
      off();
      screen?.clear();
    }
    // What was seen last stays on the terminal.
    if (picture !== "") shell.out(`${picture}\n`);
    return EXIT.done;
  });
}

/** What is to be said of each campaign, or of the ledger, by name. */
function renderLines(seen: readonly WatchedCampaign[] | null): ReadonlyMap<string, string> {
  if (seen === null) return new Map([["", UNREAD]]);
  const lines = seen.map((watched) => [watched.campaign, renderWatchLine(watched)] as const);
  return new Map(lines);
}

type PositionsOf = (campaign: string) => Promise<readonly HoldSummary[]>;

/** Reads a campaign whole at the first look, and what has changed at each later one. */
function followCampaigns(ledger: LedgerBook): PositionsOf {
  const followers = new Map<string, ReturnType<LedgerBook["follow"]>>();
  return async (campaign) => {
    const follower = followers.get(campaign) ?? ledger.follow(campaign);
    followers.set(campaign, follower);
    return await follower();
  };
}

/** Every campaign that is meant, as it stands now; null where the ledger is not to be read this moment. */
async function readCampaigns(
  ledger: LedgerBook,
  positionsOf: PositionsOf,
  campaign: string | undefined,
  now: number,
): Promise<readonly WatchedCampaign[] | null> {
  try {
    const chosen = await findCampaigns(ledger, campaign);
    if (!chosen.ok) return [];
    const purpose = ledger.purpose;
    const seen: WatchedCampaign[] = [];
    for (const name of chosen.value) {
      // Holds before runs: a run that starts in between must not look dead.
      const kept = await positionsOf(name);
      const runs = await ledger.openRuns(name);
      const living = new Set(runs.filter(({ alive }) => alive).map(({ id }) => id));
      const positions = kept.map((position) => simulateReclaim(position, living));
      seen.push(
        makeWatched({
          campaign: name,
          purpose,
          positions,
          runs: runs.map((run) => ({ ...run, ...parseProcessName(run.owner) })),
          terms: await ledger.terms(name),
          overages: await ledger.overages(name),
          used: makeUsedMoney(positions),
          now,
        }),
      );
    }
    return seen;
  } catch (cause) {
    if (cause instanceof LedgerFault && PASSING.has(cause.trouble)) return null;
    throw cause;
  }
}

async function drawCampaigns(
  shell: Shell,
  ledger: LedgerBook,
  seen: readonly WatchedCampaign[],
  options: Pick<StatusOptions, "ledger">,
): Promise<string> {
  const { ledger: named } = options;
  const shown = { now: shell.now(), ledger: named === undefined ? null : hidePassword(named) };
  const parts: string[] = [];
  for (const watched of seen) {
    const asked = await findQuestions(ledger, watched);
    parts.push(renderWatch(watched, asked, shell.outScreen, shown));
  }
  return parts.length === 0 ? "Nothing was bought under this ledger yet." : parts.join("\n\n");
}

/** What a person has to settle: the first of it whole, with what was sent. */
async function findQuestions(
  ledger: LedgerBook,
  { unknown, adrift, runs }: WatchedCampaign,
): Promise<{ readonly first: readonly Hold[]; readonly all: number }> {
  const living = new Set(runs.filter(({ alive }) => alive).map(({ id }) => id));
  const whole = async (ids: readonly { readonly id: string }[]): Promise<readonly Hold[]> => {
    const holds = await Promise.all(ids.map(({ id }) => ledger.hold(id)));
    const found = holds.flatMap((hold) => (hold === null ? [] : [explainFound(hold, living)]));
    return found.filter(needsPerson);
  };
  const missing = await whole(adrift.slice(0, MOST_ADRIFT));
  const first = [...(await whole(unknown.slice(0, MOST_ASKED))), ...missing];
  return { first: first.slice(0, MOST_ASKED), all: unknown.length + missing.length };
}
