import {
  AMOUNT_KINDS,
  type CapName,
  type Caps,
  mapKinds,
  type Limit,
  sortLimits,
  NAMED_KINDS,
  NO_CAPS,
} from "../../src/budget/caps.ts";
import type { MicroUsd } from "../../src/money.ts";

type AmountCap = (typeof AMOUNT_KINDS)[number]["name"];
type NamedCap = (typeof NAMED_KINDS)[number]["name"];
export type NamedLimits = readonly Pick<Limit, "of" | "name" | "limit">[];

/** Makes caps from the names of the manifest; what is left out is not stated. */
export type SomeCaps = { readonly [Cap in AmountCap]?: MicroUsd | null } & {
  readonly [Cap in NamedCap]?: NamedLimits;
} & Partial<Omit<Caps, "limits">>;

export function makeCaps(some: SomeCaps): Caps {
  const { warnAt, whenReached, breaker } = { ...NO_CAPS, ...some };
  return { limits: sortLimits(listLimits(some)), warnAt, whenReached, breaker };
}

function listLimits(some: SomeCaps): readonly Limit[] {
  return [
    ...AMOUNT_KINDS.flatMap(({ name: cap }) => {
      const limit = some[cap] ?? null;
      return limit === null ? [] : [{ cap, of: null, name: null, limit }];
    }),
    ...NAMED_KINDS.flatMap(({ name: cap }) =>
      (some[cap] ?? []).map((limit) => ({ cap, ...limit })),
    ),
  ];
}

/** Does the reverse: returns every cap by the name of its kind. */
export function listStated({ limits, ...rest }: Caps): Required<SomeCaps> {
  const all = [...limits.values()];
  return {
    ...rest,
    ...mapKinds(AMOUNT_KINDS, (name) => all.find(({ cap }) => cap === name)?.limit ?? null),
    ...mapKinds(NAMED_KINDS, (name) => named(all, name)),
  };
}

function named(limits: readonly Limit[], name: CapName): NamedLimits {
  return limits.flatMap(({ cap, ...limit }) => (cap === name ? [limit] : []));
}
