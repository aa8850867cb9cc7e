import { add, dollars, type MicroUsd, NOTHING, subtract, sum, times } from "../money.ts";
import { canonical } from "./fingerprint.ts";
import { groupBy } from "./group-by.ts";
import type { Plan, PlanLine } from "./plan.ts";

/** What can move a cost, or what is sent without moving it. */
type Mover =
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
  readonly what: Mover;
  /** In words; null where there is nothing to name. Of a shot that buys the same under another name, that name. */
  readonly before: string | null;
  readonly after: string | null;
  /** How many lines it is about. */
  readonly lines: number;
  readonly amount: MicroUsd;
}

export interface Size {
  readonly lines: number;
  readonly seconds: number;
  readonly cost: MicroUsd;
}

/** One shot that is not the same in both plans. The amounts of its reasons sum to the difference of its costs. */
export interface ShotDiff {
  readonly shot: string;
  readonly change: "added" | "dropped" | "changed";
  readonly before: Size;
  readonly after: Size;
  readonly reasons: readonly Reason[];
}

export interface PlanDiff {
  readonly before: Size;
  readonly after: Size;
  /** In the order of the second plan; what it dropped comes last. */
  readonly shots: readonly ShotDiff[];
  /** How many shots are the same in both. */
  readonly same: number;
}

/** What the second plan would send and cost that the first would not: shots by id, lines by key. */
export function planDiff(before: Plan, after: Plan): PlanDiff {
  const old = byShot(before.lines);
  const now = byShot(after.lines);
  const renamed = renamedShots(old, now);
  const shots = [...new Set([...now.keys(), ...old.keys()])].flatMap((shot): ShotDiff[] => {
    const diff = shotDiff(
      shot,
      old.get(shot) ?? [],
      now.get(shot) ?? [],
      renamed.get(shot) ?? null,
    );
    return diff === null ? [] : [diff];
  });
  const all = new Set([...now.keys(), ...old.keys()]).size;
  return {
    before: sizeOf(before.lines),
    after: sizeOf(after.lines),
    shots,
    same: all - shots.length,
  };
}

/** Shots that only one plan has and that buy the same: each with the name it has in the other. */
function renamedShots(
  old: ReadonlyMap<string, readonly PlanLine[]>,
  now: ReadonlyMap<string, readonly PlanLine[]>,
): ReadonlyMap<string, string> {
  const bought = (lines: readonly PlanLine[]): string =>
    lines
      .map((line) => line.fingerprint)
      .toSorted()
      .join(" ");
  const dropped = new Map(
    [...old].filter(([shot]) => !now.has(shot)).map(([shot, lines]) => [bought(lines), shot]),
  );
  return new Map(
    [...now].flatMap(([shot, lines]): [string, string][] => {
      const was = old.has(shot) ? undefined : dropped.get(bought(lines));
      if (was === undefined) return [];
      // Two shots may buy the same: each is another's new name only once.
      dropped.delete(bought(lines));
      return [
        [shot, was],
        [was, shot],
      ];
    }),
  );
}

function shotDiff(
  shot: string,
  before: readonly PlanLine[],
  after: readonly PlanLine[],
  other: string | null,
): ShotDiff | null {
  const sizes = { before: sizeOf(before), after: sizeOf(after) };
  const amount = subtract(sizes.after.cost, sizes.before.cost);
  if (before.length === 0 || after.length === 0) {
    const change = before.length === 0 ? "added" : "dropped";
    const lines = Math.max(before.length, after.length);
    const names =
      change === "added" ? { before: other, after: null } : { before: null, after: other };
    const reason: Reason = { what: "shot", ...names, lines, amount };
    return { shot, change, ...sizes, reasons: [reason] };
  }
  const reasons = gathered([...lineReasons(before, after), ...countReasons(before, after)]);
  return reasons.length === 0 ? null : { shot, change: "changed", ...sizes, reasons };
}

/**
 * Lines that both plans have. First the seconds, at the old rate; then the rate, at the new seconds: the two
 * parts are exact and leave nothing over.
 */
function lineReasons(before: readonly PlanLine[], after: readonly PlanLine[]): readonly Reason[] {
  const old = new Map(before.map((line) => [line.key, line]));
  return after.flatMap((line): Reason[] => {
    const was = old.get(line.key);
    if (was === undefined) return [];
    const reasons: Reason[] = [];
    const reason = (
      what: Mover,
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
    const audio = [audioOf(was), audioOf(line)] as const;
    const elements = [elementsOf(was), elementsOf(line)] as const;
    if (was.endpoint !== line.endpoint) {
      reason("model", was.model, line.model, rate);
      // Families differ in what they do unasked: a video that falls silent is told, whatever it costs.
      if (differ(audio)) reason("audio", ...audio, NOTHING);
    } else if (differ(audio)) reason("audio", ...audio, rate);
    else if (rate !== NOTHING && differ(elements)) reason("elements", ...elements, rate);
    else if (rate !== NOTHING) reason("price", rateOf(was), rateOf(line), rate);
    if (reasons.length === 0 && was.fingerprint !== line.fingerprint) {
      reason("input", null, changedFields(was, line) || "input", NOTHING);
    }
    return reasons;
  });
}

/** Lines that only one plan has: more takes of the same, or other combinations of the matrix. */
function countReasons(before: readonly PlanLine[], after: readonly PlanLine[]): readonly Reason[] {
  const reasons: Reason[] = [];
  const old = combinations(before);
  const now = combinations(after);
  const counted = (
    what: Mover,
    from: number,
    to: number,
    lines: number,
    amount: MicroUsd,
  ): void => {
    reasons.push({ what, before: String(from), after: String(to), lines, amount });
  };
  for (const [name, lines] of now) {
    const was = old.get(name);
    if (was === undefined) continue;
    // As many takes can be others: a plan of selected lines may have the second and not the first.
    const [more, fewer] = [extra(lines, was), extra(was, lines)];
    if (more.length + fewer.length === 0) continue;
    const amount = subtract(costOf(more), costOf(fewer));
    counted("takes", was.length, lines.length, more.length + fewer.length, amount);
  }
  const more = [...now].filter(([name]) => !old.has(name)).flatMap(([, lines]) => lines);
  const fewer = [...old].filter(([name]) => !now.has(name)).flatMap(([, lines]) => lines);
  if (more.length + fewer.length > 0) {
    const amount = subtract(costOf(more), costOf(fewer));
    counted("matrix", old.size, now.size, more.length + fewer.length, amount);
  }
  return reasons;
}

/** Alike reasons of a shot's lines as one. */
function gathered(reasons: readonly Reason[]): readonly Reason[] {
  const alike = new Map<string, Reason>();
  for (const reason of reasons) {
    const key = JSON.stringify([reason.what, reason.before, reason.after]);
    const known = alike.get(key);
    alike.set(
      key,
      known === undefined
        ? reason
        : {
            ...known,
            lines: known.lines + reason.lines,
            amount: add(known.amount, reason.amount),
          },
    );
  }
  return [...alike.values()];
}

function byShot(lines: readonly PlanLine[]): ReadonlyMap<string, readonly PlanLine[]> {
  return groupBy(lines, (line) => line.shot);
}

function combinations(lines: readonly PlanLine[]): ReadonlyMap<string, readonly PlanLine[]> {
  return groupBy(lines, (line) => line.key.slice(0, line.key.lastIndexOf("~")));
}

function extra(lines: readonly PlanLine[], beyond: readonly PlanLine[]): readonly PlanLine[] {
  const known = new Set(beyond.map((line) => line.key));
  return lines.filter((line) => !known.has(line.key));
}

function sizeOf(lines: readonly PlanLine[]): Size {
  const seconds = lines.reduce((total, line) => total + line.seconds, 0);
  return { lines: lines.length, seconds, cost: costOf(lines) };
}

function costOf(lines: readonly PlanLine[]): MicroUsd {
  return sum(lines.map((line) => line.cost));
}

/** The fields of what is sent that are not the same: `prompt, aspect_ratio`. */
function changedFields(was: PlanLine, line: PlanLine): string {
  const names = new Set([...Object.keys(was.input), ...Object.keys(line.input)]);
  return [...names]
    .filter((name) => canonical(was.input[name] ?? null) !== canonical(line.input[name] ?? null))
    .toSorted()
    .join(", ");
}

/** Null where the model has no such choice: what it does then is not known here. */
function audioOf({ input }: PlanLine): string | null {
  const audio = input["generate_audio"];
  return audio === undefined ? null : audio === true ? "on" : "off";
}

/** What of its elements can move a price. */
function elementsOf({ input }: PlanLine): string {
  const elements: readonly unknown[] = Array.isArray(input["elements"]) ? input["elements"] : [];
  const have = (field: string): boolean =>
    elements.some(
      (element) => typeof element === "object" && element !== null && Object.hasOwn(element, field),
    );
  return `${have("video_url") ? "video" : "no video"}, ${have("voice_id") ? "a voice" : "no voice"}`;
}

/** Two words for the same thing; nothing differs where one side has none. */
function differ([before, after]: readonly [string | null, string | null]): boolean {
  return before !== null && after !== null && before !== after;
}

function rateOf({ price }: PlanLine): string {
  return dollars(price.perSecond);
}
