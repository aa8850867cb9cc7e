import type { UsedMoney } from "../budget/caps.ts";
import { type CapRow, decide } from "../budget/decide.ts";
import { checkPace } from "../budget/pace.ts";
import { type Overage, raiseCaps, type Terms } from "../budget/terms.ts";
import { formatCount, formatDuration, toPrintable } from "../diagnostics/printable.ts";
import { findCurrentHolds, type Hold, type HoldState, sumUnknownMoney } from "../ledger/hold.ts";
import type { OpenRun, HoldSummary, Purpose } from "../ledger/ledger.ts";
import { cents, type MicroUsd, NOTHING, sum } from "../money.ts";
import { groupBy } from "../plan/group-by.ts";
import {
  type Block,
  type Blocks,
  type Screen,
  makeSentence,
  markRehearsal,
  type Table,
} from "./document.ts";
import { renderText } from "./formats/text.ts";
import { CAP_COLUMNS, type CapLine } from "./plan-columns.ts";
import { UNTAGGED } from "./top-sheet.ts";
import { adviseWhereToLook } from "./where-to-look.ts";

/** The state of a campaign at a moment, as far as it can be told without reading inputs. */
export interface WatchedCampaign {
  readonly campaign: string;
  readonly purpose: Purpose;
  /** The number of purchases by the state of their current holds. */
  readonly lines: ReadonlyMap<HoldState, number>;
  readonly runs: readonly WatchedRun[];
  /** In flight at the vendor without a living run: the next run collects them. */
  readonly adrift: readonly HoldSummary[];
  /** Holds whose outcome or charge is unknown. */
  readonly unknown: readonly HoldSummary[];
  readonly caps: readonly CapRow[];
  /** Whether an older topsheet bought something, whose tags are not known. */
  readonly untagged: boolean;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

/** A run, or a batch that is queued for workers, each of which has a run of its own. */
type FoundRun = Pick<OpenRun, "id" | "startedAt" | "alive" | "batch"> & {
  readonly machine: string;
  readonly pid: string;
};

interface WatchedRun extends FoundRun {
  readonly inFlight: number;
  readonly made: number;
}

interface WatchFacts {
  readonly campaign: string;
  readonly purpose: Purpose;
  /** Holds as they were found: the outcome of what a dead run was sending is unknown. */
  readonly positions: readonly HoldSummary[];
  readonly runs: readonly FoundRun[];
  readonly terms: Terms | null;
  readonly overages: readonly Overage[];
  readonly used: UsedMoney;
  /** Milliseconds UTC. */
  readonly now: number;
}

export function makeWatched(facts: WatchFacts): WatchedCampaign {
  const { campaign, purpose, positions, runs } = facts;
  const living = new Set(runs.filter(({ alive }) => alive).map(({ id }) => id));
  const byRun = groupBy(positions, ({ run }) => run);
  const byState = groupBy(findCurrentHolds(positions).values(), ({ state }) => state);
  return {
    campaign,
    purpose,
    lines: new Map([...byState].map(([state, holds]) => [state, holds.length])),
    runs: runs.map((run) => {
      const own = byRun.get(run.id) ?? [];
      return {
        ...run,
        inFlight: own.filter(({ state }) => UNDER_WAY.has(state)).length,
        made: own.filter(({ state }) => state === "settled").length,
      };
    }),
    adrift: positions.filter(({ run, state }) => state === "submitted" && !living.has(run)),
    unknown: positions.filter((position) => sumUnknownMoney(position) > NOTHING),
    caps: findCaps(facts),
    untagged: positions.some(({ tags }) => tags === null),
    spent: sum(positions.map(({ spent }) => spent)),
    held: sum(positions.map(({ held }) => held)),
  };
}

const UNDER_WAY: ReadonlySet<HoldState> = new Set(["reserved", "sending", "submitted"]);

/** Finds every cap that a hold counts under, and what is left of it. The ledger does not record a run's own cap. */
function findCaps({ terms, overages, used, positions, now }: WatchFacts): readonly CapRow[] {
  if (terms === null) return [];
  const caps = raiseCaps(terms, overages, now);
  const shots = new Map(positions.map((position) => [position.shot, position]));
  // The orders cost nothing, so that the decision only says what each shot has used.
  const asks = [...shots.values()].map(({ shot, endpoint, scene, tags }) => {
    return { shot, endpoint, scene, tags, cost: NOTHING };
  });
  const clock = { now, timezone: terms.timezone };
  const paces = checkPace(caps, [], used, clock).filter(({ cap }) => cap !== "per_run");
  return [...decide(caps, asks, used).rows, ...paces];
}

const MOST_NAMED = 3;
const MOST_RUNS = 12;

/** The states in the order of a line's life. */
const STATES: readonly (readonly [HoldState, string])[] = [
  ["reserved", "reserved"],
  ["sending", "being sent"],
  ["submitted", "in flight"],
  ["settled", "made"],
  ["failed", "failed"],
  ["unknown", "unknown"],
  ["released", "not bought"],
];

/** Renders a campaign: what a person has to settle, who is at work, lines, money against the caps. */
export function renderWatch(
  watched: WatchedCampaign,
  /** The first holds that a person has to settle, with their inputs, and the number of all of them. */
  asked: { readonly first: readonly Hold[]; readonly all: number },
  screen: Screen,
  { now, ledger }: { readonly now: number; readonly ledger: string | null },
): string {
  const { campaign, purpose, runs, adrift, unknown, caps, untagged, spent, held } = watched;
  const rehearsal = purpose === "rehearsal";
  const more = asked.all - asked.first.length;
  const going = runs.some(({ alive, batch }) => alive && !batch);
  const blocks: Blocks = [
    ...asked.first.map((hold): Block => {
      const others = [...unknown, ...adrift];
      return { is: "lines", lines: adviseWhereToLook(hold, { ledger, rehearsal }, others) };
    }),
    more === 0
      ? null
      : makeSentence(`and ${more} more to settle: \`topsheet status\` shows them all.`),
    runs.length === 0 ? null : { is: "table", table: makeRunTable(runs, now) },
    going ? null : makeSentence("No run is in progress."),
    adrift.length === 0
      ? null
      : makeSentence(
          `${formatCount(adrift.length, "line")} in flight under no run: run again to collect.`,
        ),
    makeSentence(`Lines: ${describeLines(watched)}.`),
    caps.length === 0 ? null : { is: "table", table: makeCapTable(caps) },
    untagged && caps.some(({ cap }) => cap === "by_tag") ? makeSentence(UNTAGGED) : null,
    makeSentence(`${cents(spent)} spent, ${cents(held)} held.`),
  ];
  const what = markRehearsal("watch", rehearsal, "is");
  return renderText({ title: campaign, what, blocks }, screen).trimEnd();
}

/** Renders a campaign on one line that does not change while nothing happens. */
export function renderWatchLine(watched: WatchedCampaign): string {
  const { campaign, purpose, runs, adrift, unknown, spent, held } = watched;
  const parts = [
    `${toPrintable(campaign)}${purpose === "rehearsal" ? " (rehearsal)" : ""}: ${describeLines(watched)}`,
    `${cents(spent)} spent, ${cents(held)} held`,
    ...runs.map((run) => `${describeProcess(run)} ${describeActivity(run)}`),
    ...(adrift.length === 0 ? [] : [`${adrift.length} in flight under no run`]),
    ...(unknown.length === 0 ? [] : ["`topsheet status` says what to settle"]),
  ];
  return parts.join("; ");
}

function describeActivity({ alive, batch, inFlight }: WatchedRun): string {
  if (batch) return "is open";
  return alive ? `has ${inFlight} in flight` : "has died";
}

function describeLines({ lines }: WatchedCampaign): string {
  const told = STATES.flatMap(([state, word]) => {
    const count = lines.get(state) ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return told.length === 0 ? "nothing bought yet" : told.join(", ");
}

function describeProcess({ machine, pid, batch }: WatchedRun): string {
  if (batch) return "what is queued for workers";
  return pid === "" ? toPrintable(machine) : `${toPrintable(machine)} (process ${pid})`;
}

function makeRunTable(runs: readonly WatchedRun[], now: number): Table<WatchedRun> {
  const rows = runs.slice(0, MOST_RUNS);
  const left = runs.length - rows.length;
  return {
    name: "Runs",
    columns: [
      { name: "run_on", kind: "text", value: describeProcess, fit: { flexible: true } },
      {
        name: "in_flight",
        kind: "count",
        value: ({ alive, batch, inFlight }) => (alive && !batch ? inFlight : null),
      },
      {
        name: "made",
        kind: "count",
        value: ({ batch, made }) => (batch ? null : made),
        fit: { spare: 1 },
      },
      {
        name: "going_for",
        kind: "text",
        value: ({ alive, startedAt }) =>
          alive
            ? formatDuration(Math.max(0, now - startedAt))
            : "died; the next run takes over its lines",
      },
    ],
    rows: runs,
    shown: { rows, ...(left > 0 ? { more: `and ${formatCount(left, "run")} more` } : {}) },
  };
}

function makeCapTable(caps: readonly CapRow[]): Table<CapLine> {
  // Of the caps for one shot, model or scene, those with the least left are shown.
  const named = caps.filter(({ of }) => of !== null).toSorted((a, b) => a.left - b.left);
  const nearest = new Set(named.slice(0, MOST_NAMED));
  const rows = caps.filter((row) => row.of === null || nearest.has(row));
  const left = caps.length - rows.length;
  return {
    name: "Caps",
    columns: CAP_COLUMNS,
    rows: caps,
    shown: {
      columns: ["cap", "limit", "spent", "held", "left"],
      rows,
      ...(left > 0 ? { more: `${formatCount(left, "more cap")}, each with more left.` } : {}),
    },
  };
}
