import { type MicroUsd, NOTHING } from "../money.ts";

// Every kind of cap is one row of `CAP_KINDS`. The manifest's schema, terms, saved plans, decisions, complaints and
// reports follow from it; `listCapsOver` alone says which caps a line counts under. Another kind is another row, and a
// column of the ledger if it counts by something that no column has yet.

/** The parts of a line that decide which caps it counts under. */
export interface Countable {
  readonly shot: string;
  readonly endpoint: string;
  readonly scene: string | null;
  /** Absent for what an older topsheet bought: it counts under no tag. */
  readonly tags?: readonly string[] | null | undefined;
}

/** Which part of the campaign's money a cap counts. A run is one invocation, or a saved plan however often it is resumed. */
export type Scope =
  | { readonly by: "campaign" }
  | { readonly by: "run" }
  | { readonly by: "shot" | "endpoint" | "scene" | "tag"; readonly name: string };

/** How long a cap on pace counts before it starts again. */
export type Window = "run" | "day" | "week" | "month";

interface Kind {
  /** Its key in the manifest's budget. */
  readonly name: string;
  /** One amount, or an amount for each model, or for each label such as a scene. */
  readonly states: "amount" | "models" | "labels";
  readonly by: Scope["by"];
  /** The names that a line counts under: one empty name for a scope without names. */
  readonly names: (line: Countable) => readonly string[];
  /** Null for a cap on money: a plan above it does not fit. Above a cap on pace, a plan takes longer. */
  readonly window: Window | null;
  /** For the manifest's JSON Schema. */
  readonly description: string;
  /** For people; for a cap with names, the word before the name. */
  readonly title: string;
}

const oneScope = (): readonly string[] => [""];

/** In the order in which caps are checked and shown. */
const CAP_KINDS = [
  {
    name: "cap",
    states: "amount",
    by: "campaign",
    names: oneScope,
    window: null,
    description: "Everything ever spent or held under this campaign.",
    title: "The whole campaign",
  },
  {
    name: "per_shot",
    states: "amount",
    by: "shot",
    names: ({ shot }) => [shot],
    window: null,
    description: "Everything bought under one shot's id.",
    title: "Shot",
  },
  {
    name: "by_model",
    states: "models",
    by: "endpoint",
    names: ({ endpoint }) => [endpoint],
    window: null,
    description: "A cap for each model named.",
    title: "Model",
  },
  {
    name: "by_scene",
    states: "labels",
    by: "scene",
    names: ({ scene }) => (scene === null ? [] : [scene]),
    window: null,
    description: "A cap for each scene named.",
    title: "Scene",
  },
  {
    name: "by_tag",
    states: "labels",
    by: "tag",
    names: ({ tags }) => [...new Set(tags)],
    window: null,
    description: "A cap for each tag named; a line counts under each of its tags.",
    title: "Tag",
  },
  {
    name: "per_run",
    states: "amount",
    by: "run",
    names: oneScope,
    window: "run",
    description: "What one run may spend.",
    title: "One run",
  },
  {
    name: "per_day",
    states: "amount",
    by: "campaign",
    names: oneScope,
    window: "day",
    description: "What one day of the campaign's time zone may spend.",
    title: "Today",
  },
  {
    name: "per_week",
    states: "amount",
    by: "campaign",
    names: oneScope,
    window: "week",
    description: "What one week, from Monday, may spend.",
    title: "This week",
  },
  {
    name: "per_month",
    states: "amount",
    by: "campaign",
    names: oneScope,
    window: "month",
    description: "What one calendar month may spend.",
    title: "This month",
  },
] as const satisfies readonly Kind[];

export type CapKind = (typeof CAP_KINDS)[number];
export type CapName = CapKind["name"];
type AmountKind = Extract<CapKind, { readonly states: "amount" }>;
type NamedKind = Exclude<CapKind, AmountKind>;
type MoneyKind = Extract<CapKind, { readonly window: null }>;
export type PaceKind = Exclude<CapKind, MoneyKind>;
export type MoneyCap = MoneyKind["name"];
export type PaceCap = PaceKind["name"];
/** A cap that people can raise by an overage. The cap of a run is stated again with each run. */
export type RaisableCap = Exclude<CapKind, { readonly window: "run" }>["name"];

export const AMOUNT_KINDS = CAP_KINDS.filter(
  (kind): kind is AmountKind => kind.states === "amount",
);
export const NAMED_KINDS = CAP_KINDS.filter((kind): kind is NamedKind => kind.states !== "amount");
const MONEY_KINDS = CAP_KINDS.filter((kind): kind is MoneyKind => kind.window === null);
export const PACE_KINDS = CAP_KINDS.filter(isOnPace);
export const RAISABLE_CAPS: readonly RaisableCap[] = CAP_KINDS.flatMap((kind) =>
  kind.window === "run" ? [] : [kind.name],
);

export function isOnPace(kind: CapKind): kind is PaceKind {
  return kind.window !== null;
}

export function getCapKind(cap: CapName): CapKind {
  const kind = CAP_KINDS.find(({ name }) => name === cap);
  if (kind === undefined) throw new RangeError(`no kind of cap: ${cap}`);
  return kind;
}

/** Builds an object with a member for each of these kinds, under its name. */
export function mapKinds<Name extends CapName, Value>(
  kinds: readonly { readonly name: Name }[],
  valueOf: (name: Name) => Value,
): { readonly [Key in Name]: Value };
export function mapKinds(
  kinds: readonly { readonly name: CapName }[],
  valueOf: (name: CapName) => unknown,
): object {
  return Object.fromEntries(kinds.map(({ name }) => [name, valueOf(name)]));
}

/** One stated cap. */
export interface Limit {
  readonly cap: CapName;
  /** What lines are matched by, such as a model's endpoint; null for a kind that states one amount. */
  readonly of: string | null;
  /** The same as the manifest names it. */
  readonly name: string | null;
  readonly limit: MicroUsd;
}

/** Stated caps by `limitKey`, in the order of the table. */
export type Limits = ReadonlyMap<string, Limit>;

/** Every cap is optional; all of them apply at once. */
export interface Caps {
  readonly limits: Limits;
  /** Whole per cent of a cap at which to warn. */
  readonly warnAt: number | null;
  readonly whenReached: "stop" | "skip";
  readonly breaker: Breaker;
}

/** What ends a run before more is lost: nothing more is admitted, whatever `whenReached` says. */
export interface Breaker {
  /** Spent and held within any hour. */
  readonly usdPerHour: MicroUsd | null;
  /** Lines of one run that failed one after the other. */
  readonly failuresInARow: number | null;
  /** Held for lines whose outcome, or whose charge, nobody knows. */
  readonly unknownUsd: MicroUsd | null;
}

export const NO_BREAKER: Breaker = { usdPerHour: null, failuresInARow: null, unknownUsd: null };

/** A breaker under the manifest's own keys. */
interface WrittenBreaker<Usd> {
  readonly usd_per_hour?: Usd | undefined;
  readonly failures_in_a_row?: number | undefined;
  readonly unknown_usd?: Usd | undefined;
}

/** Returns undefined if the breaker states nothing. */
export function writeBreaker<Usd>(
  { usdPerHour, failuresInARow, unknownUsd }: Breaker,
  write: (amount: MicroUsd) => Usd,
): WrittenBreaker<Usd> | undefined {
  if (usdPerHour === null && failuresInARow === null && unknownUsd === null) return undefined;
  return {
    ...(usdPerHour === null ? {} : { usd_per_hour: write(usdPerHour) }),
    ...(failuresInARow === null ? {} : { failures_in_a_row: failuresInARow }),
    ...(unknownUsd === null ? {} : { unknown_usd: write(unknownUsd) }),
  };
}

export function readBreaker<Usd>(
  written: WrittenBreaker<Usd> | undefined,
  read: (amount: Usd) => MicroUsd,
): Breaker {
  const { usd_per_hour: hour, failures_in_a_row: failures, unknown_usd: unknown } = written ?? {};
  return {
    usdPerHour: hour === undefined ? null : read(hour),
    failuresInARow: failures ?? null,
    unknownUsd: unknown === undefined ? null : read(unknown),
  };
}

export const NO_CAPS: Caps = {
  limits: new Map(),
  warnAt: null,
  whenReached: "stop",
  breaker: NO_BREAKER,
};

/** `cap`, `by_scene 3`: tells a stated cap from every other. */
export function limitKey(cap: CapName, of: string | null): string {
  return of === null ? cap : `${cap} ${of}`;
}

const ORDER = new Map<CapName, number>(CAP_KINDS.map(({ name }, index) => [name, index]));

export function compareCaps(a: { readonly cap: CapName }, b: { readonly cap: CapName }): number {
  return (ORDER.get(a.cap) ?? 0) - (ORDER.get(b.cap) ?? 0);
}

/** Sorts caps in the order of the table. If two are for the same, the first one counts. */
export function sortLimits(stated: Iterable<Limit>): Limits {
  const limits = new Map<string, Limit>();
  for (const limit of [...stated].toSorted(compareCaps)) {
    const key = limitKey(limit.cap, limit.of);
    if (!limits.has(key)) limits.set(key, limit);
  }
  return limits;
}

/** Collects stated caps: the amount of each kind that states one, and the amounts by name of every other. */
export function collectLimits(
  readAmount: (kind: AmountKind) => MicroUsd | null | undefined,
  listNamed: (kind: NamedKind) => readonly Omit<Limit, "cap">[],
): Limits {
  const amounts = AMOUNT_KINDS.flatMap((kind): Limit[] => {
    const limit = readAmount(kind) ?? null;
    return limit === null ? [] : [{ cap: kind.name, of: null, name: null, limit }];
  });
  const named = NAMED_KINDS.flatMap((kind) =>
    listNamed(kind).map((stated): Limit => ({ cap: kind.name, ...stated })),
  );
  return sortLimits([...amounts, ...named]);
}

/** Returns the amount of a cap, found by what it matches if it has names; null if it is not stated. */
export function findLimit(
  { limits }: Caps,
  cap: CapName,
  of: string | null = null,
): MicroUsd | null {
  return limits.get(limitKey(cap, of))?.limit ?? null;
}

/** A cap that a line counts under. */
export interface CapOver<Name extends CapName = CapName> {
  readonly cap: Name;
  /** The shot, or the model, scene or tag as the manifest names it; null for every other cap. */
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly scope: Scope;
  readonly window: Window | null;
}

/** Lists every cap that a line counts under, in the order of the table. */
export function listCapsOver(limits: Limits, line: Countable): readonly CapOver[] {
  return listOver(CAP_KINDS, limits, line);
}

/** Lists those of them that are on money. */
export function listMoneyCapsOver(limits: Limits, line: Countable): readonly CapOver<MoneyCap>[] {
  return listOver(MONEY_KINDS, limits, line);
}

function listOver<Name extends CapName>(
  kinds: readonly (CapKind & { readonly name: Name })[],
  limits: Limits,
  line: Countable,
): readonly CapOver<Name>[] {
  const over: CapOver<Name>[] = [];
  for (const kind of kinds) {
    const amount = limits.get(kind.name);
    if (kind.states === "amount" && amount === undefined) continue;
    for (const name of kind.names(line)) {
      const stated = amount ?? limits.get(limitKey(kind.name, name));
      if (stated === undefined) continue;
      const { name: cap, by, window } = kind;
      const of = stated.name ?? (name === "" ? null : name);
      over.push({ cap, of, limit: stated.limit, scope: makeScope(by, name), window });
    }
  }
  return over;
}

/** Lists the caps on money that apply before any line is known: all but those on each shot. */
export function listStandingMoneyCaps(limits: Limits): readonly CapOver<MoneyCap>[] {
  const stated = [...limits.values()];
  return MONEY_KINDS.flatMap(({ name: cap, states, by, window }) =>
    states === "amount" && by !== "campaign"
      ? []
      : stated
          .filter((limit) => limit.cap === cap)
          .map(({ of, name, limit }) => ({
            cap,
            of: name,
            limit,
            scope: makeScope(by, of ?? ""),
            window,
          })),
  );
}

/** Lists every part of the campaign's money that a line counts in. */
export function listScopes(line: Countable): readonly Scope[] {
  return SCOPES.flatMap(({ by, names }) => names(line).map((name) => makeScope(by, name)));
}

const SCOPES = CAP_KINDS.filter(
  ({ by }, index) => CAP_KINDS.findIndex((kind) => kind.by === by) === index,
);

function makeScope(by: Scope["by"], name: string): Scope {
  if (by === "campaign" || by === "run") return { by };
  // Ids of shots are told apart without regard to case, as on some file systems.
  return { by, name: by === "shot" ? name.toLowerCase() : name };
}

export function scopeKey(scope: Scope): string {
  return "name" in scope ? `${scope.by} ${scope.name}` : scope.by;
}

/** Money that already counts against a cap: settled, and promised to holds. */
export interface Used {
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

export const NO_MONEY: Used = { spent: NOTHING, held: NOTHING };

/** Reads the used money from the ledger, behind this port. `from` in milliseconds UTC, null for ever. */
export type UsedMoney = (scope: Scope, from: number | null) => Used;
