import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { cpuTime } from "../rig/cpu-time.ts";

// Mistakes that the program had once.

const HEAD = "topsheet: 1\ncampaign: c\n";
const shots = (model: string, ...more: readonly string[]): string =>
  `defaults: { model: ${model} }\nshots:\n${more.map((shot) => `  - ${shot}\n`).join("")}`;

test("refuses two manifests that name different price files, with one message", async () => {
  const rates = (usd: number): string =>
    `topsheet-prices: 1\nas_of: 2026-11-01\nprices: [{ model: kling-v3-4k, usd_per_second: ${usd} }]\n`;
  const manifest = (id: string, path: string): string =>
    `${HEAD}prices: ${path}\n${shots("kling-v3-4k", `{ id: ${id}, prompt: x }`)}`;
  const files = {
    "a/m.yaml": manifest("a", "rates.yaml"),
    "b/m.yaml": manifest("b", "rates.yaml"),
    "c.yaml": manifest("c", "a/rates.yaml"),
    "a/rates.yaml": rates(0.1),
    "b/rates.yaml": rates(0.9),
  };
  const apart = await topsheet(["plan", "a/m.yaml", "b/m.yaml"], { files });
  expect(apart.code).toBe(2);
  expect(apart.err).toContain("prices is not the same as in a/m.yaml:3");
  const alike = await topsheet(["plan", "a/m.yaml", "c.yaml"], { files });
  expect(alike).toMatchObject({ code: 0, err: "" });
  expect(alike.out).toContain("$1.00 to spend");
});

test("refuses two rates that can both apply to a line if neither is narrower", async () => {
  const files = {
    "m.yaml": `${HEAD}${shots("kling-o3-4k-reference", "{ id: a, prompt: x }")}`,
    "r.yaml": `topsheet-prices: 1
as_of: 2026-11-01
prices:
  - { model: kling-o3-4k-reference, audio: true, usd_per_second: 0.1 }
  - { model: kling-o3-4k-reference, video_input: true, usd_per_second: 0.9 }
`,
  };
  const told = await topsheet(["plan", "m.yaml", "--prices", "r.yaml"], { files });
  expect(told.code).toBe(2);
  expect(told.err).toContain("can both apply, and neither is narrower");
});

test.for(["CST", "IST", "EST5EDT", "+01:00"])("refuses the time zone %s", async (zone) => {
  const files = {
    "m.yaml": `${HEAD}timezone: "${zone}"\nbudget: { per_day: 5 }\n${shots("kling-v3-pro", "{ id: a, prompt: x }")}`,
  };
  const told = await topsheet(["plan", "m.yaml"], { files });
  expect(told.code).toBe(2);
  expect(told.err).toContain("timezone must be a time zone such as Europe/London");
});

test("an empty list is the same request as no list", async () => {
  const files = {
    "m.yaml": `${HEAD}${shots(
      "kling-o3-4k-reference",
      "{ id: a, prompt: x }",
      "{ id: b, prompt: x, elements: [] }",
      "{ id: c, prompt: x, image_urls: [], elements: null }",
    )}`,
  };
  const { out } = await topsheet(["plan", "m.yaml", "--format", "json"], { files });
  const prints = [...out.matchAll(/"fingerprint":"([0-9a-f]{64})","ordinal":(\d)/g)];
  expect(prints.map(([, , ordinal]) => ordinal)).toEqual(["1", "2", "3"]);
  expect(new Set(prints.map(([, print]) => print)).size).toBe(1);
});

test("shows a cap on pace below the cost of one line as over, in every format", async () => {
  const files = {
    "m.yaml": `${HEAD}budget: { cap: 5, per_day: 1 }\n${shots("kling-v3-4k", "{ id: a, prompt: x }")}`,
  };
  const json = await topsheet(["plan", "m.yaml", "--format", "json"], { files });
  expect(json.code).toBe(3);
  expect(json.out).toMatch(/"cap":"per_day".*"verdict":"over"/);
  expect((await topsheet(["plan", "m.yaml"], { files })).out).toMatch(/per_day .* never/);
});

test("reports 50,000 lines that cost more than a day's cap quickly", async () => {
  const files = {
    "m.yaml": `${HEAD}budget: { per_day: 1 }\n${shots("kling-v3-4k", "{ id: a, prompt: x, takes: 50000 }")}`,
  };
  const started = cpuTime();
  expect((await topsheet(["plan", "m.yaml", "-q"], { files })).code).toBe(3);
  expect(cpuTime() - started).toBeLessThan(10_000);
});

test.for([
  ["kling-v3-turbo", "kling-v3-turbo-pro"],
  ["kling-o3-4k-ref", "kling-o3-4k-reference"],
] as const)("suggests the right name for %s: %s", async ([written, meant]) => {
  const files = { "m.yaml": `${HEAD}${shots(written, "{ id: a, prompt: x }")}` };
  const { out } = await topsheet(["check", "m.yaml"], { files });
  expect(out).toContain(`did you mean "${meant}"?`);
});
