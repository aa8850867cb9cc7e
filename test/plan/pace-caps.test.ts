import { expect, test } from "vitest";
import { plannedShots, planOutput } from "./make-plan.ts";

// A line of kling-v3-turbo-pro costs $0.70; one of kling-v3-4k $2.10.
const HEAD = ["defaults: { model: kling-v3-turbo-pro, prompt: Lake. }"];
const budget = (text: string): readonly string[] => [...HEAD, `budget: { ${text} }`];

test.for([
  ["per_run", 2, "3 runs"],
  ["per_day", 1, "5 days"],
  ["per_week", 2.1, "2 weeks"],
  ["per_month", 2.8, "2 months"],
] as const)("warns that a plan under %s of $%d takes %s", async ([cap, usd, takes]) => {
  const told = await plannedShots(["{ id: a, takes: 5 }"], budget(`${cap}: ${usd}`));
  expect(told).toMatchObject({ code: 0, verdict: "warn", totals: { cost: "3.50" } });
  expect(told.lines.every(({ state }) => state === "to-buy")).toBe(true);
  expect(planOutput(told)).toEqual([
    `shots.yaml:4:${13 + cap.length} warning over-pace: ${cap} of $${usd.toFixed(2)}: this plan takes ${takes} ($3.50 would be spent)`,
  ]);
});

test("fits more into a day with skip than with stop", async () => {
  // 2.10 + 0.70 a day; in the order of the text: 0.70, 2.10, 2.10, 0.70.
  const shots = [
    "{ id: a }",
    "{ id: b, model: kling-v3-4k }",
    "{ id: c, model: kling-v3-4k }",
    "{ id: d }",
  ];
  const days = async (how: string) =>
    planOutput(await plannedShots(shots, budget(`per_day: 2.8, when_reached: ${how}`)))[0]?.match(
      /takes .*?days/,
    )?.[0];
  expect([await days("stop"), await days("skip")]).toEqual(["takes 2 days", "takes 2 days"]);
  const three = [...shots, "{ id: e, model: kling-v3-4k }", "{ id: f }"];
  const more = async (how: string) =>
    planOutput(await plannedShots(three, budget(`per_day: 2.1, when_reached: ${how}`)))[0]?.match(
      /takes .*?days/,
    )?.[0];
  expect([await more("stop"), await more("skip")]).toEqual(["takes 6 days", "takes 4 days"]);
});

test("refuses a plan with a line that costs more than a day's cap, and names it with its cost", async () => {
  const told = await plannedShots(
    ["{ id: a, model: kling-v3-4k }", "{ id: b }"],
    budget("per_day: 2, when_reached: skip"),
  );
  expect(told).toMatchObject({ code: 3, verdict: "over-budget", totals: { to_spend: "0.70" } });
  expect(planOutput(told)).toEqual([
    "shots.yaml:4:20 error over-cap: per_day of $2.00 is less than a line costs, such as a~t1 at $2.10 (would never start: a~t1)",
  ]);
});

test("names the lines behind one that can never start with stop, and only then", async () => {
  const dear = "{ id: dear, model: kling-v3-4k }";
  const first = await plannedShots([dear, "{ id: b }"], budget("per_day: 2"));
  expect(planOutput(first)).toEqual([
    expect.stringMatching(
      /\(would never start: dear~t1, nor the 1 line behind \(when_reached: stop\)\)$/,
    ),
  ]);
  expect(first.lines.map(({ state }) => state)).toEqual(["over-cap", "over-cap"]);
  // Here the plan stops at b~t2 for the cap on money, and nothing comes after the dear line.
  const last = await plannedShots(["{ id: b, takes: 2 }", dear], budget("per_day: 2, cap: 1"));
  expect(planOutput(last).find((text) => text.includes("per_day"))).toMatch(
    /\(would never start: dear~t1\)$/,
  );
});

test("counts days for the lines that fit, not for those that a cap on money stops", async () => {
  const told = await plannedShots(["{ id: a, takes: 9 }"], budget("cap: 1.4, per_day: 0.7"));
  expect(planOutput(told).find((text) => text.includes("per_day"))).toContain(
    "this plan takes 2 days",
  );
  expect(told.code).toBe(3);
});
