import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { cents, dollars, exact, type MicroUsd, NOTHING, subtract, sum } from "../money.ts";
import type { PlanDiff, Reason, ShotDiff } from "../plan/diff.ts";
import type { PlanSize } from "../plan/plan.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import type { Compared } from "./subjects.ts";
import { chooseReadable } from "./top-sheet.ts";
import { makeGateBlocks, encodeGate } from "./gates.ts";
import { type Block, type Column, type Document, limitTo, type Summary } from "./document.ts";

/** A reader takes in this many shots at once. */
const FEW = 20;

/** Makes the document of a difference for `diff`. */
export function makeDiffDocument(compared: Compared): Document {
  const { diff, gates } = compared;
  return {
    title: null,
    what: "",
    blocks: [...makeDiffBlocks(diff), ...limitTo("page", makeGateBlocks(gates ?? []))],
    json: () => encodeDiff(diff, gates),
    subject: { is: "diff", ...compared },
  };
}

/** Makes the same for a pull request, which has a title and shows gates first. */
export function makePullRequestDocument({ campaign, diff, gates, warnings }: Compared): Document {
  return {
    title: campaign,
    what: "what changes",
    blocks: [
      ...makeGateBlocks(gates ?? []),
      ...makeFewChanges(diff),
      { is: "diagnostics", diagnostics: warnings },
    ],
  };
}

/** Makes the blocks of a difference beside a plan: a page folds a long table away. */
export function makeFewChanges(diff: PlanDiff): readonly Block[] {
  return makeDiffBlocks(diff, FEW);
}

/** Shows what a change costs, shot by shot, and why; a page folds away a table of more than `most` rows. */
function makeDiffBlocks(diff: PlanDiff, most = Infinity): readonly Block[] {
  const { before, after, same, shots } = diff;
  if (shots.length === 0) {
    return [{ is: "paragraph", text: `Nothing differs: ${describeSize(after)}.` }];
  }
  const moved = subtractCosts(diff);
  const { rows, rest } = chooseShots(shots);
  const table: Block = {
    is: "table",
    table: {
      name: "Changes",
      columns: SHOT_COLUMNS,
      rows: shots,
      shown: {
        rows,
        rest,
        total: {
          label: "Total",
          values: { before: before.cost, after: after.cost, moves: addSign(moved, cents) },
          on: "terminal",
        },
      },
    },
  };
  const told = rows.length + (rest === null ? 0 : 1);
  const verdict = describeMove(diff);
  const unchanged = same === 0 ? "" : ` ${formatCount(same, "shot")} the same.`;
  return [
    told <= most ? table : { is: "folded", summary: formatCount(told, "shot"), blocks: [table] },
    {
      is: "paragraph",
      strong: `${verdict}${unchanged}`,
      tone: moved > 0 ? "warning" : "good",
      on: "terminal",
    },
    { is: "paragraph", strong: verdict, on: "page" },
  ];
}

/** Each row is a shot. */
export const SHOT_COLUMNS: readonly Column<ShotDiff>[] = [
  { name: "shot", kind: "text", value: ({ shot }) => shot, fit: { flexible: true, least: 12 } },
  { name: "change", kind: "text", value: ({ change }) => change, fit: { spare: 3 } },
  {
    name: "before",
    kind: "usd",
    value: ({ change, before }) => (change === "added" ? null : before.cost),
    fit: { spare: 2 },
  },
  {
    name: "after",
    kind: "usd",
    value: ({ change, after }) => (change === "dropped" ? null : after.cost),
    fit: { spare: 1 },
  },
  {
    name: "moves",
    kind: "usd",
    value: subtractCosts,
    words: (shot) => addSign(subtractCosts(shot), cents),
  },
  {
    name: "why",
    kind: "text",
    value: explainShot,
    fit: { flexible: true, prose: true, least: 24 },
  },
];

/** Encodes `topsheet/diff@1`. */
function encodeDiff(diff: PlanDiff, gates: readonly PlanGate[] | null): object {
  const size = ({ lines, seconds, cost }: PlanSize): object => ({
    lines,
    seconds,
    cost: exact(cost),
  });
  return {
    schema: "topsheet/diff@1",
    currency: "USD",
    differs: diff.shots.length > 0,
    before: size(diff.before),
    after: size(diff.after),
    difference: exact(subtractCosts(diff)),
    same: diff.same,
    ...(gates === null ? {} : { gates: gates.map(encodeGate) }),
    shots: diff.shots.map((shot) => ({
      shot: shot.shot,
      change: shot.change,
      before: size(shot.before),
      after: size(shot.after),
      difference: exact(subtractCosts(shot)),
      reasons: shot.reasons.map(({ what, before, after, lines, amount }) => ({
        what,
        before,
        after,
        lines,
        amount: exact(amount),
      })),
    })),
  };
}

/** Chooses all shots, or those whose cost moves most if they are too many to read; sums the others. */
function chooseShots(shots: readonly ShotDiff[]): {
  readonly rows: readonly ShotDiff[];
  readonly rest: Summary | null;
} {
  const { shown, others } = chooseReadable(shots, (shot) => dropSign(subtractCosts(shot)));
  if (others.length === 0) return { rows: shown, rest: null };
  return {
    rows: shown,
    rest: {
      label: `and ${others.length} more`,
      values: {
        before: sum(others.map(({ before }) => before.cost)),
        after: sum(others.map(({ after }) => after.cost)),
        moves: addSign(sum(others.map(subtractCosts)), cents),
      },
    },
  };
}

export function subtractCosts({ before, after }: Pick<ShotDiff, "before" | "after">): MicroUsd {
  return subtract(after.cost, before.cost);
}

/** `$3.22 more: $2.10 for 3 lines, 15 s before, $5.32 for 2 lines, 16 s after.` */
function describeMove({ before, after }: PlanDiff): string {
  const moved = subtractCosts({ before, after });
  const way =
    moved === NOTHING
      ? "The cost stays the same"
      : `${dollars(dropSign(moved))} ${moved > 0 ? "more" : "less"}`;
  return `${way}: ${describeSize(before)} before, ${describeSize(after)} after.`;
}

function describeSize({ lines, seconds, cost }: PlanSize): string {
  return `${dollars(cost)} for ${formatCount(lines, "line")}, ${seconds} s`;
}

/** `7 s → 9 s (+$0.28); 2 → 3 takes (+$1.12)`. */
function explainShot(shot: ShotDiff): string {
  return shot.reasons.map((reason) => describeReason(reason, shot.change)).join("; ");
}

function describeReason({ what, before, after, lines, amount }: Reason, change: string): string {
  const moved = amount === NOTHING ? "" : ` (${addSign(amount, dollars)})`;
  const from = `${toPrintable(before ?? "")} → ${toPrintable(after ?? "")}`;
  const others = before === after ? ", not the same" : "";
  switch (what) {
    case "shot":
      return before === null && after === null
        ? `${formatCount(lines, "line")} ${change}`
        : `${formatCount(lines, "line")} renamed: ${before === null ? `${toPrintable(after ?? "")} now` : `${toPrintable(before)} before`}; buys nothing anew`;
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
      return `${toPrintable(after ?? "")} changed in ${formatCount(lines, "line")}, at the same price`;
  }
}

export function addSign(amount: MicroUsd, word: (amount: MicroUsd) => string): string {
  return amount > 0 ? `+${word(amount)}` : word(amount);
}

export function dropSign(amount: MicroUsd): MicroUsd {
  return amount < 0 ? subtract(NOTHING, amount) : amount;
}
