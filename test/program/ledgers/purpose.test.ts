import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, type TestContext } from "vitest";
import { readWorkbook } from "../../../src/sheets/read-workbook.ts";
import { readEntries, findRequests } from "../rig/read-ledger.ts";
import { WriteLock } from "../rig/write-lock.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { startOnTerminal, type EndedProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";
import { waitUntil } from "../rig/wait-until.ts";

// Whether a ledger is for real purchases or for rehearsals is said when it is made, and whoever answers has to fit.

const TWO = manifest(shots(2), { budget: { cap: 5 } });

/** A folder with a ledger of real purchases in which a plan is approved, and a simulator. */
async function approved(context: TestContext): Promise<CampaignFolder> {
  const stage = await CampaignFolder.set(cleanUpAfter(context), TWO, {}, "ledger.sqlite", "real");
  const ledger = ["--ledger", "ledger.sqlite"];
  const made = await stage.topsheet(["plan", "shots.yaml", ...ledger, "-o", "plan.json"]);
  expect(made.code).toBe(0);
  expect(
    (await stage.topsheet(["approve", "plan.json", "--by", "Ada", "--limit", "2", ...ledger])).code,
  ).toBe(0);
  return stage;
}

/** A line of shell on a terminal, with `y` to the first question. */
async function agreed(stage: CampaignFolder, line: string): Promise<EndedProgram> {
  const env = { FAL_PROXY_URL: stage.proxyUrl ?? "" };
  const going = startOnTerminal(stage.cleanup, line, { cwd: stage.cwd, env });
  await waitUntil("a question or the end", () =>
    going.over() || going.told.out.includes("[y/N]") ? true : null,
  );
  if (!going.over()) going.type("y\n");
  return await going.ended;
}

const REFUSED =
  "error: the simulator answers at FAL_PROXY_URL, and ledger.sqlite is for real purchases: to rehearse, make a ledger with `topsheet ledger init --rehearsal rehearsal.sqlite` and add `--ledger rehearsal.sqlite`; to buy, unset FAL_PROXY_URL";

test.concurrent("refuses a simulator with a real ledger before it asks, and changes nothing", async (context) => {
  const stage = await approved(context);
  const before = await readEntries(stage.ledger);
  expect(before.map(({ fact }) => fact.kind)).toEqual(["purpose", "approved"]);
  const run = '"$NODE" "$CLI" run plan.json --ledger ledger.sqlite';
  const asked = await agreed(stage, run);
  expect(asked.code).toBe(2);
  expect(asked.out.trim()).toBe(REFUSED);
  await stage.write("nightly.yaml", TWO.replace("{", '{"schedule":{"cron":"0 1 * * *"},'));
  for (const args of [
    ["run", "plan.json"],
    ["schedule", "start", "nightly.yaml"],
  ]) {
    const env = { FAL_PROXY_URL: stage.proxyUrl ?? "" };
    const told = await stage.topsheet([...args, "--ledger", "ledger.sqlite"], env);
    expect(told).toEqual({ code: 2, signal: null, out: "", err: `${REFUSED}\n` });
  }
  expect(await readEntries(stage.ledger)).toEqual(before);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
  // What is to be pasted works, and so does the real run afterwards.
  const pasted = await agreed(
    stage,
    '"$NODE" "$CLI" ledger init --rehearsal rehearsal.sqlite && "$NODE" "$CLI" run shots.yaml --ledger rehearsal.sqlite',
  );
  expect(pasted.code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
  const fal = await RecordingProxy.open(stage.cleanup, stage.simulator.url, undefined, "fal");
  stage.proxyUrl = fal.proxyUrl;
  expect((await agreed(stage, run)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("makes no real ledger for a simulator at a first run on a terminal", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), TWO);
  const told = await agreed(stage, '"$NODE" "$CLI" run shots.yaml');
  expect(told.code).toBe(4);
  expect(told.out).toContain(
    "there is no ledger .topsheet/ledger.sqlite, and the simulator answers at FAL_PROXY_URL: `topsheet ledger init --rehearsal rehearsal.sqlite`",
  );
  expect(await readdir(stage.cwd)).not.toContain(".topsheet");
});

test.concurrent("buys nothing under a rehearsal's ledger if nothing answers", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), TWO);
  stage.proxyUrl = "http://127.0.0.1:9/";
  const told = await stage.run();
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toBe(
    "error: ledger.sqlite is a rehearsal's ledger, and nothing answers at FAL_PROXY_URL: start `topsheet simulate` there\n",
  );
  expect((await readEntries(stage.ledger)).map(({ fact }) => fact.kind)).toEqual(["purpose"]);
});

test.concurrent("prints the id of an order at once, even while the ledger is locked", async (context) => {
  const written = manifest(shots(1), { budget: { cap: 5 } });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written);
  const locks: WriteLock[] = [];
  const board = await RecordingProxy.open(
    stage.cleanup,
    stage.simulator.url,
    async (_, forward) => {
      const answer = await forward();
      locks.push(new WriteLock(stage.cleanup, stage.ledger));
      return answer;
    },
  );
  stage.proxyUrl = board.proxyUrl;
  const going = stage.begin({ options: WATCHED });
  const id = await waitUntil(
    "a job",
    async () => (await stage.simulator.jobs())[0]?.requestId ?? null,
  );
  await waitUntil("its id on standard error", () => (going.told.err.includes(id) ? true : null));
  await waitUntil("its id among the events", async () => {
    const lines = await readFile(join(stage.cwd, "events.jsonl"), "utf8").catch(() => "");
    return lines.includes(id) ? true : null;
  });
  expect(locks).toHaveLength(1);
  expect(findRequests(await readEntries(stage.ledger))).toEqual([]);
  locks[0]?.open();
  expect((await going.ended).code).toBe(0);
  expect(findRequests(await readEntries(stage.ledger))).toEqual([id]);
});

test.concurrent.for([
  ["rehearsal", true],
  ["real", false],
] as const)(
  "of a %s ledger, each view of what is to be bought says so: %s",
  async ([purpose, says], context) => {
    const written = TWO.replace("{", '{"schedule":{"cron":"0 1 * * *"},');
    const stage = await CampaignFolder.set(
      cleanUpAfter(context),
      written,
      {},
      "ledger.sqlite",
      purpose,
    );
    const at = ["--ledger", "ledger.sqlite"];
    const saved = ["-o", "plan.json", "-o", "plan.html", "-o", "plan.md", "-o", "plan.xlsx"];
    const plan = await stage.topsheet(["plan", "shots.yaml", ...at, ...saved]);
    const read = async (name: string): Promise<string> =>
      await readFile(join(stage.cwd, name), "utf8");
    const sheets = await readFile(join(stage.cwd, "plan.xlsx"));
    const signed = ["--by", "Ada", "--limit", "2"];
    const raised = ["--campaign", "proof", "--cap", "cap", "--usd", "1", ...signed.slice(0, 2)];
    const views: Readonly<Record<string, string>> = {
      "plan, table": plan.out,
      "plan, JSON": await read("plan.json"),
      "plan, page": await read("plan.html"),
      "plan, Markdown": await read("plan.md"),
      "plan, workbook": JSON.stringify(await readWorkbook("plan.xlsx", sheets)),
      approve: (await stage.topsheet(["approve", "plan.json", ...signed, ...at])).err,
      approval: await read("plan.approval.json"),
      "schedule list, table": (await stage.topsheet(["schedule", "list", "shots.yaml", ...at])).out,
      "schedule list, JSON": (
        await stage.topsheet(["schedule", "list", "shots.yaml", "--format", "json", ...at])
      ).out,
    };
    const saying = Object.keys(views).filter((view) => /rehearsal/i.test(views[view] ?? ""));
    expect(Object.values(views).every((text) => text.length > 40)).toBe(true);
    expect(saying).toEqual(says ? Object.keys(views) : []);
    // A cap can be raised once it was agreed to.
    expect((await stage.run()).code).toBe(says ? 0 : 2);
    const told = await stage.topsheet(["overage", ...raised, "--why", "rain", ...at]);
    expect(told.err.includes("REHEARSAL")).toBe(says);
  },
);
