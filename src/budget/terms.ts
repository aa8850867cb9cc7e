import * as z from "zod";
import { add, exact, type MicroUsd, parseUsd } from "../money.ts";
import {
  AMOUNT_KINDS,
  collectLimits,
  readBreaker,
  writeBreaker,
  type CapName,
  type Caps,
  mapKinds,
  isOnPace,
  getCapKind,
  type Limit,
  findLimit,
  sortLimits,
  NAMED_KINDS,
  NO_CAPS,
  PACE_KINDS,
  type RaisableCap,
} from "./caps.ts";
import { findWindowStart } from "./window.ts";

/** What limits a campaign's money: its caps, and the time zone in which its days begin. */
export interface Terms {
  readonly timezone: string;
  readonly caps: Caps;
  /** Whether every real purchase has to be in an approved plan. */
  readonly approval: ApprovalRule;
}

export type ApprovalRule = "required" | "optional";

/** The terms that a manifest states; null for what it does not state. */
export interface StatedTerms {
  readonly timezone: string | null;
  readonly caps: Caps;
  readonly approval: ApprovalRule | null;
}

/** A term that has changed: `per_day`, "60.00", "90.00". */
interface ChangedTerm {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface AgreedTerms {
  readonly terms: Terms;
  /** Terms, named as in the manifest, that apply although the manifest does not state them. */
  readonly remembered: readonly string[];
  /** Changes that can free money: higher caps, another time zone, an approval that is no longer needed. */
  readonly raised: readonly ChangedTerm[];
}

/**
 * Merges a manifest's terms into those that its campaign was last run with: what it states counts, and what it does
 * not state stays as it was. So a file without a budget cannot spend past the caps of another file.
 */
export function agreeTerms(stated: StatedTerms, before: Terms | null): AgreedTerms {
  if (before === null) {
    const approval = stated.approval ?? "optional";
    const terms = { timezone: stated.timezone ?? "UTC", caps: stated.caps, approval };
    return { terms, remembered: [], raised: [] };
  }
  const old = flattenCaps(before.caps);
  const now = flattenCaps(stated.caps);
  const remembered = [...old.keys()].filter((name) => !now.has(name));
  const raised = [...now].flatMap(([name, { value, text }]): ChangedTerm[] => {
    const was = old.get(name);
    return was !== undefined && value > was.value ? [{ name, before: was.text, after: text }] : [];
  });
  const approval = stated.approval ?? before.approval;
  if (before.approval === "required" && stated.approval === null) remembered.push("approval");
  if (before.approval === "required" && approval === "optional") {
    raised.push({ name: "approval", before: before.approval, after: approval });
  }
  const timezone = stated.timezone ?? before.timezone;
  if (timezone !== before.timezone) {
    raised.push({ name: "timezone", before: before.timezone, after: timezone });
  }
  const terms = { timezone, caps: mergeCaps(stated.caps, before.caps), approval };
  return { terms, remembered, raised };
}

function mergeCaps(stated: Caps, before: Caps): Caps {
  return {
    ...stated,
    limits: sortLimits([...stated.limits.values(), ...before.limits.values()]),
    breaker: {
      usdPerHour: stated.breaker.usdPerHour ?? before.breaker.usdPerHour,
      failuresInARow: stated.breaker.failuresInARow ?? before.breaker.failuresInARow,
      unknownUsd: stated.breaker.unknownUsd ?? before.breaker.unknownUsd,
    },
  };
}

/** Returns every cap by its name in a manifest, with models by endpoint. */
function flattenCaps({ limits, breaker }: Caps): Map<string, { value: number; text: string }> {
  const all = new Map<string, { value: number; text: string }>();
  const addAmount = (name: string, limit: MicroUsd | null): void => {
    if (limit !== null) all.set(name, { value: limit, text: `$${exact(limit)}` });
  };
  for (const [name, { limit }] of limits) addAmount(name, limit);
  addAmount("breaker.usd_per_hour", breaker.usdPerHour);
  addAmount("breaker.unknown_usd", breaker.unknownUsd);
  const { failuresInARow: value } = breaker;
  if (value !== null) all.set("breaker.failures_in_a_row", { value, text: String(value) });
  return all;
}

const namedCap = z.tuple([z.string(), z.string(), z.string()]).readonly();
const amountOfMoney = z.string().nullable().optional();
const namedCaps = z.array(namedCap).readonly().optional();
const MONEY_AMOUNTS = AMOUNT_KINDS.filter((kind) => !isOnPace(kind));

/** Terms as a ledger keeps them: money as decimal text, and named caps with what they match and their name. */
export const writtenTermsSchema = z
  .object({
    timezone: z.string(),
    ...mapKinds(MONEY_AMOUNTS, () => amountOfMoney),
    ...mapKinds(NAMED_KINDS, () => namedCaps),
    pace: z.object(mapKinds(PACE_KINDS, () => z.string().optional())).readonly(),
    // Written only if it states something, so that the terms of an older program stay the same text.
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

// The terms of the oldest ledgers have these keys even if they state nothing; a later kind is written only if stated.
const ALWAYS_WRITTEN = { cap: null, per_shot: null, by_model: [], by_scene: [] };

export function writeTerms({ timezone, caps, approval }: Terms): WrittenTerms {
  const breaker = writeBreaker(caps.breaker, exact);
  const stated = [...caps.limits.values()];
  const amounts = (kinds: readonly { readonly name: CapName }[]): Record<string, string> =>
    Object.fromEntries(
      kinds.flatMap(({ name }) => {
        const limit = findLimit(caps, name);
        return limit === null ? [] : [[name, exact(limit)]];
      }),
    );
  const named = NAMED_KINDS.flatMap(({ name: cap }) => {
    const limits = stated.filter((limit) => limit.cap === cap);
    const written = limits.map(({ of, name, limit }) => [of, name, exact(limit)]);
    return written.length === 0 ? [] : [[cap, written]];
  });
  return {
    timezone,
    ...ALWAYS_WRITTEN,
    ...amounts(MONEY_AMOUNTS),
    ...Object.fromEntries(named),
    pace: amounts(PACE_KINDS),
    ...(breaker === undefined ? {} : { breaker }),
    ...(approval === "required" ? { approval } : {}),
  };
}

/** Throws if an amount cannot be read: terms of a ledger that was tampered with must not apply silently. */
export function readTerms(written: WrittenTerms): Terms {
  const limits = collectLimits(
    (kind) => {
      const amount = isOnPace(kind) ? written.pace[kind.name] : written[kind.name];
      return typeof amount === "string" ? readTermAmount(amount) : null;
    },
    (kind) =>
      (written[kind.name] ?? []).map(([of, name, limit]) => ({
        of,
        name,
        limit: readTermAmount(limit),
      })),
  );
  return {
    timezone: written.timezone,
    caps: {
      ...NO_CAPS,
      limits,
      breaker: readBreaker(written.breaker, readTermAmount),
    },
    approval: written.approval ?? "optional",
  };
}

function readTermAmount(text: string): MicroUsd {
  const micros = parseUsd(text);
  if (micros === undefined) throw new RangeError(`not an amount in US dollars: ${text}`);
  return micros;
}

/** Money that a person has added to a cap, and why. `at` in milliseconds UTC. */
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
 * Returns the caps raised by their overages. An overage of a day, week or month counts in that one only, as spent
 * money does. `now` in milliseconds UTC.
 */
export function raiseCaps(
  { caps, timezone }: Pick<Terms, "caps" | "timezone">,
  overages: readonly Overage[],
  now: number,
): Caps {
  if (overages.length === 0) return caps;
  const limits = [...caps.limits.values()].map((stated): Limit => {
    const from = findWindowStart(getCapKind(stated.cap).window, now, timezone);
    const added = overages.filter(
      ({ cap, of, at }) => cap === stated.cap && of === stated.of && (from === null || at >= from),
    );
    return {
      ...stated,
      limit: added.reduce((limit, { amount }) => add(limit, amount), stated.limit),
    };
  });
  return { ...caps, limits: sortLimits(limits) };
}
