import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { measurePace } from "./measure-pace.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// A thousand lines, with figures: test/scripts/soak/thousand-lines.ts. Here only that nothing is far off.

test("a hundred lines of a second, twenty at once: five seconds and not many more, few requests, flat memory", async (context) => {
  const written = manifest(shots(100), { budget: { cap: 42 }, concurrency: 20 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { speed: 63 });
  const pace = await measurePace(stage, 100);
  expect(pace.code).toBe(0);
  // One after the other they would take a hundred seconds.
  expect(pace.makespan).toBeGreaterThan(4.5);
  expect(pace.makespan).toBeLessThan(50);
  // An order, a status stream, a result and a file; and once, whether the simulator is there.
  expect(pace.requestsPerLine).toBe(4.01);
  expect(pace.all - pace.quarter).toBeLessThan(60);
  expect(await findProblems(stage, { cap: "42.00" })).toEqual([]);
});
