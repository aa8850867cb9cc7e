import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { diffPlans, savePlan } from "./diff-plans.ts";
import { manifest } from "../plan/make-plan.ts";
import { cpuTime } from "../rig/cpu-time.ts";

// What `topsheet diff` reads: manifests and saved plans, right and wrong ones.

const LAKE = "{ id: lake, model: kling-v3-pro, prompt: Lake. }";
const OLD = manifest([LAKE]);
const NEW = manifest([LAKE.replace("}", ", duration: 7 }")]);
const WRONG = manifest([LAKE.replace("prompt", "promt")]);

async function runDiff(before: string, after: string, files: Readonly<Record<string, string>>) {
  return await topsheet(["diff", before, after], { files });
}

test("refuses to read both from standard input, and reads neither", async () => {
  expect(await runDiff("-", "-", {})).toEqual({
    code: 2,
    out: "",
    err: "error: only one of them can be standard input\n",
    files: {},
  });
});

test("reads either side from standard input, a manifest or a saved plan", async () => {
  const plain = await runDiff("old.yaml", "new.yaml", { "old.yaml": OLD, "new.yaml": NEW });
  expect(plain).toMatchObject({ code: 0, err: "" });
  expect(plain.out).toContain("5 s → 7 s (+$0.336)");
  const files = { "old.yaml": OLD, "new.yaml": NEW };
  expect(await runDiff("-", "new.yaml", { ...files, "-": OLD })).toEqual(plain);
  expect(await runDiff("old.yaml", "-", { ...files, "-": NEW })).toEqual(plain);
  expect(await runDiff("-", "new.yaml", { ...files, "-": await savePlan(OLD) })).toEqual(plain);
  expect(await runDiff("old.yaml", "-", { ...files, "-": await savePlan(NEW) })).toEqual(plain);
});

test.for([
  ["first", WRONG, NEW, ["a.yaml"]],
  ["second", OLD, WRONG, ["b.yaml"]],
  ["first and the second", WRONG, WRONG, ["a.yaml", "b.yaml"]],
] as const)(
  "prints the mistakes of the %s, each under its own file's name, and exits with 2",
  async ([, before, after, names]) => {
    const { code, out, err } = await runDiff("a.yaml", "b.yaml", {
      "a.yaml": before,
      "b.yaml": after,
    });
    expect([code, out]).toEqual([2, ""]);
    const places = [...err.matchAll(/^(\S+\.yaml):\d+:\d+: error: /gm)].map(([, name]) => name);
    expect([...new Set(places)]).toEqual(names);
  },
);

test("names both files that do not exist", async () => {
  expect(await runDiff("a.yaml", "b.json", {})).toEqual({
    code: 2,
    out: "",
    err: "error: there is no file a.yaml\n\n1 error\nerror: there is no file b.json\n\n1 error\n",
    files: {},
  });
});

const HEAD = "topsheet-prices: 1\nas_of: 2026-11-01\nsource: contract 17\nprices:\n";
const RATES = `${HEAD}  - { model: kling-v3-pro, audio: true, usd_per_second: 0.15 }\n`;

test("compares with a plan saved before the price book changed, at what it cost then", async () => {
  const then = await savePlan(OLD, { "rates.yaml": RATES }, ["--prices", "rates.yaml"]);
  const files = { "then.json": then, "now.yaml": NEW };
  expect((await runDiff("then.json", "now.yaml", files)).out).toBe(MOVED);
});

const MOVED = `\
Shot   Change   Before  After   Moves  Why
lake   changed   $0.75  $1.18  +$0.43  5 s → 7 s (+$0.30); price book: $0.15 → $0.168 a second
                                       (+$0.126)
Total            $0.75  $1.18  +$0.43

$0.426 more: $0.75 for 1 line, 5 s before, $1.176 for 1 line, 7 s after.
`;

test("applies --prices to manifests only: a saved plan keeps its own costs", async () => {
  const files = { "rates.yaml": RATES };
  const list = await savePlan(OLD);
  const found = await diffPlans(list, OLD, files, ["--prices", "rates.yaml"]);
  expect(found.shots[0]?.reasons).toEqual([
    { what: "price", before: "$0.168", after: "$0.15", lines: 1, amount: "-0.09" },
  ]);
  expect(await diffPlans(OLD, OLD, files, ["--prices", "rates.yaml"])).toMatchObject({ code: 0 });
  expect(await diffPlans(list, list, files, ["--prices", "rates.yaml"])).toMatchObject({ code: 0 });
});

test.for([
  ["two manifests", OLD],
  ["two saved plans", await savePlan(OLD)],
] as const)("a price file that is wrong is exit 2 of %s", async ([, text]) => {
  const name = text === OLD ? "a.yaml" : "a.json";
  const files = { [name]: text, "rates.yaml": "topsheet-prices: 1\nprices: 5\n" };
  const args = ["diff", name, name, "--prices", "rates.yaml"];
  const { code, out, err } = await topsheet(args, { files });
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("rates.yaml:2:9: error: ");
});

const PLAN = await savePlan(OLD);
const INVALID = (
  await topsheet(["plan", "wrong.yaml", "--format", "json"], { files: { "wrong.yaml": WRONG } })
).out;

test.for([
  [
    "of another version",
    PLAN.replace("plan@1", "plan@2"),
    "it is topsheet/plan@2, and this program knows topsheet/plan@1",
  ],
  ["cut off in the middle", PLAN.slice(0, 700), "it is not JSON"],
  ["made from a wrong manifest", INVALID, "it was made from a manifest with mistakes"],
  ["without its lines", PLAN.replace('"lines": [', '"linse": ['), "lines: Invalid input"],
  [
    "with a line twice",
    PLAN.replace(/"lines": \[\n(.*)\n\]/, '"lines": [\n$1,\n$1\n]'),
    "lake~t1: it is the same purchase as lake~t1\n  lake~t1: it occurs twice",
  ],
] as const)("a saved plan %s is refused, on either side", async ([, text, problem]) => {
  const files = { "plan.json": text, "new.yaml": NEW };
  for (const [before, after] of [
    ["plan.json", "new.yaml"],
    ["new.yaml", "plan.json"],
  ] as const) {
    const { code, out, err } = await runDiff(before, after, files);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`  ${problem}`);
    expect(err).toMatch(/\nerror: plan\.json is not a plan that can be read\n$/);
  }
});

test("shows another take as a difference between plans of equally many selected lines", async () => {
  const two = manifest([LAKE.replace("}", ", takes: 2 }")]);
  const [first, second] = await Promise.all(
    ["lake~t1", "lake~t2"].map(async (key) => await savePlan(two, {}, ["--only", key])),
  );
  const files = { "1.json": first ?? "", "2.json": second ?? "" };
  expect((await runDiff("1.json", "2.json", files)).out).toContain(" 1 → 1 takes, not the same\n");
  expect(await diffPlans(first ?? "", second ?? "")).toMatchObject({ code: 8, difference: "0.00" });
});

test("takes a made-up saved plan at its word: its reasons still add up", async () => {
  const made = PLAN.replaceAll('"cost":"0.84"', '"cost":"9.99"');
  const { shots } = await diffPlans(made, OLD);
  expect(shots[0]).toMatchObject({
    difference: "-9.15",
    reasons: [{ what: "price", amount: "-9.15" }],
  });
  expect((await diffPlans(made, NEW)).shots[0]).toMatchObject({
    difference: "-8.814",
    reasons: [{ what: "seconds", amount: "-8.814" }],
  });
});

test("refuses a saved plan with figures out of range, without crashing", async () => {
  const rate = PLAN.replace('"unit_price":"0.168"', '"unit_price":"999999999"');
  const long = PLAN.replace('"seconds":5', '"seconds":500000000');
  const { err } = await runDiff("a.json", "b.json", { "a.json": rate, "b.json": long });
  expect(err).not.toContain("this is a bug of topsheet");
});

test("exits with 2 for a broken plan file", async () => {
  const files = { "a.json": PLAN.slice(0, 700) };
  expect((await runDiff("a.json", "a.json", files)).code).toBe(2);
});

test("exits with 0 for a difference without --exit-code", async () => {
  const files = { "a.yaml": OLD, "b.yaml": NEW };
  for (const format of ["table", "json", "md"]) {
    const args = ["diff", "a.yaml", "b.yaml", "--format", format];
    expect((await topsheet(args, { files })).code).toBe(0);
    expect((await topsheet([...args, "--exit-code"], { files })).code).toBe(8);
  }
  const args = ["diff", "a.yaml", "b.yaml", "--format", "csv"];
  expect(await topsheet(args, { files })).toMatchObject({ code: 2, out: "" });
});

const many = (duration: number): string =>
  JSON.stringify({
    topsheet: 1,
    campaign: "film",
    defaults: { model: "kling-v3-turbo-pro", duration },
    shots: Array.from({ length: 10_000 }, (_, index) => ({ id: `s${index}`, prompt: "Lake." })),
  });

test("compares ten thousand changed shots within seconds, and shows one page", async () => {
  const files = { "a.yaml": many(5), "b.yaml": many(7) };
  const started = cpuTime();
  const { out } = await runDiff("a.yaml", "b.yaml", files);
  expect(out.match(/^s\d+ +changed +\$0\.70 +\$0\.98 /gm)).toHaveLength(20);
  expect(out).toContain("and 9980 more");
  expect(out).toMatch(/^Total +\$7,000\.00 +\$9,800\.00 +\+\$2,800\.00$/m);
  // Reading the two takes about 3 s; drawing a row for each shot would take 9 more.
  expect(cpuTime() - started).toBeLessThan(20_000);
});
