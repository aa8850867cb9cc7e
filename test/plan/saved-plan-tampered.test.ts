import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { savePlan } from "../compare/diff-plans.ts";
import { manifest } from "./make-plan.ts";
import { HEAD, HERO, PLAN } from "./saved-plan.ts";

// `run PLAN.json` trusts nothing in it. The rig's machine cannot buy: whoever reaches its buying crashes.

async function run(plan: string) {
  return await topsheet(["run", "plan.json", "--yes", "--max-usd", "99"], {
    files: { "plan.json": plan },
  });
}

const REACHED = "this machine cannot buy";

/** The plan with the first occurrence replaced. */
function tampered(from: string, to: string): string {
  expect(PLAN).toContain(from);
  return PLAN.replace(from, () => to);
}

const refusal = (...problems: readonly string[]): string =>
  problems.map((problem) => `  ${problem}\n`).join("") +
  "error: plan.json is not a plan that can be bought: plan it again\n";

test("accepts a saved plan as it was written", async () => {
  const { code, err } = await run(PLAN);
  expect([code, err.includes(REACHED)]).toEqual([1, true]);
});

const KEY = "hero[c=blue]~t1";

test.for([
  ["cost", '"cost":"1.176"', '"cost":"1.175"', `${KEY}: it costs $1.176 now, the plan says $1.175`],
  [
    "cost, no amount",
    '"cost":"1.176"',
    '"cost":"free"',
    "lines.0.cost: not an amount in US dollars",
  ],
  [
    "cost, below nothing",
    '"cost":"1.176"',
    '"cost":"-1.00"',
    "lines.0.cost: not an amount in US dollars",
  ],
  [
    "unit price",
    '"unit_price":"0.168"',
    '"unit_price":"0.112"',
    `${KEY}: it costs $1.176 now, the plan says $1.176`,
  ],
  ["seconds", '"seconds":7', '"seconds":5', `${KEY}: it is 7 s, not 5`],
  [
    "seconds, a part of one",
    '"seconds":7',
    '"seconds":7.5',
    "lines.0.seconds: Invalid input: expected int, received number",
  ],
  ["model", '"model":"kling-v3-pro"', '"model":"kling-o3-4k"', `${KEY}: its model is kling-v3-pro`],
  [
    "endpoint, another",
    "kling-video/v3/pro/text-to-video",
    "kling-video/v3/turbo/pro/text-to-video",
    `${KEY}: kling-v3-turbo-pro has no generate_audio`,
  ],
  [
    "endpoint, a dearer one",
    "kling-video/v3/pro/text-to-video",
    "kling-video/v3/4k/text-to-video",
    `${KEY}: it costs $2.94 now, the plan says $1.176`,
  ],
  [
    "endpoint, none of ours",
    "fal-ai/kling-video/v3/pro/text-to-video",
    String.raw`evil/\u001b[31mmodel`,
    `${KEY}: there is no model evil/\\u001b[31mmodel`,
  ],
  ["input: prompt", "A blue lake.", "A blue lakf.", `${KEY}: its fingerprint does not match`],
  [
    "input: duration",
    '"duration":"7"',
    '"duration":"8"',
    `${KEY}: it costs $1.344 now, the plan says $1.176`,
  ],
  [
    "input: duration, a number",
    '"duration":"7"',
    '"duration":7',
    `${KEY}: its input is not what fal would be sent`,
  ],
  [
    "input: duration, left out",
    ',"duration":"7"',
    "",
    `${KEY}: it costs $0.84 now, the plan says $1.176`,
  ],
  [
    "input: audio",
    '"generate_audio":true',
    '"generate_audio":false',
    `${KEY}: it costs $0.784 now, the plan says $1.176`,
  ],
  [
    "input: audio, left out",
    ',"generate_audio":true',
    "",
    `${KEY}: its input is not what fal would be sent`,
  ],
  [
    "input: audio, null",
    '"generate_audio":true',
    '"generate_audio":null',
    `${KEY}: its input is not what fal would be sent`,
  ],
  [
    "input: a field more",
    '"input":{',
    '"input":{"aspect_ratio":"9:16",',
    `${KEY}: its fingerprint does not match`,
  ],
  [
    "input: a stranger",
    '"input":{',
    '"input":{"webhook":"https://evil.example",',
    `${KEY}: "webhook" means nothing in a shot`,
  ],
  [
    "input, none",
    /"input":\{[^}]*\}/.exec(PLAN)?.[0] ?? "",
    '"input":null',
    "lines.0.input: Invalid input: expected record, received null",
  ],
  [
    "fingerprint",
    /"fingerprint":"./.exec(PLAN)?.[0] ?? "",
    '"fingerprint":"-',
    `${KEY}: its fingerprint does not match`,
  ],
  [
    "ordinal, none",
    '"ordinal":1',
    '"ordinal":0',
    "lines.0.ordinal: Too small: expected number to be >0",
  ],
  [
    "ordinal, one twice",
    '"ordinal":2',
    '"ordinal":1',
    "hero[c=blue]~t2: it is the same purchase as hero[c=blue]~t1",
  ],
  ["shot, no name", '"shot":"hero"', '"shot":"../hero"', "lines.0.shot: Invalid input"],
  ["take, none", '"take":1', '"take":0', "lines.0.take: Too small: expected number to be >0"],
  [
    "tags, none",
    '"tags":["wide"]',
    '"tags":"wide"',
    "lines.0.tags: Invalid input: expected array, received string",
  ],
  [
    "schema",
    "topsheet/plan@1",
    "topsheet/plan@11",
    "it is topsheet/plan@11, and this program knows topsheet/plan@1",
  ],
  ["currency", '"USD"', '"EUR"', 'currency: Invalid input: expected "USD"'],
  ["campaign, no name", '"campaign": "film"', '"campaign": "../film"', "campaign: Invalid input"],
  ["timezone, none", "Europe/London", "Europe/Lodnon", "timezone: Invalid input"],
  ["budget, no amount", '"cap":"9.00"', '"cap":"9,00"', "budget.cap: not an amount in US dollars"],
  [
    "budget, none",
    /"budget": .*\n/.exec(PLAN)?.[0] ?? "",
    '"budget": null,\n',
    "budget: Invalid input: expected object, received null",
  ],
  [
    "concurrency",
    '"total":4',
    '"total":0',
    "concurrency.total: Too small: expected number to be >0",
  ],
  [
    "verdict",
    '"verdict": "ok"',
    '"verdict": "invalid"',
    "it was made from a manifest with mistakes",
  ],
] as const)(
  "exits with 4 and the reason if the file has another %s",
  async ([, from, to, problem]) => {
    const { code, out, err } = await run(tampered(from, to));
    expect([code, out, err]).toEqual([4, "", refusal(problem)]);
  },
);

/** Whether a plan is accepted for buying. */
async function accepted(plan: string): Promise<boolean> {
  const { code, err } = await run(plan);
  expect(code === 4 || (code === 1 && err.includes(REACHED))).toBe(true);
  return code !== 4;
}

test.for([
  ["a default that is written out", '"input":{', '"input":{"aspect_ratio":"16:9",'],
  ["an amount with more noughts", '"cost":"1.176"', '"cost":"1.176000"'],
  ["a key that this program does not know", '"key":', '"x-note":"seen by Ada","key":'],
] as const)("accepts %s, which is the same purchase", async ([, from, to]) => {
  expect(await accepted(tampered(from, to))).toBe(true);
});

// A line under another shot's id would be counted under that shot's cap.
test.for([
  ["the key is of another shot", `"key":"${KEY}"`, '"key":"other[c=blue]~t1"'],
  ["the key is of another take", `"key":"${KEY}"`, '"key":"hero[c=blue]~t7"'],
  ["the shot is another, whose cap it counts under", '"shot":"hero"', '"shot":"cheap"'],
  ["the take is another", '"take":1', '"take":9'],
  ["the matrix values are others", '"variant":{"c":"blue"}', '"variant":{"c":"red"}'],
  [
    "the endpoint is an alias",
    '"endpoint":"fal-ai/kling-video/v3/pro/text-to-video"',
    '"endpoint":"kling-v3-pro"',
  ],
  ["the input has a prototype", '"input":{', '"input":{"__proto__":{"prompt":"x"},'],
] as const)("refuses a saved plan if %s", async ([, from, to]) => {
  expect(await accepted(tampered(from, to))).toBe(false);
});

// A cap under a misspelt name would apply to nothing, and no one would notice.
test.for([
  ["a cap", '"per_shot":"8.00"', '"per_shto":"8.00"'],
  ["a model's cap", '"by_model":{"kling-v3-pro"', '"by_model":{"kling-v3-por"'],
  ["a model's share of what runs at once", '"total":4,"kling-v3-pro"', '"total":4,"kling-v3-por"'],
  ["the warning", '"when_reached"', '"warn_at":"lots","when_reached"'],
] as const)("refuses a saved plan if %s is misspelt", async ([, from, to]) => {
  expect(await accepted(tampered(from, to))).toBe(false);
});

// A person who approves the file reads these.
test.for([
  ["a line's arithmetic", '"basis":"7 s × $0.168"', '"basis":"7 s × $0.01"'],
  ["the total", /"totals": \{[^}]*\}/.exec(PLAN)?.[0] ?? "", '"totals": {"cost":"0.01"}'],
  ["what is to be spent", '"to_spend":"', '"to_spend":"0.0'],
  ["a cap's row", '"left":"', '"left":"99'],
] as const)("refuses a saved plan if %s does not follow from its lines", async ([, from, to]) => {
  expect(await accepted(tampered(from, to))).toBe(false);
});

test.for([
  ["campaign", '"campaign": "film"', '"campaign": "film2"'],
  ["scene", '"scene":"1"', '"scene":"2"'],
  ["tags", '"tags":["wide"]', '"tags":["close"]'],
  ["priority", '"priority":9', '"priority":-9'],
  ["ordinal", '"ordinal":2', '"ordinal":3'],
  ["state", '"state":"to-buy"', '"state":"changed"'],
  ["budget", '"cap":"9.00"', '"cap":"900.00"'],
  [
    "budget, left out",
    /"budget": .*\n/.exec(PLAN)?.[0] ?? "",
    '"budget": {"when_reached":"stop"},\n',
  ],
  ["concurrency", '"total":4', '"total":40'],
  ["timezone", "Europe/London", "Asia/Tokyo"],
  ["ledger", '"ledger": null', '"ledger": {"id":"another"}'],
  ["verdict", '"verdict": "ok"', '"verdict": "warn"'],
  ["created", '"created": "2026', '"created": "1999'],
  ["price_book", '"as_of":"2026', '"as_of":"1999'],
  ["manifests", '"path":"shots.yaml"', '"path":"other.yaml"'],
] as const)(
  "takes the %s as the file states it, for nothing else in the file does",
  async ([, from, to]) => {
    expect(await accepted(tampered(from, to))).toBe(true);
  },
);

test("refuses a saved plan from which a line was removed: --only buys a part", async () => {
  expect(await accepted(PLAN.replace(/\{"key":"sea.*\}\n/, "").replace(/,\n\]/, "\n]"))).toBe(
    false,
  );
  expect(await accepted(PLAN)).toBe(true);
});

test("refuses to buy a plan that was made with --cap", async () => {
  const asked = await savePlan(manifest([HERO], HEAD), {}, ["--cap", "999"]);
  const { code, err } = await run(asked);
  expect([code, err]).toEqual([
    4,
    refusal("it was planned with --cap, and such a plan cannot be bought"),
  ]);
});

test("reports at most twenty mistakes, one a line", async () => {
  const lines = PLAN.replaceAll('"seconds":7', '"seconds":5').replaceAll(
    '"cost":"2.10"',
    '"cost":"1.00"',
  );
  expect((await run(lines)).err).toBe(
    refusal(
      `${KEY}: it is 7 s, not 5`,
      "hero[c=blue]~t2: it is 7 s, not 5",
      "sea~t1: it costs $2.10 now, the plan says $1.00",
    ),
  );
  const many = await savePlan(manifest(["{ id: a, model: kling-v3-pro, prompt: A., takes: 30 }"]));
  const { err } = await run(many.replaceAll('"cost":"0.84"', '"cost":"0.83"'));
  expect(err.match(/^ {2}a~t\d+: it costs \$0\.84 now, the plan says \$0\.83$/gm)).toHaveLength(20);
  expect(err).toContain("\n  and 10 more\n");
});

const RATES =
  "topsheet-prices: 1\nas_of: 2026-11-01\nsource: contract 17\nprices:\n  - { model: kling-v3-pro, usd_per_second: 0.15 }\n";
const OWN = manifest(["{ id: a, model: kling-v3-pro, prompt: A. }"], ["prices: rates.yaml"]);

async function runOwn(...options: readonly string[]) {
  const files = { "plan.json": await savePlan(OWN, { "rates.yaml": RATES }), "rates.yaml": RATES };
  return await topsheet(["run", "plan.json", "--yes", "--max-usd", "9", ...options], { files });
}

test("buys a plan of negotiated prices with --prices", async () => {
  expect((await runOwn("--prices", "rates.yaml")).err).toContain(REACHED);
});

test("buys a plan whose manifest names its price file, or names --prices in the refusal", async () => {
  expect((await runOwn()).err).toMatch(/this machine cannot buy|--prices/);
});

test.for([
  ["two saved plans", ["a.json", "b.json"], PLAN],
  ["a name in capitals", ["A.JSON"], PLAN],
  ["a name with another ending", ["a.plan"], PLAN],
  ["its keys in another order", ["a.json"], JSON.stringify({ x: 1, ...JSON.parse(PLAN) })],
] as const)("says in the refusal that it is a saved plan: %s", async ([, names, text]) => {
  const files = Object.fromEntries(names.map((name) => [name, text]));
  const { err } = await topsheet(["run", ...names, "--yes", "--max-usd", "9"], { files });
  expect(err).toMatch(/this machine cannot buy|saved plan/);
});

test("accepts a saved plan with other white space and a byte order mark", async () => {
  expect(await accepted(`\ufeff${PLAN}`)).toBe(true);
  expect(await accepted(JSON.stringify(JSON.parse(PLAN), null, 4))).toBe(true);
});
