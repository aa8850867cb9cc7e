import { expect, test } from "vitest";
import {
  admit,
  type AdmittedPlan,
  exact,
  makePlan,
  type Purchases,
  readManifest,
  SourceText,
} from "../../src/index.ts";
import { microUsd } from "../../src/money.ts";
import { makePlanNotes } from "../../src/report/top-sheet.ts";
import { NOW } from "../rig/in-process.ts";
import { manifest } from "./make-plan.ts";

type Ledger = Pick<Purchases, "findState" | "used" | "untagged">;

/** Admits a plan through the library, with an invented ledger. */
function admitted(shots: readonly string[], budget: string, ledger: Ledger): AdmittedPlan {
  const head = ["defaults: { model: kling-v3-turbo-pro, prompt: Lake. }", `budget: { ${budget} }`];
  const source = new SourceText("shots.yaml", manifest(shots, head));
  const { plan } = makePlan({
    manifests: [{ ...readManifest(source), sha256: "0".repeat(64) }],
    prices: null,
    only: [],
  });
  if (plan === null) throw new Error("the manifest is wrong");
  return admit(plan, { ledger: "made-up", rehearsal: false, overages: [], ...ledger }, NOW);
}

const usd = (dollars: number) => microUsd(Math.round(dollars * 1_000_000));
const used =
  (spent: number, held: number): Purchases["used"] =>
  () => ({ spent: usd(spent), held: usd(held) });
const A5 = ["{ id: a, takes: 5 }"];

test("plans only what is unbought or changed; the rest keeps its state", () => {
  const states = ["settled", "in-flight", "unbought", "changed", "unknown"] as const;
  const plan = admitted(A5, "cap: 9, per_day: 9", {
    findState: ({ ordinal }) => states[ordinal - 1] ?? "failed",
    used: used(0.7, 1.4),
  });
  expect(plan.lines.map(({ state }) => state)).toEqual([
    "settled",
    "in-flight",
    "to-buy",
    "changed",
    "unknown",
  ]);
  expect([exact(plan.totals.cost), exact(plan.totals.toSpend)]).toEqual(["3.50", "1.40"]);
  expect(
    [...plan.moneyCaps, ...plan.paceCaps].map((row) => [
      row.cap,
      exact(row.planned),
      exact(row.left),
    ]),
  ).toEqual([
    ["cap", "1.40", "5.50"],
    ["per_day", "1.40", "5.50"],
  ]);
  expect(plan.verdict).toBe("ok");
});

test("asks for a purchase by campaign, fingerprint and ordinal", () => {
  const asked: unknown[] = [];
  const plan = admitted(["{ id: a }", "{ id: b }"], "cap: 9", {
    findState: ({ campaign, key, fingerprint, ordinal }) => {
      asked.push([campaign, key, fingerprint, ordinal]);
      return "unbought";
    },
    used: used(0, 0),
  });
  const print = plan.lines[0]?.fingerprint;
  expect(asked).toEqual([
    ["film", "a~t1", print, 1],
    ["film", "b~t1", print, 2],
  ]);
});

test("counts spent and held money under the cap, and says so in the message", () => {
  const plan = admitted(A5, "cap: 3, when_reached: stop", {
    findState: () => "unbought",
    used: used(1, 0.6),
  });
  expect(plan.lines.map(({ state }) => state)).toEqual([
    "to-buy",
    "to-buy",
    "over-cap",
    "over-cap",
    "over-cap",
  ]);
  expect(plan.diagnostics.map(({ message, hint }) => `${message}; ${hint}`)).toEqual([
    "cap of $3.00 is passed by $2.10 ($1.00 is spent, $0.60 is held); would not start: a~t3, a~t4, a~t5",
  ]);
  expect([plan.verdict, exact(plan.totals.toSpend)]).toEqual(["over-budget", "1.40"]);
});

test("a plan counts on no day whose cap is used up", () => {
  const plan = admitted(A5, "per_day: 2.1", { findState: () => "unbought", used: used(2, 0) });
  expect(plan.diagnostics.map(({ message, hint }) => `${message}; ${hint}`)).toEqual([
    "per_day of $2.10: this plan takes 3 days; $3.50 would be spent ($2.00 is spent)",
  ]);
  expect(plan.verdict).toBe("warn");
});

test("does not complain of a passed cap under which nothing more is planned", () => {
  const plan = admitted(A5, "cap: 1", { findState: () => "settled", used: used(3.5, 0) });
  expect(plan.moneyCaps.map((row) => [exact(row.left), row.verdict])).toEqual([["-2.50", "over"]]);
  expect([plan.verdict, plan.diagnostics, exact(plan.totals.toSpend)]).toEqual(["ok", [], "0.00"]);
});

test("caps ask the ledger by shot, endpoint and scene, without a start", () => {
  const asked: unknown[] = [];
  admitted(
    ["{ id: a, scene: '1' }"],
    "per_shot: 9, by_model: { kling-v3-turbo-pro: 9 }, by_scene: { '1': 9 }",
    {
      findState: () => "unbought",
      used: (scope, from) => {
        asked.push([scope, from]);
        return used(0, 0)(scope, from);
      },
    },
  );
  expect(asked).toHaveLength(3);
  expect(asked).toEqual(
    expect.arrayContaining([
      [{ by: "shot", name: "a" }, null],
      [{ by: "endpoint", name: "fal-ai/kling-video/v3/turbo/pro/text-to-video" }, null],
      [{ by: "scene", name: "1" }, null],
    ]),
  );
});

test("counts what is bought under the cap of each of its tags, and says once that some has no tags", () => {
  const plan = (budget: string, untagged: boolean): AdmittedPlan =>
    admitted(["{ id: a, tags: [hero, night] }", "{ id: b, tags: [hero] }"], budget, {
      findState: ({ key }) => (key === "a~t1" ? "settled" : "unbought"),
      used: (scope, from) => used("name" in scope && scope.name === "hero" ? 1 : 0, 0)(scope, from),
      untagged,
    });
  const capped = plan("by_tag: { hero: 1.5, night: 1 }", true);
  const rows = capped.moneyCaps.map(({ cap, of, left }) => `${cap} ${of ?? ""} ${exact(left)}`);
  expect(rows).toEqual(["by_tag hero -0.20", "by_tag night 1.00"]);
  expect(capped.lines.map(({ state }) => state)).toEqual(["settled", "over-cap"]);
  const says = (some: AdmittedPlan): number =>
    makePlanNotes(some).filter((note) => note.startsWith("by_tag: what an older topsheet bought"))
      .length;
  expect(says(capped)).toBe(1);
  expect(says(plan("by_tag: { hero: 1.5 }", false))).toBe(0);
  expect(says(plan("cap: 9", true))).toBe(0);
});

test("buys in the order of priority, then in the order of the text", () => {
  const shots = [
    "{ id: low, priority: -1 }",
    "{ id: a }",
    "{ id: b }",
    "{ id: high, priority: 5 }",
  ];
  const plan = admitted(shots, "cap: 1.4", { findState: () => "unbought", used: used(0, 0) });
  expect(plan.lines.map(({ key, state }) => [key, state])).toEqual([
    ["low~t1", "over-cap"],
    ["a~t1", "to-buy"],
    ["b~t1", "over-cap"],
    ["high~t1", "to-buy"],
  ]);
});
