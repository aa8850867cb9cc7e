import * as z from "zod";
import { add, exact, type MicroUsd, NOTHING, parseUsd } from "../money.ts";
import {
  type Breaker,
  type Caps,
  type MoneyCap,
  type NamedCap,
  NO_CAPS,
  PACE_CAPS,
  type PaceCap,
} from "./caps.ts";
import { windowStart } from "./window.ts";

/** What a campaign's money is held to: its caps, and the time zone in which its days begin. */
export interface Terms {
  readonly timezone: string;
  readonly caps: Caps;
  /** Whether every real purchase has to be in an approved plan. */
  readonly approval: ApprovalRule;
}

export type ApprovalRule = "required" | "optional";

/** What a manifest states of them; null where it says nothing. */
export interface StatedTerms {
  readonly timezone: string | null;
  readonly caps: Caps;
  readonly approval: ApprovalRule | null;
}

/** A term that is not what it was: `per_day`, "60.00", "90.00". */
interface Moved {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface AgreedTerms {
  readonly terms: Terms;
  /** Terms, named as in the manifest, that hold although the manifest does not state them. */
  readonly remembered: readonly string[];
  /** What can free money: higher caps, another time zone, an approval that is not needed any more. */
  readonly raised: readonly Moved[];
}

/**
 * A manifest's terms over those its campaign was last run with: what it states counts, what it does not
 * state stays as it was. So a file without a budget cannot spend past another file's.
 */
export function agreedTerms(stated: StatedTerms, before: Terms | null): AgreedTerms {
  if (before === null) {
    const approval = stated.approval ?? "optional";
    const terms = { timezone: stated.timezone ?? "UTC", caps: stated.caps, approval };
    return { terms, remembered: [], raised: [] };
  }
  const old = flat(before.caps);
  const now = flat(stated.caps);
  const remembered = [...old.keys()].filter((name) => !now.has(name));
  const raised = [...now].flatMap(([name, limit]): Moved[] => {
    const was = old.get(name);
    return was !== undefined && limit > was ? [{ name, before: usd(was), after: usd(limit) }] : [];
  });
  const lines = before.caps.breaker.failuresInARow;
  const linesNow = stated.caps.breaker.failuresInARow;
  if (lines !== null && linesNow === null) remembered.push(FAILURES);
  if (lines !== null && linesNow !== null && linesNow > lines) {
    raised.push({ name: FAILURES, before: String(lines), after: String(linesNow) });
  }
  const approval = stated.approval ?? before.approval;
  if (before.approval === "required" && stated.approval === null) remembered.push("approval");
  if (before.approval === "required" && approval === "optional") {
    raised.push({ name: "approval", before: before.approval, after: approval });
  }
  const timezone = stated.timezone ?? before.timezone;
  if (timezone !== before.timezone) {
    raised.push({ name: "timezone", before: before.timezone, after: timezone });
  }
  const terms = { timezone, caps: over(stated.caps, before.caps), approval };
  return { terms, remembered, raised };
}

const FAILURES = "breaker.failures_in_a_row";

function over(stated: Caps, before: Caps): Caps {
  return {
    cap: stated.cap ?? before.cap,
    perShot: stated.perShot ?? before.perShot,
    byModel: named(stated.byModel, before.byModel),
    byScene: named(stated.byScene, before.byScene),
    pace: new Map([...before.pace, ...stated.pace]),
    warnAt: stated.warnAt,
    whenReached: stated.whenReached,
    breaker: {
      usdPerHour: stated.breaker.usdPerHour ?? before.breaker.usdPerHour,
      failuresInARow: stated.breaker.failuresInARow ?? before.breaker.failuresInARow,
      unknownUsd: stated.breaker.unknownUsd ?? before.breaker.unknownUsd,
    },
  };
}

function named(stated: readonly NamedCap[], before: readonly NamedCap[]): readonly NamedCap[] {
  const names = new Set(stated.map((cap) => cap.of));
  return [...stated, ...before.filter((cap) => !names.has(cap.of))];
}

/** Every cap by the name it has in a manifest, models by endpoint. */
function flat(caps: Caps): Map<string, MicroUsd> {
  const all = new Map<string, MicroUsd>();
  if (caps.cap !== null) all.set("cap", caps.cap);
  if (caps.perShot !== null) all.set("per_shot", caps.perShot);
  for (const { of, limit } of caps.byModel) all.set(`by_model ${of}`, limit);
  for (const { of, limit } of caps.byScene) all.set(`by_scene ${of}`, limit);
  for (const [name, limit] of caps.pace) all.set(name, limit);
  const { usdPerHour, unknownUsd } = caps.breaker;
  if (usdPerHour !== null) all.set("breaker.usd_per_hour", usdPerHour);
  if (unknownUsd !== null) all.set("breaker.unknown_usd", unknownUsd);
  return all;
}

function usd(limit: MicroUsd): string {
  return `$${exact(limit)}`;
}

const namedCap = z.tuple([z.string(), z.string(), z.string()]).readonly();

/** Terms as a ledger keeps them: money as decimal text, caps by what they hold and the name they were given. */
export const writtenTermsSchema = z
  .object({
    timezone: z.string(),
    cap: z.string().nullable(),
    per_shot: z.string().nullable(),
    by_model: z.array(namedCap).readonly(),
    by_scene: z.array(namedCap).readonly(),
    pace: z.partialRecord(z.enum(PACE_CAPS), z.string()).readonly(),
    // Written only where they say something: terms of an older program stay the same text.
    breaker: z
      .object({
        usd_per_hour: z.string().optional(),
        failures_in_a_row: z.int().optional(),
        unknown_usd: z.string().optional(),
      })
      .readonly()
      .optional(),
    approval: z.literal("required").optional(),
  })
  .readonly();

export type WrittenTerms = z.output<typeof writtenTermsSchema>;

export function writtenTerms({ timezone, caps, approval }: Terms): WrittenTerms {
  const breaker = writtenBreaker(caps.breaker);
  const each = (cap: NamedCap): [string, string, string] => [cap.of, cap.name, exact(cap.limit)];
  return {
    timezone,
    cap: caps.cap === null ? null : exact(caps.cap),
    per_shot: caps.perShot === null ? null : exact(caps.perShot),
    by_model: caps.byModel.map(each),
    by_scene: caps.byScene.map(each),
    // In one order, so that equal terms are equal texts.
    pace: Object.fromEntries(
      PACE_CAPS.flatMap((name) => {
        const limit = caps.pace.get(name);
        return limit === undefined ? [] : [[name, exact(limit)] as const];
      }),
    ),
    ...(breaker === undefined ? {} : { breaker }),
    ...(approval === "required" ? { approval } : {}),
  };
}

/** Under the manifest's own keys; undefined where it says nothing. */
export function writtenBreaker(breaker: Breaker): WrittenTerms["breaker"] {
  const { usdPerHour, failuresInARow, unknownUsd } = breaker;
  if (usdPerHour === null && failuresInARow === null && unknownUsd === null) return undefined;
  return {
    ...(usdPerHour === null ? {} : { usd_per_hour: exact(usdPerHour) }),
    ...(failuresInARow === null ? {} : { failures_in_a_row: failuresInARow }),
    ...(unknownUsd === null ? {} : { unknown_usd: exact(unknownUsd) }),
  };
}

/** Throws where an amount is none: a ledger that was tampered with holds no one to anything. */
export function readTerms(written: WrittenTerms): Terms {
  const each = ([of, name, limit]: readonly [string, string, string]): NamedCap => ({
    of,
    name,
    limit: amount(limit),
  });
  const pace = new Map<PaceCap, MicroUsd>();
  for (const name of PACE_CAPS) {
    const limit = written.pace[name];
    if (limit !== undefined) pace.set(name, amount(limit));
  }
  return {
    timezone: written.timezone,
    caps: {
      ...NO_CAPS,
      cap: written.cap === null ? null : amount(written.cap),
      perShot: written.per_shot === null ? null : amount(written.per_shot),
      byModel: written.by_model.map(each),
      byScene: written.by_scene.map(each),
      pace,
      breaker: {
        usdPerHour: optional(written.breaker?.usd_per_hour),
        failuresInARow: written.breaker?.failures_in_a_row ?? null,
        unknownUsd: optional(written.breaker?.unknown_usd),
      },
    },
    approval: written.approval ?? "optional",
  };
}

function optional(text: string | undefined): MicroUsd | null {
  return text === undefined ? null : amount(text);
}

function amount(text: string): MicroUsd {
  const micros = parseUsd(text);
  if (micros === undefined) throw new RangeError(`not an amount in US dollars: ${text}`);
  return micros;
}

/** Caps that someone can add to on the record. What a run may spend is said anew with each run. */
export type RaisableCap = MoneyCap | Exclude<PaceCap, "per_run">;

export const RAISABLE_CAPS = [
  "cap",
  "per_shot",
  "by_model",
  "by_scene",
  "per_day",
  "per_week",
  "per_month",
] as const satisfies readonly RaisableCap[];

/** Money that someone has added to a cap, and why. `at` in milliseconds UTC. */
export interface Overage {
  readonly cap: RaisableCap;
  /** The model's endpoint or the scene; null for every other cap. */
  readonly of: string | null;
  readonly amount: MicroUsd;
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

/**
 * The caps with what was added to them. One on a day, week or month holds in that one only: sums have a lower
 * bound in time, and so has what is added to them. `now` in milliseconds UTC.
 */
export function raisedCaps(
  { caps, timezone }: Pick<Terms, "caps" | "timezone">,
  overages: readonly Overage[],
  now: number,
): Caps {
  if (overages.length === 0) return caps;
  const more = (cap: RaisableCap, of: string | null, from: number | null): MicroUsd =>
    overages
      .filter((one) => one.cap === cap && one.of === of && (from === null || one.at >= from))
      .reduce((total, { amount }) => add(total, amount), NOTHING);
  const raised = (limit: MicroUsd | null, cap: RaisableCap): MicroUsd | null =>
    limit === null ? null : add(limit, more(cap, null, null));
  const named = (limits: readonly NamedCap[], cap: RaisableCap): readonly NamedCap[] =>
    limits.map((one) => ({ ...one, limit: add(one.limit, more(cap, one.of, null)) }));
  const pace = new Map(caps.pace);
  for (const cap of PACE_CAPS) {
    const limit = caps.pace.get(cap);
    if (limit === undefined || cap === "per_run") continue;
    pace.set(cap, add(limit, more(cap, null, windowStart(cap, now, timezone))));
  }
  return {
    ...caps,
    cap: raised(caps.cap, "cap"),
    perShot: raised(caps.perShot, "per_shot"),
    byModel: named(caps.byModel, "by_model"),
    byScene: named(caps.byScene, "by_scene"),
    pace,
  };
}

/** The limit of a cap, a named one by its endpoint or scene; null where there is none, to hold or to add to. */
export function limitOf(caps: Caps, cap: RaisableCap, of: string | null): MicroUsd | null {
  const named = (limits: readonly NamedCap[]): MicroUsd | null =>
    limits.find((one) => one.of === of)?.limit ?? null;
  switch (cap) {
    case "by_model":
      return named(caps.byModel);
    case "by_scene":
      return named(caps.byScene);
    case "cap":
      return of === null ? caps.cap : null;
    case "per_shot":
      return of === null ? caps.perShot : null;
    case "per_day":
    case "per_week":
    case "per_month":
      return of === null ? (caps.pace.get(cap) ?? null) : null;
  }
}
