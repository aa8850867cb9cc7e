import { createColors } from "picocolors";
import { counted, printable } from "../diagnostics/printable.ts";
import { cents, dollars, exact, type MicroUsd, NOTHING, subtract, sum } from "../money.ts";
import type { PlanDiff, Reason, ShotDiff, Size } from "../plan/diff.ts";
import type { Gate } from "../plan/gate.ts";
import { gateJson } from "./gates.ts";
import { markdownTable, text as markdown } from "./markdown.ts";
import type { Screen } from "./plan-table.ts";
import { textTable, wrapped } from "./text-table.ts";

/** So many shots of a difference a reader takes in at once. */
export const FEW = 20;

/** What a change costs, shot by shot, and why: for a terminal. */
export function diffTable(diff: PlanDiff, screen: Screen): string {
  const colours = createColors(screen.colour);
  if (diff.shots.length === 0) return `Nothing differs: ${sizeInWords(diff.after)}.\n`;
  const rows = rowsOf(diff, printable, (words) => words);
  const { before, after, same } = diff;
  const total = movedBy(diff);
  const totals = ["Total", "", cents(before.cost), cents(after.cost), signed(total, cents), ""];
  const table = textTable(
    [
      { title: "Shot", flexible: true, least: 12 },
      { title: "Change", spare: 3 },
      { title: "Before", align: "right", spare: 2 },
      { title: "After", align: "right", spare: 1 },
      { title: "Moves", align: "right" },
      { title: "Why", flexible: true, words: true, least: 24 },
    ],
    [...rows, totals],
    screen.width,
  );
  const paint = total > 0 ? colours.yellow : colours.green;
  const unchanged = same === 0 ? "" : ` ${counted(same, "shot")} the same.`;
  return `${table}\n\n${paint(wrapped(`${diffVerdict(diff)}${unchanged}`, screen.width))}\n`;
}

/** The same for a pull request; of more shots than `most`, the table is folded away. */
export function diffMarkdown(diff: PlanDiff, most = Infinity): string {
  if (diff.shots.length === 0) return `Nothing differs: ${sizeInWords(diff.after)}.\n`;
  const rows = rowsOf(diff, markdown, markdown);
  const heads = ["Shot", "Change", "Before:", "After:", "Moves:", "Why"];
  const table = markdownTable(heads, rows);
  const shown =
    rows.length <= most
      ? table
      : `<details><summary>${counted(rows.length, "shot")}</summary>\n\n${table}\n\n</details>`;
  return `${shown}\n\n**${diffVerdict(diff)}**\n`;
}

/** `topsheet/diff@1`. */
export function diffJson(diff: PlanDiff, gates: readonly Gate[] | null = null): string {
  const size = ({ lines, seconds, cost }: Size): object => ({ lines, seconds, cost: exact(cost) });
  const document = {
    schema: "topsheet/diff@1",
    currency: "USD",
    differs: diff.shots.length > 0,
    before: size(diff.before),
    after: size(diff.after),
    difference: exact(movedBy(diff)),
    same: diff.same,
    ...(gates === null ? {} : { gates: gates.map(gateJson) }),
    shots: diff.shots.map((shot) => ({
      shot: shot.shot,
      change: shot.change,
      before: size(shot.before),
      after: size(shot.after),
      difference: exact(movedBy(shot)),
      reasons: shot.reasons.map(({ what, before, after, lines, amount }) => ({
        what,
        before,
        after,
        lines,
        amount: exact(amount),
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const MOST_SHOTS = 40;
const WIDEST = 20;

/** A row for each shot while they can be read; of more, those whose cost moves most, the others summed. */
function rowsOf(
  { shots }: PlanDiff,
  name: (id: string) => string,
  text: (words: string) => string,
): readonly (readonly string[])[] {
  const row = (shot: ShotDiff): readonly string[] => [
    name(shot.shot),
    shot.change,
    shot.change === "added" ? "" : cents(shot.before.cost),
    shot.change === "dropped" ? "" : cents(shot.after.cost),
    signed(movedBy(shot), cents),
    text(why(shot)),
  ];
  if (shots.length <= MOST_SHOTS) return shots.map(row);
  const order = shots.toSorted((a, b) => absolute(movedBy(b)) - absolute(movedBy(a)));
  const shown = new Set(order.slice(0, WIDEST));
  const others = shots.filter((shot) => !shown.has(shot));
  const rest = [
    `and ${others.length} more`,
    "",
    cents(sum(others.map(({ before }) => before.cost))),
    cents(sum(others.map(({ after }) => after.cost))),
    signed(sum(others.map(movedBy)), cents),
    "",
  ];
  return [...shots.filter((shot) => shown.has(shot)).map(row), rest];
}

export function movedBy({ before, after }: Pick<ShotDiff, "before" | "after">): MicroUsd {
  return subtract(after.cost, before.cost);
}

/** `$3.22 more: $2.10 for 3 lines, 15 s before, $5.32 for 2 lines, 16 s after.` */
function diffVerdict({ before, after }: PlanDiff): string {
  const moved = movedBy({ before, after });
  const way =
    moved === NOTHING
      ? "The cost stays the same"
      : `${dollars(absolute(moved))} ${moved > 0 ? "more" : "less"}`;
  return `${way}: ${sizeInWords(before)} before, ${sizeInWords(after)} after.`;
}

function sizeInWords({ lines, seconds, cost }: Size): string {
  return `${dollars(cost)} for ${counted(lines, "line")}, ${seconds} s`;
}

/** `7 s → 9 s (+$0.28); 2 → 3 takes (+$1.12)`. */
export function why(shot: ShotDiff): string {
  return shot.reasons.map((reason) => reasonInWords(reason, shot.change)).join("; ");
}

function reasonInWords({ what, before, after, lines, amount }: Reason, change: string): string {
  const moved = amount === NOTHING ? "" : ` (${signed(amount, dollars)})`;
  const from = `${printable(before ?? "")} → ${printable(after ?? "")}`;
  const others = before === after ? ", not the same" : "";
  switch (what) {
    case "shot":
      return before === null && after === null
        ? `${counted(lines, "line")} ${change}`
        : `${counted(lines, "line")} renamed: ${before === null ? `${printable(after ?? "")} now` : `${printable(before)} before`}; buys nothing anew`;
    case "takes":
      return `${from} takes${others}${moved}`;
    case "matrix":
      return `${from} combinations${others}${moved}`;
    case "seconds":
      return `${from}${moved}`;
    case "model":
      return `${from}${moved}`;
    case "audio":
      return `audio ${from}${moved}`;
    case "elements":
      return `elements: ${from}${moved}`;
    case "price":
      return `price book: ${from} a second${moved}`;
    case "input":
      return `${printable(after ?? "")} changed in ${counted(lines, "line")}, at the same price`;
  }
}

export function signed(amount: MicroUsd, word: (amount: MicroUsd) => string): string {
  return amount > 0 ? `+${word(amount)}` : word(amount);
}

export function absolute(amount: MicroUsd): MicroUsd {
  return amount < 0 ? subtract(NOTHING, amount) : amount;
}
