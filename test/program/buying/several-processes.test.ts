import { expect, test } from "vitest";
import { readEntries, readLastStep, moneyThroughout, findRequests } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { runOther } from "../rig/start-program.ts";
import { COST, manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

const BUDGET = { budget: { cap: 3.5 } };
// 24 shots at $0.42 are $10.08: the cap fits a third, 8 of them for $3.36.
const FITS = 8 * COST;

/** Four manifests of one campaign that overlap: halves, the middle, and all of it from behind. */
async function fourManifests(stage: CampaignFolder): Promise<readonly string[]> {
  const files = {
    "a.yaml": shots(12),
    "b.yaml": shots(12, 7),
    "c.yaml": shots(12, 13),
    "d.yaml": shots(24).toReversed(),
  };
  for (const [name, chosen] of Object.entries(files)) {
    await stage.write(name, manifest(chosen, BUDGET));
  }
  return Object.keys(files);
}

test.concurrent("uses all of a cap for a third of the lines and never passes it, in four processes with overlapping manifests", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1), BUDGET), {
    speed: 100,
  });
  // The campaign is there already: two that make it at the same moment are remembered-caps.test.ts's.
  expect((await stage.run()).code).toBe(0);
  const files = await fourManifests(stage);
  const ended = await Promise.all(
    files.map(async (file) => await stage.run({ file, options: ["-j", "4"] })),
  );
  // Over the cap each of them ends by itself; who is done while others have lines in flight says so with a 6.
  for (const { code, err } of ended) {
    expect([3, 6]).toContain(code);
    // One that comes late sees at once that nothing fits any more.
    expect(err).toMatch(
      /^Nothing more is started: a cap is reached\.$|error: cap of \$3\.50 is passed/m,
    );
  }
  const entries = await readEntries(stage.ledger);
  const money = moneyThroughout(entries);
  const most = Math.max(...money.map(({ spent, held }) => spent + held));
  expect(most).toBe(FITS);
  expect(money.at(-1)).toMatchObject({ spent: FITS, held: 0 });
  const jobs = await stage.simulator.jobs();
  expect(new Set(jobs.map(({ input }) => String(input["prompt"]))).size).toBe(8);
  expect(await stage.simulator.bill()).toEqual({ dollars: "3.36", accepted: 8, submits: 8 });
  expect(findRequests(entries).toSorted()).toEqual(
    jobs.map(({ requestId }) => requestId).toSorted(),
  );
  const verified = await stage.topsheet(["ledger", "verify", "--ledger", "ledger.sqlite"]);
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toContain("all in order");
});

test.concurrent("makes every purchase once in two processes with one manifest, and the last to end says that all is well", async (context) => {
  const written = manifest(shots(12), { budget: { cap: 5.04 }, concurrency: 3 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { speed: 60 });
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  const order: (number | null)[] = [];
  const ended = await Promise.all(
    [0, 1].map(async () => {
      const told = await stage.run({ options: ["--format", "json"] });
      order.push(told.code);
      return told;
    }),
  );
  expect([0, 6]).toContain(order[0]);
  expect(order[1]).toBe(0);
  // Both had a part in it: neither only looked on.
  for (const { err } of ended) expect(err).toMatch(/sent for \$0\.42/);
  const whole = ended.find(({ out }) => readRun(out).totals.settled === 12);
  expect(whole).toBeDefined();
  expect((await stage.simulator.bill()).submits).toBe(12);
  expect(await findProblems(stage, { cap: "5.04" })).toEqual([]);
});

test.concurrent("leaves another process's line in flight alone", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1)), { speed: 1 });
  const first = stage.begin({ options: ["--format", "json"] });
  await waitUntil("a job", async () => ((await stage.simulator.jobs()).length > 0 ? true : null));
  const second = await stage.run({ options: ["--format", "json"] });
  expect(second.code).toBe(6);
  expect(statesByKey(readRun(second.out))).toEqual({ "s01~t1": "in-flight" });
  expect(first.over()).toBe(false);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 1 });
});

test.concurrent("takes a process for alive whose /proc cannot be read", async (context) => {
  const cleanup = cleanUpAfter(context);
  const stage = await CampaignFolder.set(cleanup, manifest(shots(1)), { speed: 1 });
  const first = stage.begin();
  await waitUntil("a job", async () => ((await stage.simulator.jobs()).length > 0 ? true : null));
  const own = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const hidden = `mount -t tmpfs none /proc/${first.pid} && exec "$NODE" "$CLI" run shots.yaml --yes --max-usd 9 --format json --ledger ledger.sqlite`;
  const second = await runOther(cleanup, "unshare", ["--mount", ...own, "sh", "-c", hidden], {
    cwd: stage.cwd,
    env: { FAL_PROXY_URL: stage.proxyUrl ?? "" },
  });
  expect(second.err).not.toContain("resumes: request");
  expect(second.code).toBe(6);
  expect(statesByKey(readRun(second.out))).toEqual({ "s01~t1": "in-flight" });
  expect(first.over()).toBe(false);
});

test.concurrent("resumes the lines of a dead run, and not those of a living one", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1)));
  const proxy = await RecordingProxy.open(stage.cleanup, stage.simulator.url);
  stage.proxyUrl = proxy.proxyUrl;
  // Until then no job is seen done.
  const answer = proxy.holdBack();
  await stage.write("other.yaml", manifest(shots(1, 50)));
  const submitted = async (key: string): Promise<void> => {
    await waitUntil(key, async () =>
      (await readLastStep(stage.ledger, key)) === "submitted" ? true : null,
    );
  };
  const dead = stage.begin();
  await submitted("s01~t1");
  const alive = stage.begin({ file: "other.yaml" });
  await submitted("s50~t1");
  dead.kill("SIGKILL");
  await dead.ended;
  const next = stage.begin({ file: "other.yaml" });
  await waitUntil("the line that resumes", () =>
    next.told.err.includes("s01~t1 resumes: request ") ? true : null,
  );
  answer();
  const told = await next.ended;
  expect(told.err).not.toContain("s50~t1 resumes");
  expect((await alive.ended).code).toBe(0);
  expect((await stage.run()).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2, accepted: 2 });
});

test.concurrent("collects and delivers once what two runs resume from a third, without another order", async (context) => {
  const written = manifest(shots(4), { budget: { cap: 1.68 }, concurrency: 4 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written);
  const proxy = await RecordingProxy.open(stage.cleanup, stage.simulator.url);
  stage.proxyUrl = proxy.proxyUrl;
  const answer = proxy.holdBack();
  const dead = stage.begin();
  await waitUntil("four requests", async () =>
    findRequests(await readEntries(stage.ledger)).length === 4 ? true : null,
  );
  dead.kill("SIGKILL");
  await dead.ended;
  answer();
  const both = await Promise.all([stage.run(), stage.run()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await findProblems(stage, { cap: "1.68" })).toEqual([]);
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.68", accepted: 4, submits: 4 });
});
