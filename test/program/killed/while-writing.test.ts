import { expect, test } from "vitest";
import { lastStep } from "../rig/read-ledger.ts";
import { Frost } from "./stuck-write.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { until } from "../rig/wait-until.ts";
import { boughtAfterAll } from "../rig/settle-unknowns.ts";
import { yardOf } from "../rig/cleanup.ts";
import { unsound } from "../rig/check-campaign.ts";
import { Stage } from "../rig/campaign-folder.ts";

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
    const yard = yardOf(context);
    const stage = await Stage.set(
      yard,
      manifest(shots(2), { budget: { cap: 0.84 }, concurrency: 1 }),
    );
    const frost = new Frost(yard, stage.ledger, kind, "s02~t1");
    const going = stage.begin();
    await until("the step before", async () =>
      (await lastStep(stage.ledger, "s02~t1")) === (before ?? undefined) ? true : null,
    );
    await frost.bites();
    going.kill("SIGKILL");
    expect(await going.ended).toMatchObject({ signal: "SIGKILL" });
    frost.lift();
    expect(await lastStep(stage.ledger, "s02~t1")).toBe(before ?? undefined);
    expect((await stage.simulator.bill()).submits).toBe(sent);
    expect(await boughtAfterAll(stage)).toEqual(then);
    expect(await unsound(stage, { cap: "0.84" })).toEqual([]);
    expect((await stage.simulator.bill()).submits).toBe(2);
  },
);
