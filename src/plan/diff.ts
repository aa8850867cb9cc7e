import { isMapping } from "../diagnostics/mapping.ts";
import { dropTake } from "../manifest/shot.ts";
import { add, dollars, type MicroUsd, NOTHING, subtract, times } from "../money.ts";
import { toCanonicalJson } from "./fingerprint.ts";
import { groupBy } from "./group-by.ts";
import { measureLines, type Plan, type PlanLine, type PlanSize } from "./plan.ts";

/** What can change a cost, or what is sent without changing it. */
type ChangeKind =
  | "shot"
  | "matrix"
  | "takes"
  | "seconds"
  | "model"
  | "audio"
  | "elements"
  | "price"
  | "input";

/** One reason for a difference, with its exact part of it. */
export interface Reason {
  readonly what: ChangeKind;
  /** In words; null if there is nothing to name. For a shot that buys the same under another name, that name. */
  readonly before: string | null;
  readonly after: string | null;
  /** How many lines it is about. */
  readonly lines: number;
  readonly amount: MicroUsd;
}

/** One shot that is not the same in both plans. The amounts of its reasons sum to the difference of its costs. */
export interface ShotDiff {
  readonly shot: string;
  readonly change: "added" | "dropped" | "changed";
  readonly before: PlanSize;
  readonly after: PlanSize;
  readonly reasons: readonly Reason[];
}

export interface PlanDiff {
  readonly before: PlanSize;
  readonly after: PlanSize;
  /** In the order of the second plan; what it dropped comes last. */
  readonly shots: readonly ShotDiff[];
  /** How many shots are the same in both. */
  readonly same: number;
}

/** Compares what two plans would send and cost: shots by id, lines by key. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const old = groupBy(before.lines, ({ shot }) => shot);
  const now = groupBy(after.lines, ({ shot }) => shot);
  const renamed = findRenamedShots(old, now);
  const all = [...new Set([...now.keys(), ...old.keys()])];
  const shots = all
    .map((id) => diffShot(id, old.get(id) ?? [], now.get(id) ?? [], renamed.get(id) ?? null))
    .filter((diff) => diff !== null);
  return {
    before: measureLines(before.lines),
    after: measureLines(after.lines),
    shots,
    same: all.length - shots.length,
  };
}

/** Finds shots that only one plan has and that buy the same: each with the name it has in the other. */
function findRenamedShots(
  old: ReadonlyMap<string, readonly PlanLine[]>,
  now: ReadonlyMap<string, readonly PlanLine[]>,
): ReadonlyMap<string, string> {
  const listPurchases = (lines: readonly PlanLine[]): string =>
    lines
      .map((line) => line.fingerprint)
      .toSorted()
      .join(" ");
  const dropped = new Map(
    [...old]
      .filter(([shot]) => !now.has(shot))
      .map(([shot, lines]) => [listPurchases(lines), shot]),
  );
  return new Map(
    [...now].flatMap(([shot, lines]): [string, string][] => {
      const was = old.has(shot) ? undefined : dropped.get(listPurchases(lines));
      if (was === undefined) return [];
      // Two shots may buy the same: each is another's new name only once.
      dropped.delete(listPurchases(lines));
      return [
        [shot, was],
        [was, shot],
      ];
    }),
  );
}

function diffShot(
  shot: string,
  before: readonly PlanLine[],
  after: readonly PlanLine[],
  other: string | null,
): ShotDiff | null {
  const sizes = { before: measureLines(before), after: measureLines(after) };
  const amount = subtract(sizes.after.cost, sizes.before.cost);
  if (before.length === 0 || after.length === 0) {
    const change = before.length === 0 ? "added" : "dropped";
    const lines = Math.max(before.length, after.length);
    const names =
      change === "added" ? { before: other, after: null } : { before: null, after: other };
    const reason: Reason = { what: "shot", ...names, lines, amount };
    return { shot, change, ...sizes, reasons: [reason] };
  }
  const reasons = mergeReasons([...compareLines(before, after), ...compareCounts(before, after)]);
  return reasons.length === 0 ? null : { shot, change: "changed", ...sizes, reasons };
}

/**
 * Compares the lines that both plans have. First the seconds, at the old rate; then the rate, at the new seconds: the
 * two parts are exact and leave no remainder.
 */
function compareLines(before: readonly PlanLine[], after: readonly PlanLine[]): readonly Reason[] {
  const old = new Map(before.map((line) => [line.key, line]));
  return after.flatMap((line): Reason[] => {
    const was = old.get(line.key);
    if (was === undefined) return [];
    const reasons: Reason[] = [];
    const reason = (
      what: ChangeKind,
      from: string | null,
      to: string | null,
      amount: MicroUsd,
    ): void => {
      reasons.push({ what, before: from, after: to, lines: 1, amount });
    };
    // A saved plan may state a cost that its rate and seconds do not make: what it states counts.
    const same = was.seconds === line.seconds;
    const longer = same ? was.cost : times(was.price.perSecond, line.seconds);
    const rate = subtract(line.cost, longer);
    if (!same) {
      reason("seconds", `${was.seconds} s`, `${line.seconds} s`, subtract(longer, was.cost));
    }
    const audio = [describeAudio(was), describeAudio(line)] as const;
    const elements = [describeElements(was), describeElements(line)] as const;
    if (was.endpoint !== line.endpoint) {
      reason("model", was.model, line.model, rate);
      // Families have different defaults: a video that becomes silent is reported, whatever it costs.
      if (areDifferent(audio)) reason("audio", ...audio, NOTHING);
    } else if (areDifferent(audio)) reason("audio", ...audio, rate);
    else if (rate !== NOTHING && areDifferent(elements)) reason("elements", ...elements, rate);
    else if (rate !== NOTHING) {
      reason("price", dollars(was.price.perSecond), dollars(line.price.perSecond), rate);
    }
    if (reasons.length === 0 && was.fingerprint !== line.fingerprint) {
      reason("input", null, listChangedFields(was, line) || "input", NOTHING);
    }
    return reasons;
  });
}

/** Compares the lines that only one plan has: more takes of the same, or other combinations of the matrix. */
function compareCounts(before: readonly PlanLine[], after: readonly PlanLine[]): readonly Reason[] {
  const old = groupBy(before, ({ key }) => dropTake(key));
  const now = groupBy(after, ({ key }) => dropTake(key));
  const takes = [...now].flatMap(([name, lines]) => {
    const was = old.get(name) ?? lines;
    // As many takes can be others: a plan of selected lines may have the second and not the first.
    return countReason(
      "takes",
      [was.length, lines.length],
      listExtra(lines, was),
      listExtra(was, lines),
    );
  });
  const more = [...now].filter(([name]) => !old.has(name)).flatMap(([, lines]) => lines);
  const fewer = [...old].filter(([name]) => !now.has(name)).flatMap(([, lines]) => lines);
  return [...takes, ...countReason("matrix", [old.size, now.size], more, fewer)];
}

function countReason(
  what: ChangeKind,
  [before, after]: readonly [number, number],
  more: readonly PlanLine[],
  fewer: readonly PlanLine[],
): readonly Reason[] {
  const lines = more.length + fewer.length;
  const amount = subtract(measureLines(more).cost, measureLines(fewer).cost);
  return lines === 0 ? [] : [{ what, before: String(before), after: String(after), lines, amount }];
}

/** Merges equal reasons of a shot's lines into one. */
function mergeReasons(reasons: readonly Reason[]): readonly Reason[] {
  const alike = new Map<string, Reason>();
  for (const reason of reasons) {
    const key = JSON.stringify([reason.what, reason.before, reason.after]);
    const { lines = 0, amount = NOTHING } = alike.get(key) ?? {};
    alike.set(key, { ...reason, lines: lines + reason.lines, amount: add(amount, reason.amount) });
  }
  return [...alike.values()];
}

function listExtra(lines: readonly PlanLine[], beyond: readonly PlanLine[]): readonly PlanLine[] {
  const known = new Set(beyond.map((line) => line.key));
  return lines.filter((line) => !known.has(line.key));
}

/** Lists the fields that are sent with other values: `prompt, aspect_ratio`. */
function listChangedFields(was: PlanLine, line: PlanLine): string {
  const names = new Set([...Object.keys(was.input), ...Object.keys(line.input)]);
  const changed = [...names].filter(
    (name) =>
      toCanonicalJson(was.input[name] ?? null) !== toCanonicalJson(line.input[name] ?? null),
  );
  return changed.toSorted().join(", ");
}

/** Returns null if the model has no such choice: what it does then is not known here. */
function describeAudio({ input }: PlanLine): string | null {
  const audio = input["generate_audio"];
  return audio === undefined ? null : audio === true ? "on" : "off";
}

/** Describes what of a line's elements can change its price. */
function describeElements({ input }: PlanLine): string {
  const elements: readonly unknown[] = Array.isArray(input["elements"]) ? input["elements"] : [];
  const hasField = (field: string): boolean =>
    elements.some((element) => isMapping(element) && Object.hasOwn(element, field));
  return `${hasField("video_url") ? "video" : "no video"}, ${hasField("voice_id") ? "a voice" : "no voice"}`;
}

/** Compares two words for the same thing; if one side has none, nothing differs. */
function areDifferent([before, after]: readonly [string | null, string | null]): boolean {
  return before !== null && after !== null && before !== after;
}
