import { expect, test } from "vitest";
import { NO_CAPS } from "../../src/budget/caps.ts";
import { makeCaps } from "../budget/make-caps.ts";
import { SourceText } from "../../src/diagnostics/source-text.ts";
import type { HoldSummary } from "../../src/ledger/ledger.ts";
import { readManifest } from "../../src/manifest/manifest.ts";
import { cents, exact, microUsd, NOTHING } from "../../src/money.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Plan, PlanLine } from "../../src/plan/plan.ts";
import {
  encodeCostReport,
  makeCostNotes,
  makeReportDocument,
} from "../../src/report/cost-document.ts";
import { renderText } from "../../src/report/formats/text.ts";
import {
  type CostAccount,
  makeCostReport,
  makeHotCostReport,
} from "../../src/report/cost-report.ts";
import { NOW } from "../rig/in-process.ts";

// Four lines of $0.70: two takes of `a` in scene 1, `b` in scene 10, `c` in none.
const MANIFEST = `topsheet: 1
campaign: film
defaults: { model: kling-v3-turbo-pro, prompt: Lake. }
shots:
  - { id: b, scene: "10", prompt: Rain. }
  - { id: a, scene: "1", takes: 2 }
  - { id: c, prompt: Snow. }
`;
const DAY = 86_400_000;
const SCREEN = { width: 100, colour: false };

function makePlanFrom(text: string): Plan {
  const source = new SourceText("shots.yaml", text);
  const manifest = { ...readManifest(source), sha256: null };
  const { plan } = makePlan({ manifests: [manifest], prices: null, only: [] });
  if (plan === null) throw new Error("the manifest is wrong");
  return plan;
}

const PLAN = makePlanFrom(MANIFEST);

function findLine(key: string): PlanLine {
  const found = PLAN.lines.find((line) => line.key === key);
  if (found === undefined) throw new Error(`no line ${key}`);
  return found;
}

function makePosition(key: string, more: Partial<HoldSummary>): HoldSummary {
  const { shot, scene, endpoint, fingerprint, ordinal } = findLine(key);
  return {
    id: `${key} ${more.reservedAt ?? ""}`,
    run: "r",
    edition: "",
    key,
    duplicate: false,
    shot,
    scene,
    tags: [],
    endpoint,
    fingerprint,
    ordinal,
    reservedAt: NOW,
    state: "settled",
    charge: null,
    spent: findLine(key).cost,
    held: NOTHING,
    ...more,
  };
}

const HELD = { spent: NOTHING, held: microUsd(700_000) };

function makeAccount(
  positions: readonly HoldSummary[],
  more: Partial<CostAccount> = {},
): CostAccount {
  return {
    campaign: "film",
    purpose: "real",
    ledger: "l",
    timezone: "UTC",
    caps: NO_CAPS,
    positions,
    runs: [],
    overages: [],
    separation: null,
    misbilled: [],
    said: [],
    plan: PLAN,
    now: NOW,
    ...more,
  };
}

test("adds actual, committed and estimate to complete up to the final cost, by scene, shot and take", () => {
  const bought = [
    makePosition("a~t1", {}),
    makePosition("a~t2", { ...HELD, state: "unknown" }),
    // Nothing was billed for it: it is still to be made.
    makePosition("b~t1", { state: "failed", charge: "none", spent: NOTHING }),
    // In no plan any more, and paid for all the same.
    makePosition("c~t1", { fingerprint: "f".repeat(64), key: "old~t1", shot: "old", scene: "1" }),
  ];
  const by = { by: "Jo", why: "one more take", at: NOW, of: null };
  const overages = [{ cap: "cap", amount: microUsd(500_000), ...by } as const];
  expect(
    renderText(makeReportDocument(makeCostReport(makeAccount(bought, { overages }))), SCREEN),
  ).toBe(
    `film · cost report

Account   Budget  Overages  Actual  Committed    ETC    EFC
Scene 1    $1.40     $0.00   $1.40      $0.70  $0.00  $2.10  $0.70 over
  a        $1.40     $0.00   $0.70      $0.70  $0.00  $1.40  on budget
    ~t1    $0.70     $0.00   $0.70      $0.00  $0.00  $0.70  on budget
    ~t2    $0.70     $0.00   $0.00      $0.70  $0.00  $0.70  on budget
  old      $0.00     $0.00   $0.70      $0.00  $0.00  $0.70  $0.70 over
Scene 10   $0.70     $0.00   $0.00      $0.00  $0.70  $0.70  on budget
  b        $0.70     $0.00   $0.00      $0.00  $0.70  $0.70  on budget
No scene   $0.70     $0.00   $0.00      $0.00  $0.70  $0.70  on budget
  c        $0.70     $0.00   $0.00      $0.00  $0.70  $0.70  on budget
Total      $2.80     $0.50   $1.40      $0.70  $1.40  $3.50  $0.20 over

cap has $0.50 more since 2026-11-21: Jo, "one more take".
$0.70 of what is committed is of unknown outcome: \`topsheet status\` says what to do.

$0.20 over: $2.80 budget and $0.50 of overages; $1.40 actual, $0.70 committed, $1.40 to complete.
`,
  );
});

test("shows a renamed shot under its new name, at no new cost", () => {
  const renamed = makePosition("b~t1", { key: "before~t1", shot: "before", scene: "9" });
  const { scenes, total } = makeCostReport(makeAccount([renamed]));
  expect(scenes.map(({ scene }) => scene)).toEqual(["1", "10", null]);
  expect(scenes[1]).toMatchObject({ actual: 700_000, etc: 0, left: 0, shots: [{ shot: "b" }] });
  expect(total).toMatchObject({ budget: 2_800_000, actual: 700_000, etc: 2_100_000, left: 0 });
});

test("counts what a dead run was sending as committed, and what it had only reserved as free", () => {
  const positions = [
    makePosition("a~t1", { ...HELD, state: "sending" }),
    makePosition("a~t2", { ...HELD, state: "reserved" }),
  ];
  const dead = makeCostReport(makeAccount(positions));
  expect(dead).toMatchObject({ unknown: 700_000, total: { committed: 700_000, etc: 2_100_000 } });
  const runs = [{ id: "r", owner: "o", startedAt: NOW, alive: true, batch: false, partOf: null }];
  const alive = makeCostReport(makeAccount(positions, { runs }));
  expect(alive).toMatchObject({ unknown: 0, total: { committed: 1_400_000, etc: 1_400_000 } });
});

test("counts hot cost from yesterday's midnight to today's in the campaign's time zone", () => {
  // The 21st began in Auckland at 11:00 UTC of the 20th: yesterday is the day before that.
  const eleven = Date.UTC(2026, 10, 20, 11);
  const positions = [
    makePosition("a~t1", { reservedAt: eleven - DAY - 1 }),
    makePosition("a~t2", { reservedAt: eleven - DAY, spent: microUsd(900_000) }),
    makePosition("b~t1", { reservedAt: eleven - 1 }),
    makePosition("c~t1", { reservedAt: eleven }),
  ];
  const report = makeHotCostReport(makeAccount(positions, { timezone: "Pacific/Auckland" }));
  expect(renderText(makeReportDocument(report), SCREEN)).toBe(
    `film · hot cost

Account   Budget  Overages  Actual  Committed   Cost
Scene 1    $0.70     $0.00   $0.90      $0.00  $0.90  $0.20 over
  a        $0.70     $0.00   $0.90      $0.00  $0.90  $0.20 over
Scene 10   $0.70     $0.00   $0.70      $0.00  $0.70  on budget
  b        $0.70     $0.00   $0.70      $0.00  $0.70  on budget
Total      $1.40     $0.00   $1.60      $0.00  $1.60  $0.20 over

$0.20 over: $1.40 budget, 2 shots; $1.60 actual, $0.00 committed.
`,
  );
  expect(encodeCostReport(report)).toMatchObject({
    from: "2026-11-19T11:00:00Z",
    to: "2026-11-20T11:00:00Z",
    totals: { budget: "1.40", actual: "1.60", left: "-0.20", verdict: "over" },
  });
});

test("says what it cannot know without a plan", () => {
  const report = makeCostReport(makeAccount([makePosition("a~t1", {})], { plan: null }));
  expect(renderText(makeReportDocument(report), SCREEN)).toBe(
    `film · cost report

Account  Actual  Committed
Scene 1   $0.70      $0.00
  a       $0.70      $0.00
Total     $0.70      $0.00

Budget and estimate to complete are not known: name the plan with --plan FILE.

$0.70 actual, $0.00 committed.
`,
  );
  expect(encodeCostReport(report)).toMatchObject({
    totals: { budget: null, etc: null, efc: null, left: null, verdict: null },
  });
});

test("counts money on the day it was reserved in the campaign's time zone, under the caps of that day", () => {
  // Midnight in London is 23:00 UTC until the clocks go back on the 25th of October, a day of 25 hours.
  const at = (day: number, hour: number, minute = 0): number =>
    Date.UTC(2026, 9, day, hour, minute);
  const positions = [
    makePosition("a~t1", { reservedAt: at(24, 22, 59) }),
    makePosition("a~t2", { reservedAt: at(24, 23) }),
    makePosition("b~t1", { ...HELD, reservedAt: at(25, 23, 59), state: "unknown" }),
    makePosition("b~t1", {
      reservedAt: at(26, 12),
      state: "failed",
      charge: "none",
      spent: NOTHING,
    }),
    makePosition("c~t1", { reservedAt: at(27, 0) }),
  ];
  const by = { by: "Jo", why: "one more take", of: null, amount: microUsd(500_000) };
  const report = makeCostReport(
    makeAccount(positions, {
      timezone: "Europe/London",
      caps: makeCaps({ cap: microUsd(2_000_000), per_day: microUsd(1_000_000) }),
      overages: [
        { ...by, cap: "per_day", at: at(25, 20) },
        { ...by, cap: "cap", at: at(26, 9) },
      ],
      now: at(28, 9),
    }),
  );
  const days = report.overTime?.days.map(({ date, spent, held, soFar, cap, perDay }) =>
    [date, ...[spent, held, soFar, cap, perDay].map((one) => cents(one ?? NOTHING))].join(" "),
  );
  expect(days).toEqual([
    "2026-10-24 $0.70 $0.00 $0.70 $2.00 $1.00",
    "2026-10-25 $0.70 $0.70 $2.10 $2.00 $1.50",
    "2026-10-26 $0.00 $0.00 $2.10 $2.50 $1.00",
    "2026-10-27 $0.70 $0.00 $2.80 $2.50 $1.00",
    "2026-10-28 $0.00 $0.00 $2.80 $2.50 $1.00",
  ]);
  expect(report.overTime?.moments.map((moment) => moment.at.toFixed(2))).toEqual([
    "0.00",
    "1.00",
    "1.00",
    "2.00",
    "3.00",
  ]);
  expect(encodeCostReport(report)).toMatchObject({
    days: [
      { day: "2026-10-24" },
      {
        day: "2026-10-25",
        spent: "0.70",
        held: "0.70",
        so_far: "2.10",
        cap: "2.00",
        per_day: "1.50",
      },
      { day: "2026-10-27", so_far: "2.80", cap: "2.50", per_day: "1.00" },
    ],
  });
});

test("shows the last year's days of a long campaign, on top of all money before them", () => {
  const positions = [
    makePosition("a~t1", { reservedAt: NOW - 3_000 * DAY }),
    makePosition("a~t2", { reservedAt: NOW - 10 * DAY }),
  ];
  const days = makeCostReport(makeAccount(positions)).overTime?.days ?? [];
  expect([days.length, days[0]?.soFar, days.at(-1)?.soFar]).toEqual([366, 700_000, 1_400_000]);
  expect(makeCostReport(makeAccount([])).overTime).toBeNull();
  expect(makeHotCostReport(makeAccount(positions)).overTime).toBeNull();
});

test("names the first ten lines whose bill is not as planned, and counts the rest", () => {
  const misbilled = Array.from({ length: 12 }, (_, index) => ({
    key: `a~t${index}`,
    at: index === 0 ? NOW - DAY : NOW,
    warnings: [`billed $${index}.00 more than planned`],
  }));
  const report = makeCostReport(makeAccount([makePosition("a~t1", {})], { misbilled }));
  const table = renderText(makeReportDocument(report), SCREEN);
  expect(table).toContain("a~t9: billed $9.00 more than planned.");
  expect(table).not.toContain("a~t10:");
  expect(table).toContain("The bills of 12 lines are not as planned");
  expect(encodeCostReport(report)).toMatchObject({
    misbilled: misbilled.map(({ key, warnings }) => ({ key, warnings })),
  });
  const hot = makeHotCostReport(makeAccount([makePosition("a~t1", {})], { misbilled }));
  expect(hot.misbilled.map(({ key }) => key)).toEqual(["a~t0"]);
});

test("shows what people said of lines and why, and names the lines that were bought twice", () => {
  const hold = makePosition("a~t1", {});
  const duplicate = makePosition("a~t1", { reservedAt: NOW - 1, duplicate: true });
  const person = { by: "Ada", why: "on the bill" };
  const fact = { kind: "charge", charge: "charged", person } as const;
  const entry = { seq: 1, at: NOW, campaign: "film", run: "r", fact };
  const said = [
    { ...entry, hold: duplicate.id },
    { ...entry, hold: "another campaign's" },
  ];
  const report = makeCostReport(makeAccount([duplicate, hold], { said }));
  expect(report.total.actual).toBe(hold.spent * 2);
  expect(report.duplicates).toBe(duplicate.spent);
  const when = `${new Date(NOW).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const which = `a~t1 (hold ${duplicate.id.slice(0, 8)})`;
  const words = `${which} was charged, said on ${when}: Ada, "on the bill".`;
  expect(makeCostNotes(report)).toContain(words);
  expect(renderText(makeReportDocument(report), SCREEN)).toContain(words);
  const twice = `$${exact(duplicate.spent)} of it was paid for lines that were bought twice: a~t1.`;
  expect(makeCostNotes(report)).toContain(twice);
  expect(encodeCostReport(report)).toMatchObject({
    totals: { duplicates: exact(duplicate.spent) },
    resolutions: [{ key: "a~t1", hold: duplicate.id, said: "charged", by: "Ada" }],
  });
});

test("marks what people said of a hold as corrected if they said otherwise later", () => {
  const hold = makePosition("a~t1", {});
  const said = (["found", "charged", "none", "found", "charged"] as const).map((what, turn) => {
    const person = { by: "Ada", why: `reason ${turn}` };
    const request = { id: `r-${turn}`, statusUrl: null, responseUrl: null, cancelUrl: null };
    const fact =
      what === "found"
        ? ({ kind: "submitted", request, person } as const)
        : ({ kind: "charge", charge: what, person } as const);
    return {
      seq: turn + 1,
      at: NOW + turn * 60_000,
      campaign: "film",
      run: "r",
      hold: hold.id,
      fact,
    };
  });
  const notes = makeCostNotes(makeCostReport(makeAccount([hold], { said })));
  const when = (turn: number): string =>
    `${new Date(NOW + turn * 60_000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  expect(notes.filter((note) => note.startsWith("a~t1"))).toEqual([
    `a~t1 is request r-0, said on ${when(0)}: Ada, "reason 0" (corrected later).`,
    `a~t1 was charged, said on ${when(1)}: Ada, "reason 1" (corrected later).`,
    `a~t1 was not charged, said on ${when(2)}: Ada, "reason 2" (corrected later).`,
    `a~t1 is request r-3, said on ${when(3)}: Ada, "reason 3".`,
    `a~t1 was charged, said on ${when(4)}: Ada, "reason 4".`,
  ]);
});
