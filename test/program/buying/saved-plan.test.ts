import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, type TestContext } from "vitest";
import { createEmptyLedger, readEntries } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { manifest, type Shot, shots } from "../rig/manifest.ts";
import type { EndedProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import { CampaignFolder, type RunAs, WATCHED } from "../rig/campaign-folder.ts";
import type { SimulatorSettings } from "../rig/test-simulator.ts";

// `plan -o plan.json` and `run plan.json`: it buys those lines and no others, whatever the manifest says by now.

const THREE = manifest(shots(3), { budget: { cap: 5 } });

async function planned(
  context: TestContext,
  written = THREE,
  settings: SimulatorSettings = { speed: 1_000 },
): Promise<CampaignFolder> {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, settings);
  await plan(stage);
  return stage;
}

async function plan(
  stage: CampaignFolder,
  ledger = "ledger.sqlite",
  name = "plan.json",
): Promise<void> {
  const args = ["plan", "shots.yaml", "-o", name, "--ledger", ledger];
  expect(await stage.topsheet(args)).toMatchObject({ err: expect.stringContaining("written") });
}

/** A saved plan is a yes by itself. */
async function run(stage: CampaignFolder, as: RunAs = {}): Promise<EndedProgram> {
  return await stage.run({ file: "plan.json", consent: [], ...as });
}

async function prompts(stage: CampaignFolder): Promise<readonly string[]> {
  const sent = (await stage.simulator.jobs()).map(({ input }) => String(input["prompt"]));
  return sent.toSorted((a, b) => (a < b ? -1 : 1));
}

const PROMPTS = shots(3).map(({ id }) => `The prompt of ${id}.`);
const JSON_TOO = ["--format", "json"];

test.concurrent("takes a saved plan as a yes off a terminal, once", async (context) => {
  const stage = await planned(context);
  const told = await run(stage, { options: JSON_TOO });
  expect(told.code).toBe(0);
  expect(readRun(told.out).totals).toMatchObject({ settled: 3, spent: "1.26", to_spend: "0.00" });
  expect((await run(stage)).code).toBe(0);
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.26", accepted: 3, submits: 3 });
});

const OTHERS: readonly Shot[] = [
  { id: "s01", prompt: "Another.", model: "kling-v3-4k" },
  { id: "s99", prompt: "One more.", takes: 5 },
];

test.concurrent.for([
  ["changed", async (stage: CampaignFolder) => await stage.write("shots.yaml", manifest(OTHERS))],
  ["wrong", async (stage: CampaignFolder) => await stage.write("shots.yaml", "shots: [")],
  ["deleted", async (stage: CampaignFolder) => await rm(join(stage.cwd, "shots.yaml"))],
] as const)(
  "buys the plan's lines even if the manifest is %s since",
  async ([, change], context) => {
    const stage = await planned(context);
    await change(stage);
    const told = await run(stage, { options: JSON_TOO });
    expect(told.code).toBe(0);
    expect(statesByKey(readRun(told.out))).toEqual({
      "s01~t1": "settled",
      "s02~t1": "settled",
      "s03~t1": "settled",
    });
    expect(await prompts(stage)).toEqual(PROMPTS);
    expect((await stage.simulator.bill()).dollars).toBe("1.26");
  },
);

test.concurrent.for([
  ["a cost", '"cost":"0.42"', '"cost":"0.41"', "it costs $0.42 now, the plan says $0.41"],
  ["seconds", '"seconds":3', '"seconds":15', "it is 3 s, not 15"],
  ["a prompt", "The prompt of s01.", "The prompt of s99.", "its fingerprint does not match"],
  ["a duration", '"duration":"3"', '"duration":"15"', "it costs $2.10 now, the plan says $0.42"],
  [
    "a model",
    '"model":"kling-v3-turbo-pro"',
    '"model":"kling-v3-4k"',
    "its model is kling-v3-turbo-pro",
  ],
  [
    "an endpoint",
    "v3/turbo/pro/text-to-video",
    "v3/pro/text-to-video",
    "it costs $0.504 now, the plan says $0.42",
  ],
  ["a fingerprint", '"fingerprint":"', '"fingerprint":"0', "its fingerprint does not match"],
] as const)(
  "exits with 4 for a plan in which %s was changed, and neither sends nor records anything",
  async ([, from, to, problem], context) => {
    const stage = await planned(context);
    const text = await readFile(join(stage.cwd, "plan.json"), "utf8");
    expect(text).toContain(from);
    await stage.write("plan.json", text.replace(from, to));
    for (const consent of [[], ["--yes", "--max-usd", "99"]]) {
      const { code, out, err } = await run(stage, { consent });
      expect([code, out]).toEqual([4, ""]);
      expect(err).toBe(
        `  s01~t1: ${problem}\nerror: plan.json is not a plan that can be bought: plan it again\n`,
      );
    }
    expect((await stage.simulator.requests()).requests).toEqual([]);
    expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
    expect((await readEntries(stage.ledger)).map(({ fact }) => fact.kind)).toEqual(["purpose"]);
  },
);

test.concurrent("buys half in one run, and the rest from the same plan", async (context) => {
  const written = manifest(shots(4), { concurrency: 1 });
  const stage = await planned(context, written, { speed: 60 });
  const going = stage.begin({ file: "plan.json", consent: [], options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "settled", key: "s01~t1" });
  going.kill("SIGKILL");
  await going.ended;
  await rm(join(stage.cwd, "shots.yaml"));
  const half = await stage.simulator.bill();
  expect(half.submits).toBeLessThan(4);
  const codes: (number | null)[] = [];
  // What was on its way when it was killed may be unknown, and is never sent again.
  for (const _ of [1, 2]) codes.push((await run(stage)).code);
  expect([0, 6]).toContain(codes.at(-1));
  expect((await stage.simulator.bill()).submits).toBeLessThanOrEqual(4);
  const told = (await prompts(stage)).length;
  expect(new Set(await prompts(stage)).size).toBe(told);
  expect(told).toBeGreaterThanOrEqual(codes.at(-1) === 0 ? 4 : 3);
});

test.concurrent("counts a saved plan as one run under per_run, however often it is resumed", async (context) => {
  const stage = await planned(context, manifest(shots(3), { budget: { per_run: 1 } }));
  for (const _ of [1, 2, 3]) expect((await run(stage)).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
  // The same manifest, run anew, is another run.
  expect((await stage.run()).code).toBe(0);
  expect((await stage.simulator.bill()).dollars).toBe("1.26");
});

test.concurrent("buys a plan once from two files of it, at once and one after the other", async (context) => {
  const stage = await planned(context);
  await copyFile(join(stage.cwd, "plan.json"), join(stage.cwd, "copy.json"));
  const both = ["plan.json", "copy.json"].map((file) => stage.begin({ file, consent: [] }));
  for (const { ended } of both) expect([0, 6]).toContain((await ended).code);
  expect((await run(stage, { file: "copy.json" })).code).toBe(0);
  expect((await run(stage)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 3 });
  expect(await prompts(stage)).toEqual(PROMPTS);
});

test.concurrent("exits with 4 for a plan that was made against another ledger, and sends nothing", async (context) => {
  const stage = await planned(context);
  await createEmptyLedger(join(stage.cwd, "other.sqlite"));
  await plan(stage, "other.sqlite", "other.json");
  for (const consent of [[], ["--yes", "--max-usd", "99"]]) {
    const told = await run(stage, { file: "other.json", consent });
    expect(told).toMatchObject({ code: 4, out: "" });
    expect(stderrLines(told.err)).toEqual([
      "error: other.json was planned against another ledger: what that one has bought is not known here",
    ]);
  }
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
  expect((await readEntries(stage.ledger)).map(({ fact }) => fact.kind)).toEqual(["purpose"]);
});

test.concurrent("buys a plan that was made without a ledger under the one that is named", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), THREE, { speed: 1_000 });
  const args = ["plan", "shots.yaml", "-o", "plan.json"];
  expect(await stage.topsheet(args)).toMatchObject({ code: 0 });
  expect(await readFile(join(stage.cwd, "plan.json"), "utf8")).toContain('"ledger": null');
  expect((await run(stage)).code).toBe(0);
  expect((await run(stage)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 3 });
});

test.concurrent("buys part of a saved plan with --only, and the rest later", async (context) => {
  const stage = await planned(context);
  expect((await run(stage, { options: ["--only", "s02"] })).code).toBe(0);
  expect(await prompts(stage)).toEqual(["The prompt of s02."]);
  const nothing = await run(stage, { options: ["--only", "s09"] });
  expect(nothing).toMatchObject({ code: 2, out: "" });
  expect(nothing.err).toContain("s09");
  expect((await run(stage)).code).toBe(0);
  expect(await prompts(stage)).toEqual(PROMPTS);
});

test.concurrent("keeps the second of two equal lines the second with --only", async (context) => {
  const twice = manifest([{ id: "a", prompt: "Lake.", takes: 2 }]);
  const stage = await planned(context, twice);
  expect((await run(stage, { options: ["--only", "a~t2"] })).code).toBe(0);
  const told = await run(stage, { options: JSON_TOO });
  expect(readRun(told.out).lines.map(({ ordinal }) => ordinal)).toEqual([1, 2]);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("reads a plan from standard input", async (context) => {
  const stage = await planned(context);
  const proxy = `FAL_PROXY_URL=${stage.simulator.proxyUrl}`;
  const line = `export ${proxy}; topsheet run - --ledger ledger.sqlite < plan.json`;
  expect((await stage.paste(line)).code).toBe(0);
  expect(await prompts(stage)).toEqual(PROMPTS);
  // The same bytes: the same run.
  expect((await run(stage)).code).toBe(0);
  const text = await readFile(join(stage.cwd, "plan.json"), "utf8");
  await stage.write("plan.json", text.replace('"cost":"0.42"', '"cost":"0.40"'));
  const refused = await stage.paste(line);
  expect(refused).toMatchObject({ code: 4, out: "" });
  expect(refused.err).toContain("s01~t1: it costs $0.42 now, the plan says $0.40\nerror: - is not");
  expect(await stage.simulator.bill()).toMatchObject({ submits: 3 });
});

test.concurrent("buys a line again that was bought with other input, if the plan says so", async (context) => {
  const stage = await planned(context, manifest([{ id: "a", prompt: "Rain." }]));
  expect((await run(stage)).code).toBe(0);
  await stage.write("shots.yaml", manifest([{ id: "a", prompt: "Snow." }]));
  expect((await stage.run()).code).toBe(4);
  await plan(stage);
  expect(await readFile(join(stage.cwd, "plan.json"), "utf8")).toContain('"state":"changed"');
  expect((await run(stage)).code).toBe(0);
  expect((await run(stage)).code).toBe(0);
  expect(await prompts(stage)).toEqual(["Rain.", "Snow."]);
});

test.concurrent("skips a line that was bought with other input after the plan was made", async (context) => {
  const stage = await planned(context, manifest([{ id: "a", prompt: "Rain." }]));
  await stage.write("shots.yaml", manifest([{ id: "a", prompt: "Snow." }]));
  expect((await stage.run()).code).toBe(0);
  const told = await run(stage);
  expect(told.code).toBe(4);
  expect(told.err).toContain(
    "a~t1 was bought with other input: it is skipped, --rebuy buys it again",
  );
  expect(await prompts(stage)).toEqual(["Snow."]);
});

test.concurrent("applies a cap of the plan, and needs --raise-caps to raise one", async (context) => {
  const stage = await planned(context, manifest(shots(3), { budget: { cap: 5 } }));
  await stage.write("shots.yaml", manifest(shots(3), { budget: { cap: 0.5 } }));
  expect((await stage.run()).code).toBe(3);
  const told = await run(stage);
  expect(told).toMatchObject({ code: 3, out: "" });
  expect(stderrLines(told.err).slice(-2)).toEqual([
    "cap was $0.50 in the campaign's last run, and is $5.00 now.",
    "error: that could spend more than before: add --raise-caps if it is meant to",
  ]);
  expect((await stage.simulator.bill()).dollars).toBe("0.42");
});

test.concurrent("rehearses a saved plan, whatever ledger it was made against", async (context) => {
  const stage = await planned(context);
  const args = ["run", "plan.json", "--rehearse", "--speed", "1000", ...JSON_TOO];
  const told = await stage.topsheet(args);
  expect(told.code).toBe(0);
  expect(readRun(told.out)).toMatchObject({ rehearsal: true, totals: { settled: 3 } });
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
  expect((await run(stage)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 3 });
});

test.concurrent("writes no key into a saved plan", async (context) => {
  const stage = await planned(context);
  const secret = "5ecre7ha1fca11edf00d5ecre7ha1fca";
  const env = {
    FAL_KEY: `0f1e2d3c-id:${secret}`,
    FAL_KEY_ID: "0f1e2d3c-id",
    FAL_KEY_SECRET: secret,
    FAL_PROXY_URL: `http://ada:${secret}@127.0.0.1:9/`,
  };
  const args = ["plan", "shots.yaml", "-o", "with.json", "--ledger", "ledger.sqlite"];
  const { code, out, err } = await stage.topsheet(args, env);
  expect(code).toBe(0);
  const text = await readFile(join(stage.cwd, "with.json"), "utf8");
  for (const trace of [secret, "0f1e2d3c", Buffer.from(env.FAL_KEY).toString("base64")]) {
    expect(text + out + err).not.toContain(trace);
  }
  const without = await readFile(join(stage.cwd, "plan.json"), "utf8");
  const dateless = (plan: string): string => plan.replace(/"created": .*/, "");
  expect(dateless(text)).toBe(dateless(without));
});
