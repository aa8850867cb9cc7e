import { expect, test } from "vitest";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, type Shot, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// What counts as bought already. `bought` sets a campaign up, `then` runs it again as it is written now.

interface Then {
  readonly code: number | null;
  readonly states: Readonly<Record<string, string>>;
  readonly submits: number;
  readonly err: string;
}

async function bought(
  context: Parameters<typeof cleanUpAfter>[0],
  written: readonly Shot[],
  budget: object = { cap: 20 },
): Promise<CampaignFolder> {
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    manifest(written, { budget }),
    {
      speed: 1_000,
    },
  );
  expect((await stage.run()).code).toBe(0);
  return stage;
}

async function then(
  stage: CampaignFolder,
  written: readonly Shot[],
  options: readonly string[] = [],
): Promise<Then> {
  const before = (await stage.simulator.bill()).submits;
  await stage.write("shots.yaml", manifest(written));
  const { code, out, err } = await stage.run({ options: [...options, "--format", "json"] });
  const submits = (await stage.simulator.bill()).submits - before;
  return { code, states: statesByKey(readRun(out)), submits, err };
}

const A: Shot = { id: "a", prompt: "A lighthouse in the rain." };
const CHANGED: Shot = { id: "a", prompt: "A lighthouse in the snow." };

test.concurrent("skips a line whose input changed and exits with 4, until --rebuy", async (context) => {
  const stage = await bought(context, [A]);
  expect(await then(stage, [CHANGED])).toMatchObject({
    code: 4,
    states: { "a~t1": "changed" },
    submits: 0,
  });
  expect(await then(stage, [CHANGED], ["--rebuy"])).toMatchObject({
    code: 0,
    states: { "a~t1": "settled" },
    submits: 1,
  });
  expect(await then(stage, [CHANGED], ["--rebuy"])).toMatchObject({ code: 0, submits: 0 });
});

test.concurrent("takes a line as bought whose input is what it was before", async (context) => {
  const stage = await bought(context, [A]);
  expect(await then(stage, [CHANGED], ["--rebuy"])).toMatchObject({ code: 0, submits: 1 });
  expect(await then(stage, [A], ["--rebuy"])).toMatchObject({ code: 0, submits: 0 });
});

test.concurrent("names a skipped line whose input changed on standard error, with --rebuy", async (context) => {
  const stage = await bought(context, [A]);
  const { err } = await then(stage, [CHANGED]);
  expect(err).toContain("a~t1");
  expect(err).toContain("--rebuy");
});

test.concurrent("does not count a skipped line against one that fits", async (context) => {
  const stage = await bought(context, [A], { cap: 0.84 });
  const told = await then(stage, [CHANGED, { id: "b" }]);
  expect(told).toMatchObject({ code: 4, states: { "a~t1": "changed", "b~t1": "settled" } });
});

test.concurrent("buys nothing for a shot that is renamed, moved or in another file", async (context) => {
  const stage = await bought(context, [A, ...shots(2)]);
  const renamed = [...shots(2).toReversed(), { ...A, id: "lighthouse" }];
  expect(await then(stage, renamed)).toMatchObject({
    code: 0,
    submits: 0,
    states: { "lighthouse~t1": "settled", "s01~t1": "settled", "s02~t1": "settled" },
  });
  await stage.write("other.yaml", manifest([A]));
  expect((await stage.run({ file: "other.yaml" })).code).toBe(0);
  expect((await stage.simulator.bill()).submits).toBe(3);
});

test.concurrent("buys only what is new for a matrix that makes the same inputs", async (context) => {
  const stage = await bought(context, [{ id: "a", prompt: "A silver bottle." }]);
  const wider: Shot = {
    id: "a",
    prompt: "A ${{ matrix.colour }} bottle.",
    matrix: { colour: ["silver", "golden"] },
  };
  expect(await then(stage, [wider])).toMatchObject({
    code: 0,
    submits: 1,
    states: { "a[colour=silver]~t1": "settled", "a[colour=golden]~t1": "settled" },
  });
});

test.concurrent("buys only the new takes if there are more, and nothing if there are fewer", async (context) => {
  const stage = await bought(context, [{ ...A, takes: 2 }]);
  expect(await then(stage, [{ ...A, takes: 4 }])).toMatchObject({ code: 0, submits: 2 });
  expect(await then(stage, [A])).toMatchObject({ code: 0, submits: 0 });
  expect(await then(stage, [{ ...A, takes: 4 }])).toMatchObject({ code: 0, submits: 0 });
});

test.concurrent("does not renumber takes with --only", async (context) => {
  const three = [{ ...A, takes: 3 }];
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(three), {
    speed: 1_000,
  });
  expect(await then(stage, three, ["--only", "a~t2"])).toMatchObject({
    code: 0,
    submits: 1,
    states: { "a~t2": "settled" },
  });
  expect(await then(stage, three, ["--only", "a~t1"])).toMatchObject({ code: 0, submits: 1 });
  expect(await then(stage, three, ["--only", "a~t2"])).toMatchObject({ code: 0, submits: 0 });
  expect(await then(stage, three)).toMatchObject({ code: 0, submits: 1 });
  expect((await stage.simulator.bill()).accepted).toBe(3);
});

test.concurrent("buys two shots with one input twice", async (context) => {
  const stage = await bought(context, [A, { ...A, id: "again" }]);
  expect((await stage.simulator.bill()).accepted).toBe(2);
  expect(await then(stage, [A, { ...A, id: "again" }])).toMatchObject({ code: 0, submits: 0 });
});

test.concurrent("retries a refusal that cost nothing with --retry-failed, and only then", async (context) => {
  const set = { speed: 1_000, faults: "422free:50%", seed: 5 };
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(6)), set);
  const first = await then(stage, shots(6));
  const failed = Object.values(first.states).filter((state) => state === "failed").length;
  expect(first).toMatchObject({ code: 5, submits: 6 });
  expect(failed).toBeGreaterThan(0);
  expect(await then(stage, shots(6))).toMatchObject({ code: 5, submits: 0 });
  expect(await then(stage, shots(6), ["--retry-failed"])).toMatchObject({ submits: failed });
  const jobs = await stage.simulator.jobs();
  const made = jobs.filter(({ outcome }) => outcome === "video");
  expect(new Set(made.map(({ input }) => input["prompt"])).size).toBe(made.length);
});

test.concurrent("does not buy a line again that was billed without a video, not even with --retry-failed", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest([A]), {
    faults: "reset:100%",
  });
  expect(await then(stage, [A])).toMatchObject({ code: 6, submits: 1 });
  const why = ["--by", "Ada", "--why", "on the bill", "--ledger", "ledger.sqlite"];
  expect((await stage.topsheet(["resolve", "proof/a~t1", "--charged", ...why])).code).toBe(0);
  expect(await then(stage, [A], ["--retry-failed"])).toMatchObject({
    code: 5,
    submits: 0,
    states: { "a~t1": "failed" },
  });
});
