import fc from "fast-check";
import { expect, test } from "vitest";
import { HOLD_STATES, type HoldState } from "../../src/ledger/hold.ts";
import type { LedgerBook, OpenRun, HoldSummary } from "../../src/ledger/ledger.ts";
import { microUsd, NOTHING } from "../../src/money.ts";
import type { Scope } from "../../src/budget/caps.ts";
import type { PurchaseState } from "../../src/plan/purchases.ts";
import { readPurchases } from "../../src/run/read-purchases.ts";

const RUNS = { seed: 20_261_121, numRuns: 500 };
const ALIVE = "living";
const DEAD = "dead";

const openRun = (id: string, alive: boolean): OpenRun => ({
  id,
  owner: id,
  startedAt: 0,
  alive,
  batch: false,
  partOf: null,
});

/** A ledger that has these holds: one run is in progress, one is dead and not yet reclaimed, all others have ended. */
function book(positions: readonly HoldSummary[]): LedgerBook {
  const none = async (): Promise<never> => {
    throw new Error("not asked for");
  };
  return {
    id: "made-up",
    positions: async () => positions,
    openRuns: async () => [openRun(ALIVE, true), openRun(DEAD, false)],
    purpose: "real",
    campaigns: none,
    terms: none,
    overages: async () => [],
    approvals: none,
    follow: () => none,
    holds: none,
    hold: none,
    durations: none,
    billedJobs: none,
    everything: none,
    lastEntry: none,
    hasEntry: none,
    entries: none,
    batches: none,
    runEnd: none,
    moves: none,
    separation: none,
    corrections: none,
    close: () => {},
  };
}

let ids = 0;

function position(state: HoldState, more: Partial<HoldSummary> = {}): HoldSummary {
  return {
    id: `hold-${(ids += 1)}`,
    run: "ended",
    fingerprint: "print",
    ordinal: 1,
    edition: "",
    duplicate: false,
    key: "a~t1",
    shot: "a",
    scene: null,
    tags: [],
    endpoint: "fal-ai/one",
    reservedAt: 0,
    state,
    charge: null,
    spent: NOTHING,
    held: NOTHING,
    ...more,
  };
}

const line = { campaign: "film", edition: "", fingerprint: "print", ordinal: 1, key: "a~t1" };

async function stateOf(
  positions: readonly HoldSummary[],
  more: Partial<typeof line> = {},
  retryFailed = false,
): Promise<PurchaseState> {
  const purchases = await readPurchases(book(positions), "film", { retryFailed });
  return purchases.findState({ ...line, ...more });
}

test.for<
  readonly [HoldState, run: string, HoldSummary["charge"], PurchaseState, again: PurchaseState]
>([
  ["reserved", ALIVE, null, "in-flight", "in-flight"],
  ["reserved", DEAD, null, "unbought", "unbought"],
  ["reserved", "ended", null, "unbought", "unbought"],
  ["sending", ALIVE, null, "in-flight", "in-flight"],
  ["sending", DEAD, null, "unknown", "unknown"],
  ["sending", "ended", null, "unknown", "unknown"],
  ["submitted", ALIVE, null, "in-flight", "in-flight"],
  ["submitted", DEAD, null, "in-flight", "in-flight"],
  ["submitted", "ended", null, "in-flight", "in-flight"],
  ["settled", ALIVE, null, "settled", "settled"],
  ["settled", "ended", null, "settled", "settled"],
  ["released", "ended", null, "unbought", "unbought"],
  ["unknown", "ended", null, "unknown", "unknown"],
  ["failed", "ended", "none", "failed", "unbought"],
  ["failed", "ended", "unknown", "failed", "failed"],
  ["failed", "ended", "charged", "failed", "failed"],
])(
  "reads a hold that is %s, its run %s, charge %s as %s, and as %s with --retry-failed",
  async (row) => {
    const [state, run, charge, expected, again] = row;
    const positions = [position(state, { run, charge })];
    expect(await stateOf(positions)).toBe(expected);
    expect(await stateOf(positions, {}, true)).toBe(again);
  },
);

test("reads nothing as bought from an empty ledger, and the ledger's id", async () => {
  expect(await stateOf([])).toBe("unbought");
  expect((await readPurchases(book([]), "film", { retryFailed: false })).ledger).toBe("made-up");
});

test("counts the newest of several holds of a purchase", async () => {
  const failed = position("failed", { charge: "none" });
  expect(await stateOf([failed, position("settled")])).toBe("settled");
  expect(await stateOf([failed, position("released")])).toBe("unbought");
  expect(await stateOf([position("released"), failed])).toBe("failed");
  expect(await stateOf([failed, position("unknown")], {}, true)).toBe("unknown");
});

test("counts a standing hold before one that has ended, and before its duplicates", async () => {
  const free = position("failed", { charge: "none" });
  expect(await stateOf([position("submitted"), free])).toBe("in-flight");
  expect(await stateOf([position("settled"), position("released")])).toBe("settled");
  const duplicate = position("submitted", { duplicate: true });
  const billed = position("failed", { charge: "charged", duplicate: true });
  for (const other of [duplicate, billed]) {
    expect(await stateOf([other, position("settled")])).toBe("settled");
    expect(await stateOf([position("settled"), other])).toBe("settled");
  }
  // Alone with what has ended, it is what there is.
  expect(await stateOf([duplicate, position("released")])).toBe("in-flight");
  expect(await stateOf([billed, free], {}, true)).toBe("failed");
});

test("identifies a purchase by fingerprint, ordinal and edition, whatever its key is now", async () => {
  const bought = [position("settled"), position("unknown", { ordinal: 2, key: "a~t2" })];
  expect(await stateOf(bought, { key: "renamed~t1" })).toBe("settled");
  expect(await stateOf(bought, { ordinal: 2, key: "renamed~t2" })).toBe("unknown");
  expect(await stateOf(bought, { ordinal: 3, key: "a~t3" })).toBe("unbought");
  const edition = "2026-11-21T01:00";
  const again = [position("settled", { edition, key: "b~t1" })];
  expect(await stateOf(again)).toBe("unbought");
  expect(await stateOf(again, { edition })).toBe("settled");
  expect(await stateOf(bought, { edition })).toBe("unbought");
});

test.for<readonly [HoldState, HoldSummary["charge"], PurchaseState]>([
  ["settled", null, "changed"],
  ["submitted", null, "changed"],
  ["unknown", null, "changed"],
  ["failed", "charged", "changed"],
  ["failed", "unknown", "changed"],
  ["failed", "none", "unbought"],
  ["released", null, "unbought"],
])(
  "reads other input under a key whose hold is %s, charge %s as %s",
  async ([state, charge, expected]) => {
    const bought = [position(state, { charge })];
    expect(await stateOf(bought, { fingerprint: "other" })).toBe(expected);
    expect(await stateOf(bought, { fingerprint: "other", key: "b~t1" })).toBe("unbought");
  },
);

test("does not call a key changed that was bought with this input too", async () => {
  const both = [position("settled"), position("settled", { fingerprint: "other" })];
  expect(await stateOf(both, { ordinal: 2 })).toBe("unbought");
  expect(await stateOf(both, { fingerprint: "third" })).toBe("changed");
});

test("calls a key changed by what a dead run was sending, not by what it had only reserved", async () => {
  const other = { fingerprint: "other" };
  expect(await stateOf([position("reserved", { run: DEAD })], other)).toBe("unbought");
  expect(await stateOf([position("sending", { run: DEAD })], other)).toBe("changed");
  expect(await stateOf([position("reserved", { run: ALIVE })], other)).toBe("changed");
});

// Trying again is not buying again: what has changed still needs a yes.
test("calls a failure to retry changed if its key has been bought with other input", async () => {
  const failed = position("failed", { charge: "none", fingerprint: "other" });
  expect(await stateOf([position("settled"), failed], { fingerprint: "other" }, true)).toBe(
    "changed",
  );
});

// Between the two questions; what it is sending would look unknown, and a person be told to resolve it.
test("does not take a run for dead that starts while the ledger is read", async () => {
  let asked = 0;
  const answered = <Answer>(before: Answer, after: Answer): Answer =>
    asked++ === 0 ? before : after;
  const busy: LedgerBook = {
    ...book([]),
    openRuns: async () => answered([], [openRun("new", true)]),
    positions: async () => answered([], [position("sending", { run: "new" })]),
  };
  const purchases = await readPurchases(busy, "film", { retryFailed: false });
  expect(asked).toBe(2);
  expect(["unbought", "in-flight"]).toContain(purchases.findState(line));
});

const positions: fc.Arbitrary<readonly HoldSummary[]> = fc.array(
  fc
    .record({
      state: fc.constantFrom(...HOLD_STATES),
      run: fc.constantFrom(ALIVE, DEAD, "ended"),
      charge: fc.constantFrom("none", "unknown", "charged"),
      ordinal: fc.integer({ min: 1, max: 5 }),
      shot: fc.constantFrom("a", "b"),
      scene: fc.constantFrom(null, "1", "2", "b"),
      tags: fc.option(fc.subarray(["1", "b", "wide"])),
      endpoint: fc.constantFrom("one", "two", "b"),
      reservedAt: fc.integer({ min: 0, max: 9 }),
      spent: fc.nat({ max: 99 }).map(microUsd),
      held: fc.nat({ max: 99 }).map(microUsd),
    })
    .map(({ state, charge, ...more }) =>
      position(state, { ...more, charge: state === "failed" ? charge : null }),
    ),
  { maxLength: 12 },
);

test("sums the money of a scope from its holds, without what a dead run only reserved", () => {
  const scopes: readonly (readonly [Scope, (held: HoldSummary) => boolean])[] = [
    [{ by: "campaign" }, () => true],
    [{ by: "shot", name: "a" }, ({ shot }) => shot === "a"],
    [{ by: "shot", name: "b" }, ({ shot }) => shot === "b"],
    [{ by: "endpoint", name: "one" }, ({ endpoint }) => endpoint === "one"],
    [{ by: "endpoint", name: "b" }, ({ endpoint }) => endpoint === "b"],
    [{ by: "scene", name: "1" }, ({ scene }) => scene === "1"],
    [{ by: "scene", name: "b" }, ({ scene }) => scene === "b"],
    [{ by: "tag", name: "1" }, ({ tags }) => tags?.includes("1") === true],
    [{ by: "tag", name: "wide" }, ({ tags }) => tags?.includes("wide") === true],
    [{ by: "tag", name: "Wide" }, () => false],
    [{ by: "scene", name: "everything" }, () => false],
  ];
  let looked = 0;
  return fc
    .assert(
      fc.asyncProperty(positions, fc.integer({ min: 0, max: 10 }), async (all, from) => {
        const { used } = await readPurchases(book(all), "film", { retryFailed: false });
        const gone = (held: HoldSummary): boolean =>
          held.state === "reserved" && held.run !== ALIVE;
        const total = (some: readonly HoldSummary[]): unknown => ({
          spent: some.reduce((money, one) => money + one.spent, 0),
          held: some.reduce((money, one) => money + (gone(one) ? 0 : one.held), 0),
        });
        for (const [scope, counts] of scopes) {
          expect(used(scope, null)).toEqual(total(all.filter(counts)));
          looked += all.filter(counts).length;
        }
        const since = all.filter(({ reservedAt }) => reservedAt >= from);
        expect(used({ by: "campaign" }, from)).toEqual(total(since));
      }),
      RUNS,
    )
    .then(() => expect(looked).toBeGreaterThan(5_000));
});

test("counts only a campaign from a moment on", async () => {
  const { used } = await readPurchases(book([]), "film", { retryFailed: false });
  expect(() => used({ by: "shot", name: "a" }, 1)).toThrow("only a campaign");
});
