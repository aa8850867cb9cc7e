import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { buyUntilSettled } from "../rig/settle-unknowns.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { killAtRandom } from "./random-kills.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// Two hundred such moments: test/scripts/soak/random-kills.ts.

test("pays for everything once although it is killed at twelve moments of forty lines with faults", async (context) => {
  const written = manifest(shots(40), { budget: { cap: 16.8 }, concurrency: 8 });
  const faults = "reset:4%,503:4%,429:4%,lost:10%,cut:10%";
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, {
    speed: 70,
    faults,
    seed: 11,
  });
  const told = await killAtRandom(stage, { kills: 12, longest: 400, seed: 1 });
  expect(told).toMatchObject({ kills: 12, problems: [] });
  expect((await buyUntilSettled(stage)).at(-1)).toBe("0");
  expect(await findProblems(stage, { cap: "16.80" })).toEqual([]);
});
