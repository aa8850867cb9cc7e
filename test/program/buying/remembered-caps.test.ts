import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { micros, moneyThroughout, readEntries } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { WriteLock } from "../rig/write-lock.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

// A campaign is held by the caps it was last run with, whatever file comes next.

const FIVE = shots(5);

/** A campaign whose cap of $1.00 let two of five lines through. */
async function stoppedAtOneDollar(
  context: Parameters<typeof cleanUpAfter>[0],
): Promise<CampaignFolder> {
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    manifest(FIVE, { budget: { cap: 1 } }),
  );
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
  return stage;
}

test.concurrent("continues where it stopped after a cap is raised, if --raise-caps confirms it", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  await stage.write("shots.yaml", manifest(FIVE, { budget: { cap: 1.7 } }));
  const refused = await stage.run();
  expect(refused).toMatchObject({ code: 3, out: "" });
  expect(stderrLines(refused.err).slice(-2)).toEqual([
    "cap was $1.00 in the campaign's last run, and is $1.70 now.",
    "error: that could spend more than before: add --raise-caps if it is meant to",
  ]);
  expect((await stage.simulator.bill()).submits).toBe(2);
  const raised = await stage.run({ options: ["--raise-caps", "--format", "json"] });
  expect(raised.code).toBe(3);
  expect(statesByKey(readRun(raised.out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "settled",
    "s03~t1": "settled",
    "s04~t1": "settled",
    "s05~t1": "over-cap",
  });
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.68", accepted: 4, submits: 4 });
});

test.concurrent("applies the remembered cap to a manifest without a budget", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  await stage.write("shots.yaml", manifest(shots(5, 20)));
  const told = await stage.run();
  expect(told.code).toBe(3);
  expect(stderrLines(told.err)).toContain("Held by caps of the campaign's last run too: cap.");
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
});

test.concurrent("applies a remembered cap that is left out while another is stated", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  await stage.write("shots.yaml", manifest(FIVE, { budget: { per_shot: 5, per_day: 100 } }));
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
});

test.concurrent("applies a lowered cap at once, even to a run in progress", async (context) => {
  const written = manifest(shots(10), { budget: { cap: 4.2 }, concurrency: 1 });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, { speed: 15 });
  const going = stage.begin();
  await expect.poll(async () => (await stage.simulator.bill()).submits).toBeGreaterThan(1);
  await stage.write("lower.yaml", manifest(shots(1), { budget: { cap: 1.3 } }));
  expect((await stage.run({ file: "lower.yaml" })).code).not.toBe(1);
  expect((await going.ended).code).toBe(3);
  const money = moneyThroughout(await readEntries(stage.ledger));
  expect(Math.max(...money.map(({ spent, held }) => spent + held))).toBe(micros("1.26"));
  const verified = await stage.topsheet(["ledger", "verify", "--ledger", "ledger.sqlite"]);
  expect(verified.code).toBe(0);
});

test.concurrent("does not raise a cap for the next run in a run that buys nothing", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  await stage.write("shots.yaml", manifest(FIVE, { budget: { cap: 50 } }));
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
});

test.concurrent("keeps a cap lowered that another run lowers while the question is open", async (context) => {
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    manifest(FIVE, { budget: { cap: 3 } }),
  );
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  const going = stage.beginOnTerminal();
  await waitUntil("the question", () => (going.told.out.includes("[y/N]") ? true : null));
  await stage.write("lower.yaml", manifest(FIVE, { budget: { cap: 1 } }));
  expect((await stage.run({ file: "lower.yaml", options: ["--only", "s01"] })).code).toBe(0);
  going.type("y\n");
  expect((await going.ended).code).toBe(3);
  expect(going.told.out).toContain(
    "another run has changed the campaign's caps meanwhile: run again",
  );
  expect((await stage.simulator.bill()).dollars).toBe("0.42");
  expect((await stage.run({ file: "lower.yaml" })).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
});

test.concurrent("lets two runs agree to the same caps at the same moment", async (context) => {
  const written = manifest(shots(4), { budget: { cap: 3 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written);
  const writeLock = new WriteLock(stage.cleanup, stage.ledger);
  const both = [stage.begin(), stage.begin()];
  // Each has read that the campaign is held to nothing yet, and waits to write what it found in its file.
  for (const { told } of both)
    await waitUntil("its first words", () => (told.err === "" ? null : true));
  await sleep(300);
  writeLock.open();
  for (const { ended } of both) {
    const { code, err } = await ended;
    expect(err).not.toContain("another run has changed");
    expect([0, 6]).toContain(code);
  }
  expect(await findProblems(stage, { cap: "3.00" })).toEqual([]);
});

test.concurrent("counts the lines of several files under one cap", async (context) => {
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    manifest(shots(2), { budget: { cap: 1.3 } }),
  );
  await stage.write("more.yaml", manifest(shots(3, 10), { budget: { cap: 1.3 } }));
  expect((await stage.run()).code).toBe(0);
  expect((await stage.run({ file: "more.yaml" })).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("1.26");
});

test.concurrent("ignores the case of the campaign's name", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const shouted = manifest(shots(3, 30)).replace('"proof"', '"PROOF"');
  await stage.write("shots.yaml", shouted);
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
});
