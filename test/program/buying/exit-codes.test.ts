import { expect, test } from "vitest";
import { readRun } from "../rig/read-documents.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";

// What `run` tells a script by leaving, and a person on standard error. 130 and 143 alone: signals.test.ts.

const ONE = manifest(shots(1), { budget: { cap: 10 } });
const UNCHECKED =
  "What a billable unit costs is not known for kling-v3-turbo-pro: this price cannot be checked against a bill.";
const SENT = "s01~t1 sent for $0.42: request ID";
const MADE = "s01~t1 is made: $0.42";
const HERE = "s01~t1 is in out/proof/s01~t1.0c3f3f3f.mp4";

test.concurrent.for([
  ["0", undefined, [SENT, MADE, HERE]],
  [
    "1: a video that is gone",
    "gone:100%",
    [
      SENT,
      MADE,
      "s01~t1 is paid for, and not here: its address answered 404. Run again to fetch it.",
    ],
  ],
  [
    "5: a refusal",
    "422:100%",
    [
      SENT,
      "s01~t1 failed: the job failed with 422: The content could not be processed because it was flagged by a content checker. (content_policy_violation at body). Whether it was billed is not known; its money stays held.",
    ],
  ],
  [
    "5: a refusal that costs nothing",
    "422free:100%",
    [
      SENT,
      "s01~t1 failed: the job failed with 422: The content could not be processed because it was flagged by a content checker. (content_policy_violation at body). It costs nothing.",
    ],
  ],
  [
    "6: an answer that is lost",
    "reset:100%",
    ["s01~t1 may have been bought: no answer to the order: read ECONNRESET. $0.42 stay held."],
  ],
] as const)("%s", async ([name, faults, lines], context) => {
  const stage = await CampaignFolder.set(
    cleanUpAfter(context),
    ONE,
    faults === undefined ? {} : { faults },
  );
  const { code, err } = await stage.run();
  const heard = stderrLines(err).map((line) =>
    line.replace(/\.[0-9a-f]{8}\.mp4$/, ".0c3f3f3f.mp4"),
  );
  expect(heard).toEqual(lines);
  // Once, if a bill came at all.
  expect(err.split(UNCHECKED)).toHaveLength(err.includes(MADE) ? 2 : 1);
  expect(code).toBe(Number.parseInt(name, 10));
});

test.concurrent("2: an option without effect, and a wrong manifest", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), ONE.replace('"prompt"', '"promt"'));
  const wrong = await stage.run({ consent: ["--yes", "--max-usd", "lots"] });
  expect(wrong).toMatchObject({ code: 2, out: "" });
  expect(wrong.err).toBe('error: --max-usd takes US dollars such as 180 or 0.5, not "lots"\n');
  const misspelt = await stage.run();
  expect(misspelt).toMatchObject({ code: 2, out: "" });
  expect(misspelt.err).toContain('did you mean "prompt"?');
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
});

test.concurrent("3: a cap of the manifest, and --max-usd", async (context) => {
  const written = manifest(shots(3), { budget: { cap: 1 } });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written);
  const limited = await stage.run({
    consent: ["--yes", "--max-usd", "0.50"],
    options: ["-j", "1"],
  });
  expect(limited.code).toBe(3);
  expect(stderrLines(limited.err)).toEqual(
    expect.arrayContaining([
      "s02~t1 is not started: $0.42 of --max-usd $0.50 are spent or held, it costs $0.42",
      "Nothing more is started: a cap is reached.",
    ]),
  );
  const capped = await stage.run();
  expect(capped.code).toBe(3);
  expect(capped.err).toContain("error: cap of $1.00 is passed by $0.26 ($0.42 is spent)\n");
  expect(capped.err).toContain("hint: would not start: s03~t1\n");
  expect(await stage.simulator.bill()).toEqual({ dollars: "0.84", accepted: 2, submits: 2 });
});

test.concurrent("4: no one said yes", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), ONE);
  for (const consent of [[], ["--yes"], ["--max-usd", "5"]]) {
    const { code, out, err } = await stage.run({ consent });
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(stderrLines(err)).toEqual([
      "error: 1 line for $0.42, and no one to ask: add --yes --max-usd USD, or run a saved plan",
    ]);
  }
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
});

const PRO = { model: "kling-v3-pro" };

test.concurrent("7: the bill says more than the plan", async (context) => {
  const written = manifest([{ id: "s01", ...PRO }]);
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    faults: "overbill:100%",
  });
  const { code, out, err } = await stage.run({ options: ["--format", "json"] });
  expect(code).toBe(7);
  expect(stderrLines(err)).toContain("s01~t1 was billed $0.672 for 4.8 units, $0.504 were planned");
  expect(readRun(out).totals.spent).toBe("0.672");
  expect((await stage.simulator.bill()).dollars).toBe("0.672");
});

test.concurrent("7: a bill that cannot be read", async (context) => {
  const written = manifest([{ id: "s01", ...PRO }]);
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    faults: "oddbill:100%",
  });
  const { code, out, err } = await stage.run({ options: ["--format", "json"] });
  expect(code).toBe(7);
  const doubt = 'its billable units cannot be read: "1e3"';
  expect(stderrLines(err)).toContain(`s01~t1 is made: $0.504, but: ${doubt}`);
  expect(readRun(out).lines.map(({ warnings }) => warnings)).toEqual([[doubt]]);
  const status = await stage.topsheet(["status", "proof", "--ledger", "ledger.sqlite"]);
  expect(status).toMatchObject({ code: 0, out: expect.stringContaining("cannot be read") });
  // It was said when it was seen; the ledger keeps it.
  expect((await stage.run()).code).toBe(0);
});

test.concurrent("7: more was billed for a resumed line that is no longer in the plan", async (context) => {
  const written = manifest([{ id: "s01", ...PRO }]);
  const set = { speed: 60, faults: "overbill:100%" };
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, set);
  const going = stage.begin({ options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "waiting" });
  going.kill("SIGKILL");
  await going.ended;
  await stage.write("shots.yaml", manifest([{ id: "s02", ...PRO }]));
  // Nothing of its own plan fits, which alone is 3.
  const { code, err } = await stage.run({ consent: ["--yes", "--max-usd", "0.01"] });
  expect(stderrLines(err)).toContain("s01~t1 was billed $0.672 for 4.8 units, $0.504 were planned");
  expect(code).toBe(7);
});

test.concurrent("6 before 130: interrupted while an outcome is unknown", async (context) => {
  const written = manifest(shots(3), { concurrency: 1 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { speed: 60 });
  const board = await RecordingProxy.open(
    stage.cleanup,
    stage.simulator.url,
    async ({ turn }, forward) => {
      const answer = await forward();
      return turn === 1 ? null : answer;
    },
  );
  stage.proxyUrl = board.proxyUrl;
  const going = stage.begin({ options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "waiting", key: "s02~t1" });
  going.kill("SIGINT");
  const { code, err } = await going.ended;
  expect(code).toBe(6);
  expect(err).toContain("s01~t1 may have been bought: ");
  expect(err).toContain("Nothing more is started: interrupted.\n");
});

test.concurrent("130 before 7: interrupted, and billed more than planned", async (context) => {
  const written = manifest(
    ["a", "b"].map((id) => ({ id, ...PRO })),
    { concurrency: 1 },
  );
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    speed: 60,
    faults: "overbill:100%",
  });
  const going = stage.begin({ options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "waiting" });
  going.kill("SIGINT");
  const { code, err } = await going.ended;
  expect(code).toBe(130);
  expect(err).toContain("a~t1 was billed $0.672 for 4.8 units, $0.504 were planned\n");
});

test.concurrent("7 before 5: some refused, some billed more than planned", async (context) => {
  const written = manifest(
    shots(8).map((shot) => ({ ...shot, ...PRO })),
    { concurrency: 1 },
  );
  const faults = "422:50%,overbill:100%";
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    speed: 1_000,
    faults,
    seed: 3,
  });
  const { code, err } = await stage.run();
  expect(code).toBe(7);
  expect(err).toContain(" failed: the job failed with 422: ");
});

test.concurrent("5 before 1: some refused, some videos not available", async (context) => {
  const written = manifest(shots(8), { concurrency: 1 });
  const faults = "422:50%,gone:100%";
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, {
    speed: 1_000,
    faults,
    seed: 3,
  });
  const { code, err } = await stage.run();
  expect(code).toBe(5);
  expect(err).toContain(" is paid for, and not here: its address answered 404.");
});

test.concurrent("1 before 4 before 3: a video not available, a changed line, a line over a cap", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(2)), {
    faults: "gone:100%",
  });
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(1);
  await stage.write("shots.yaml", manifest([{ id: "s01", prompt: "Another." }, ...shots(1, 2)]));
  expect((await stage.run()).code).toBe(1);
  const fine = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1)));
  expect((await fine.run()).code).toBe(0);
  const changed = [{ id: "s01", prompt: "Another." }, ...shots(1, 2)];
  await fine.write("shots.yaml", manifest(changed, { budget: { cap: 0.6 } }));
  const told = await fine.run();
  expect(told.code).toBe(4);
  expect(told.err).toContain("error: cap of $0.60 is passed by $0.24 ($0.42 is spent)\n");
  expect(await fine.simulator.bill()).toMatchObject({ submits: 1 });
});
