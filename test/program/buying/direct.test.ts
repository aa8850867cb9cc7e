import { expect, test } from "vitest";
import { startCorporateProxy } from "../rig/corporate-proxy.ts";
import { readEntries } from "../rig/read-ledger.ts";
import { readRun } from "../rig/read-documents.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { type Answer, RecordingProxy } from "../rig/recording-proxy.ts";

// Straight to https://queue.fal.run with a key, the way real money goes. The simulator stands there in disguise,
// behind a corporate proxy, with a certificate that the program is told to trust.

const KEY = "0f1e2d3c:5ecre7ha1fca11edf00d5ecre7ha1fca";

async function straight(
  context: Parameters<typeof cleanUpAfter>[0],
  { frank, count = 4, faults }: { frank: boolean; count?: number; faults?: string },
) {
  const written = manifest(shots(count), { budget: { cap: 20 }, concurrency: 2 });
  const stage = await CampaignFolder.set(
    cleanUpAfter(context),
    written,
    faults === undefined ? {} : { faults, seed: 4 },
    "ledger.sqlite",
    frank ? "rehearsal" : "real",
  );
  stage.proxyUrl = null;
  const fal = await startCorporateProxy(stage.cleanup, stage.simulator.url, { frank });
  return { stage, fal, env: { ...fal.env, FAL_KEY: KEY } };
}

test.concurrent("orders each line once, with the key and without a fallback, and sends neither to the host of the videos", async (context) => {
  const { stage, fal, env } = await straight(context, { frank: false });
  const told = await stage.run({ env, options: [...WATCHED, "--format", "json"] });
  expect(told.code).toBe(0);
  expect(readRun(told.out)).toMatchObject({
    rehearsal: false,
    totals: { settled: 4, delivered: 4 },
  });
  const orders = fal.seen.filter(({ method }) => method === "POST");
  expect(orders).toHaveLength(4);
  for (const { headers } of orders) {
    expect(headers).toMatchObject({
      authorization: `Key ${KEY}`,
      "x-app-fal-disable-fallback": "true",
    });
  }
  expect(new Set(fal.connected)).toEqual(new Set(["queue.fal.run:443"]));
  const { requests } = await stage.simulator.requests();
  const files = requests.filter(({ kind }) => kind === "file");
  expect(files).toHaveLength(4);
  expect(files.filter(({ authorization }) => authorization)).toEqual([]);
  const facts = (await readEntries(stage.ledger)).map(({ fact }) => fact);
  expect(facts).toContainEqual({ kind: "purpose", purpose: "real" });
});

test.concurrent("stops if an answer under a real ledger says that it is simulated", async (context) => {
  const { stage, env } = await straight(context, { frank: false });
  expect((await stage.run({ env, options: ["--only", "s01"] })).code).toBe(0);
  // Nothing said so before the run: the proxy went to the simulator only afterwards.
  const turned = async (_: unknown, forward: () => Promise<Answer>): Promise<Answer> => {
    board.as = "simulator";
    return await forward();
  };
  const board = await RecordingProxy.open(stage.cleanup, stage.simulator.url, turned, "fal");
  stage.proxyUrl = board.proxyUrl;
  const told = await stage.run({ options: ["-j", "1"] });
  expect(told.code).toBe(5);
  expect(told.err).toContain("the simulator answered, and this ledger is for real purchases");
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
  const status = await stage.topsheet(["status", "--ledger", "ledger.sqlite"]);
  expect(status.out).toContain("$0.42 spent, $0.00 held.");
});

test.concurrent("stops if the vendor itself takes an order under a rehearsal's ledger, which stays held with its request", async (context) => {
  const stage = await CampaignFolder.set(
    cleanUpAfter(context),
    manifest(shots(3), { concurrency: 1 }),
  );
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  // The proxy goes to the real fal one day: no answer says any more that it is simulated.
  const board = await RecordingProxy.open(
    stage.cleanup,
    stage.simulator.url,
    async (_, forward) => {
      board.as = "fal";
      return await forward();
    },
  );
  stage.proxyUrl = board.proxyUrl;
  const told = await stage.run();
  expect(told.code).toBe(6);
  expect(told.err).toContain(
    "Nothing more is started: fal answered, and this ledger is for rehearsals.\n",
  );
  const id = (await stage.simulator.jobs())[1]?.requestId ?? "no second job";
  const status = await stage.topsheet(["status", "--ledger", "ledger.sqlite"]);
  expect(status.out).toContain(
    `s02~t1 may have been bought: fal answered, and this ledger is for rehearsals; its request is ${id};`,
  );
  expect(status.out).toContain("$0.42 spent, $0.42 held.");
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("buys nothing directly from the vendor under a rehearsal's ledger", async (context) => {
  const { stage, fal, env } = await straight(context, { frank: true });
  const told = await stage.run({ env });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toBe(
    "error: ledger.sqlite is a rehearsal's ledger: nothing real is bought under it\n",
  );
  expect(fal.seen).toEqual([]);
});

test.concurrent("stops before the second line if the vendor does not know the key", async (context) => {
  const { stage, env } = await straight(context, { frank: false });
  const told = await stage.run({ env: { ...env, FAL_KEY: "bad" }, options: ["-j", "1"] });
  expect(told.code).toBe(5);
  expect(told.err).toContain("Nothing more is started: the order was answered 401");
  expect((await stage.simulator.requests()).counts["submit"]).toBe(1);
  expect(await stage.simulator.jobs()).toEqual([]);
});

test.concurrent("sends an order once, whatever the vendor does to it", async (context) => {
  const faults = "reset:12%,refuse:12%,truncated:12%,502:12%,503:12%,504:12%,307:12%,302:12%";
  const { stage, fal, env } = await straight(context, { frank: false, count: 24, faults });
  const orders = (): number => fal.seen.filter(({ method }) => method === "POST").length;
  // Three unknown outcomes in a row end a run; the next goes on with what was not ordered yet.
  for (let before = -1; before < orders();) {
    before = orders();
    expect((await stage.run({ env, options: ["-j", "8"] })).code).toBe(6);
  }
  expect(orders()).toBe(24);
  const prompts = (await stage.simulator.jobs()).map(({ input }) => input["prompt"]);
  expect(new Set(prompts).size).toBe(prompts.length);
});
