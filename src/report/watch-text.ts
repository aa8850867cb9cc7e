import { createColors } from "picocolors";
import type { CapRow } from "../budget/cap-row.ts";
import { counted, printable } from "../diagnostics/printable.ts";
import type { Hold, HoldState } from "../ledger/hold.ts";
import { cents } from "../money/usd.ts";
import { capName } from "../plan/cap-complaints.ts";
import { duration } from "./duration.ts";
import type { Screen } from "./plan-table.ts";
import { textTable, wrapped } from "./text-table.ts";
import { whereToLook } from "./where-to-look.ts";
import type { Watched, WatchedRun } from "./watch.ts";

const MOST_NAMED = 3;
const MOST_RUNS = 12;

/** In the order of a line's life. */
const STATES: readonly (readonly [HoldState, string])[] = [
  ["reserved", "reserved"],
  ["sending", "being sent"],
  ["submitted", "in flight"],
  ["settled", "made"],
  ["failed", "failed"],
  ["unknown", "unknown"],
  ["released", "not bought"],
];

/** The picture of a campaign: what a person has to settle, who is at work, lines, money against the caps. */
export function watchText(
  watched: Watched,
  /** The first of what a person has to settle, whole, and how many there are. */
  asked: { readonly first: readonly Hold[]; readonly all: number },
  { width, colour }: Screen,
  { now, ledger }: { readonly now: number; readonly ledger: string | null },
): string {
  const colours = createColors(colour);
  const { campaign, purpose, runs, adrift, unknown, caps, spent, held } = watched;
  const rehearsal = purpose === "rehearsal" ? " · REHEARSAL, nothing is bought" : "";
  const where = { ledger, rehearsal: purpose === "rehearsal" };
  const more = asked.all - asked.first.length;
  const going = runs.some(({ alive, batch }) => alive && !batch);
  return [
    `${colours.bold(printable(campaign))} · watch${rehearsal}`,
    ...asked.first.map((hold) => whereToLook(hold, where, [...unknown, ...adrift]).join("\n")),
    ...(more > 0 ? [`and ${more} more to settle: \`topsheet status\` shows them all.`] : []),
    ...(runs.length === 0 ? [] : [runTable(runs, width, now)]),
    ...(going ? [] : ["No run is going."]),
    ...(adrift.length === 0
      ? []
      : [`${counted(adrift.length, "line")} in flight under no run: run again to collect.`]),
    wrapped(`Lines: ${linesInWords(watched)}.`, width),
    ...(caps.length === 0 ? [] : [capTable(caps, width)]),
    `${cents(spent)} spent, ${cents(held)} held.`,
  ].join("\n\n");
}

/** The same on one line, with nothing in it that changes while nothing happens. */
export function watchLine(watched: Watched): string {
  const { campaign, purpose, runs, adrift, unknown, spent, held } = watched;
  const parts = [
    `${printable(campaign)}${purpose === "rehearsal" ? " (rehearsal)" : ""}: ${linesInWords(watched)}`,
    `${cents(spent)} spent, ${cents(held)} held`,
    ...runs.map((run) => `${processOf(run)} ${doingOf(run)}`),
    ...(adrift.length === 0 ? [] : [`${adrift.length} in flight under no run`]),
    ...(unknown.length === 0 ? [] : ["`topsheet status` says what to settle"]),
  ];
  return parts.join("; ");
}

function doingOf({ alive, batch, inFlight }: WatchedRun): string {
  if (batch) return "is open";
  return alive ? `has ${inFlight} in flight` : "has died";
}

function linesInWords({ lines }: Watched): string {
  const told = STATES.flatMap(([state, word]) => {
    const count = lines.get(state) ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return told.length === 0 ? "nothing bought yet" : told.join(", ");
}

function processOf({ machine, pid, batch }: WatchedRun): string {
  if (batch) return "what is queued for workers";
  return pid === "" ? printable(machine) : `${printable(machine)} (process ${pid})`;
}

function runTable(runs: readonly WatchedRun[], width: number, now: number): string {
  const columns = [
    { title: "Run on", flexible: true } as const,
    { title: "In flight", align: "right" } as const,
    { title: "Made", align: "right", spare: 1 } as const,
    { title: "Going for" },
  ];
  const rows = runs
    .slice(0, MOST_RUNS)
    .map((run) => [
      processOf(run),
      run.alive && !run.batch ? String(run.inFlight) : "",
      run.batch ? "" : String(run.made),
      run.alive
        ? duration(Math.max(0, now - run.startedAt))
        : "died; the next run takes up its lines",
    ]);
  const left = runs.length - rows.length;
  const table = textTable(columns, rows, width);
  return left > 0 ? `${table}\nand ${counted(left, "run")} more` : table;
}

function capTable(caps: readonly CapRow[], width: number): string {
  const columns = [
    { title: "Cap", flexible: true } as const,
    { title: "Limit", align: "right" } as const,
    { title: "Spent", align: "right", spare: 2 } as const,
    { title: "Held", align: "right", spare: 1 } as const,
    { title: "Left", align: "right" } as const,
  ];
  // Of those for one shot, model or scene, under which the least is left.
  const named = caps.filter(({ of }) => of !== null).toSorted((a, b) => a.left - b.left);
  const nearest = new Set(named.slice(0, MOST_NAMED));
  const rows = caps
    .filter((row) => row.of === null || nearest.has(row))
    .map((row) => [
      printable(capName(row)),
      cents(row.limit),
      cents(row.spent),
      cents(row.held),
      cents(row.left),
    ]);
  const left = caps.length - rows.length;
  const table = textTable(columns, rows, width);
  return left > 0 ? `${table}\n${counted(left, "more cap")}, each with more left.` : table;
}
