import { expect, test } from "vitest";
import { readLastStep } from "../rig/read-ledger.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { buyUntilSettled } from "../rig/settle-unknowns.ts";
import type { RunningProgram } from "../rig/start-program.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { type Answer, RecordingProxy } from "../rig/recording-proxy.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { type Cleanup, cleanUpAfter } from "../rig/cleanup.ts";

// kill -9 at each step of a line's life; then the same command again until all is bought, a person settling what is
// not known as one would. Afterwards everything was paid for once and is here.

const CAP = "1.26";
const THREE = manifest(shots(3), { budget: { cap: 1.26 } });

interface Moment {
  readonly forward: () => Promise<Answer>;
  readonly kill: () => Promise<void>;
}

/** Runs three lines, one at a time, into a kill while the second is being ordered. */
async function killedAtOrder(
  cleanup: Cleanup,
  meddle: (moment: Moment) => Promise<Answer | null>,
): Promise<CampaignFolder> {
  const stage = await CampaignFolder.inProcess(cleanup, THREE);
  const runs: RunningProgram[] = [];
  const kill = async (): Promise<void> => {
    runs[0]?.kill("SIGKILL");
    await runs[0]?.ended;
  };
  const board = await RecordingProxy.open(cleanup, stage.simulator.url, async ({ turn }, forward) =>
    turn === 2 ? await meddle({ forward, kill }) : await forward(),
  );
  stage.proxyUrl = board.proxyUrl;
  const going = stage.begin({ options: ["-j", "1"] });
  runs.push(going);
  expect(await going.ended).toMatchObject({ signal: "SIGKILL" });
  expect(await readLastStep(stage.ledger, "s02~t1")).toBe("sending");
  return stage;
}

test.concurrent("killed with an order in flight that the vendor never reads, lets a person find nothing, and buys it anew", async (context) => {
  const stage = await killedAtOrder(cleanUpAfter(context), async ({ kill }) => {
    await kill();
    return null;
  });
  expect(await buyUntilSettled(stage)).toEqual(["6 not charged", "0"]);
  expect(await findProblems(stage, { cap: CAP })).toEqual([]);
});

test.concurrent("killed with an accepted order and its answer in flight, lets a person find it, and buys nothing twice", async (context) => {
  const stage = await killedAtOrder(cleanUpAfter(context), async ({ forward, kill }) => {
    await forward();
    await kill();
    return null;
  });
  expect(await buyUntilSettled(stage)).toEqual(["6 found", "0"]);
  expect(await findProblems(stage, { cap: CAP })).toEqual([]);
});

test.concurrent("records the id as soon as it is known, not when the job is done", async (context) => {
  const written = manifest(shots(1), { budget: { cap: 0.42 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, { speed: 8 });
  const going = stage.begin();
  await waitUntil("a job", async () => ((await stage.simulator.jobs()).length > 0 ? true : null));
  await waitUntil("its id", async () => {
    const step = await readLastStep(stage.ledger, "s01~t1");
    return step === "submitted" ? true : null;
  });
  expect((await stage.simulator.jobs())[0]?.state).not.toBe("COMPLETED");
  going.kill("SIGKILL");
  await going.ended;
  expect(await buyUntilSettled(stage)).toEqual(["0"]);
  expect(await findProblems(stage, { cap: "0.42" })).toEqual([]);
});

test.concurrent.for([
  ["sending", /^(?:sending|submitted)$/],
  // Told before it is written.
  ["submitted", /^(?:sending|submitted)$/],
  ["waiting", /^submitted$/],
  ["progress", /^submitted$/],
  // The moment in between is short; killed-while-writing.test.ts catches it for certain.
  ["settled", /^(?:settled|delivered)$/],
  ["downloading", /^(?:settled|delivered)$/],
  ["delivered", /^delivered$/],
] as const)(
  "killed when a line is %s, the next run continues from there",
  async ([event, state], context) => {
    // Downloads take their time, so that a kill can come between what is paid for and what is here.
    const stage = await CampaignFolder.inProcess(cleanUpAfter(context), THREE, {
      speed: 30,
      faults: "slow:100%",
    });
    const going = stage.begin({ options: ["-j", "2", ...WATCHED] });
    await waitForEvent(going, stage.cwd, { event, key: "s01~t1" });
    going.kill("SIGKILL");
    expect(await going.ended).toMatchObject({ signal: "SIGKILL" });
    expect(await readLastStep(stage.ledger, "s01~t1")).toMatch(state);
    await buyUntilSettled(stage);
    expect(await findProblems(stage, { cap: CAP })).toEqual([]);
    expect((await stage.simulator.bill()).submits).toBe(3);
  },
);
