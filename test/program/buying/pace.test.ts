import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { measurePace } from "./measure-pace.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// A thousand lines, with figures: test/scripts/soak/thousand-lines.ts. Here only that nothing is far off.

test("buys a hundred lines twenty at once, with few requests and flat memory", async (context) => {
  const written = manifest(shots(100), { budget: { cap: 42 }, concurrency: 20 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { speed: 63 });
  const pace = await measurePace(stage, 100);
  expect(pace.code).toBe(0);
  // A line takes a second, so that five seconds is the least.
  expect(pace.makespan).toBeGreaterThan(4.5);
  expect(pace.atOnce).toBe(20);
  // An order, a status stream, a result and a file.
  const { submit, result, file, other, stream = 0, status = 0 } = pace.requests;
  expect({ submit, result, file, other }).toEqual({
    submit: 100,
    result: 100,
    file: 100,
    other: 0,
  });
  // Once it asks whether the simulator is there. On a busy machine a stream may stay silent so long that the line asks in its place.
  expect(stream).toBeGreaterThanOrEqual(100);
  expect(stream + status).toBeLessThan(200);
  expect(pace.all - pace.quarter).toBeLessThan(60);
  expect(await findProblems(stage, { cap: "42.00" })).toEqual([]);
});
