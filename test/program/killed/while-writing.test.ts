import { expect, test } from "vitest";
import { readLastStep } from "../rig/read-ledger.ts";
import { StuckWrite } from "./stuck-write.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { buyUntilSettled } from "../rig/settle-unknowns.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

// kill -9 inside the very transaction that writes a step: of the step nothing is left, and what it was about has
// happened all the same.

test.concurrent.for([
  ["reserved", null, 1, ["0"]],
  ["sending", "reserved", 1, ["0"]],
  ["submitted", "sending", 2, ["6 found", "0"]],
  ["settled", "submitted", 2, ["0"]],
  ["delivered", "settled", 2, ["0"]],
] as const)(
  "killed while writing that a line is %s",
  async ([kind, before, sent, then], context) => {
    const cleanup = cleanUpAfter(context);
    const stage = await CampaignFolder.inProcess(
      cleanup,
      manifest(shots(2), { budget: { cap: 0.84 }, concurrency: 1 }),
    );
    const stuckWrite = new StuckWrite(cleanup, stage.ledger, kind, "s02~t1");
    const going = stage.begin();
    await waitUntil("the step before", async () =>
      (await readLastStep(stage.ledger, "s02~t1")) === (before ?? undefined) ? true : null,
    );
    await stuckWrite.waitUntilStuck();
    going.kill("SIGKILL");
    expect(await going.ended).toMatchObject({ signal: "SIGKILL" });
    stuckWrite.remove();
    expect(await readLastStep(stage.ledger, "s02~t1")).toBe(before ?? undefined);
    expect((await stage.simulator.bill()).submits).toBe(sent);
    expect(await buyUntilSettled(stage)).toEqual(then);
    expect(await findProblems(stage, { cap: "0.84" })).toEqual([]);
    expect((await stage.simulator.bill()).submits).toBe(2);
  },
);
