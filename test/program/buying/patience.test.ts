import { expect, test } from "vitest";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// What a run makes of answers that come late, wrong or not at all, without a second order.

test.concurrent("leaves in flight what is not done within --wait and exits with 6, and the next run collects it", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(2)), { speed: 20 });
  const first = await stage.run({ options: ["--wait", "1s", "--format", "json"] });
  expect(first.code).toBe(6);
  expect(statesByKey(readRun(first.out))).toEqual({ "s01~t1": "in-flight", "s02~t1": "in-flight" });
  expect(readRun(first.out).totals.held).toBe("0.84");
  expect(first.err).toContain("s01~t1 stays in flight: it was not done in the time to wait\n");
  expect((await stage.run()).code).toBe(0);
  expect(await findProblems(stage, { cap: "0.84" })).toEqual([]);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("sends no fourth order after three of unknown outcome in a row, and the rest waits for a person", async (context) => {
  const written = manifest(shots(8), { concurrency: 1 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { faults: "html:100%" });
  const { code, err } = await stage.run();
  expect(code).toBe(6);
  expect(err).toContain("Nothing more is started: 3 orders in a row have an unknown outcome: ");
  expect(await stage.simulator.bill()).toEqual({ dollars: "0.00", accepted: 0, submits: 3 });
});

test.concurrent.for([
  ["a stream that breaks off", "stream:100%"],
  ["a 504 in place of the result", "result:100%"],
  ["no stream at all, and a status that answers 503 once", "nostream:100%,status:100%"],
  [
    "a job that is not known at first, no word on units, and half a download",
    "lost:100%,nobill:100%,cut:100%",
  ],
] as const)("%s: makes and delivers the line, ordered once", async ([, faults], context) => {
  const written = manifest(shots(2), { budget: { cap: 0.84 } });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { faults });
  expect((await stage.run()).code).toBe(0);
  expect(await findProblems(stage, { cap: "0.84" })).toEqual([]);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent('sends nothing for as long as a "too many requests" asks, then once, and counts each under the caps', async (context) => {
  const written = manifest(shots(6), { budget: { cap: 2.52 }, concurrency: 1 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    faults: "429:30%",
    seed: 2,
  });
  const { code, err } = await stage.run();
  expect(code).toBe(0);
  expect(err).toContain("Nothing is sent for 1 s: the order was answered 429");
  expect(await findProblems(stage, { cap: "2.52" })).toEqual([]);
  const bill = await stage.simulator.bill();
  expect(bill.accepted).toBe(6);
  expect(bill.submits).toBeGreaterThan(6);
});
