import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { runTopsheet } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

// What a run needs before it spends. Off a terminal no yes is 4: exit-codes.test.ts.

const TWO = manifest(shots(2), { budget: { cap: 5 } });
const YES = ["--yes", "--max-usd", "5"];

test.concurrent("exits with 4 off a terminal without a ledger, and makes none", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": TWO });
  const around = { cwd, env: { FAL_PROXY_URL: "http://127.0.0.1:9/" } };
  const told = await runTopsheet(cleanup, ["run", "shots.yaml", ...YES], around);
  expect(told).toMatchObject({ code: 4, out: "" });
  expect(told.err).toBe(
    "error: there is no ledger .topsheet/ledger.sqlite: where this campaign has bought before, name its ledger with --ledger, or everything is bought again; for a new one, `topsheet ledger init .topsheet/ledger.sqlite`\n",
  );
  const named = { cwd, env: { ...around.env, TOPSHEET_LEDGER: "elsewhere/ledger.sqlite" } };
  expect(await runTopsheet(cleanup, ["run", "shots.yaml", ...YES], named)).toMatchObject({
    code: 4,
  });
  expect(await readdir(cwd)).toEqual(["shots.yaml"]);
});

test.concurrent("exits with 2 with neither key nor proxy, and makes no ledger", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": TWO });
  const told = await runTopsheet(cleanup, ["run", "shots.yaml", ...YES, "--ledger", "l.sqlite"], {
    cwd,
  });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain("error: FAL_KEY is not set: ");
  expect(await readdir(cwd)).toEqual(["shots.yaml"]);
});

test.concurrent("finds the nearest ledger above the manifest", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), TWO);
  expect((await stage.topsheet(["ledger", "init", "--rehearsal"])).code).toBe(0);
  const env = { FAL_PROXY_URL: stage.simulator.proxyUrl };
  expect((await stage.topsheet(["run", "shots.yaml", ...YES], env)).code).toBe(0);
  expect((await stage.topsheet(["run", "shots.yaml", ...YES], env)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("needs no yes for what costs nothing, such as fetching a missing video again", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), TWO, { faults: "gone:100%" });
  expect((await stage.run()).code).toBe(1);
  const again = await stage.run({ consent: [] });
  expect(again.code).toBe(1);
  expect(again.err).not.toContain("no one to ask");
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent.for([
  ["y\n", 0, 2],
  ["n\n", 4, 0],
  ["\n", 4, 0],
  ["\u0003", 130, 0],
] as const)(
  "asks on a terminal, and exits after %j with %i",
  async ([answer, code, submits], context) => {
    const stage = await CampaignFolder.inProcess(cleanUpAfter(context), TWO);
    const going = stage.beginOnTerminal();
    await waitUntil("the question", () => (going.told.out.includes("[y/N]") ? true : null));
    expect(going.told.out).toContain("Buy 2 lines for $0.84? [y/N]");
    going.type(answer);
    expect((await going.ended).code).toBe(code);
    expect(await stage.simulator.bill()).toMatchObject({ submits });
    if (submits > 0) return;
    expect(going.told.out).toContain("Nothing was bought.");
    expect(await readdir(stage.cwd)).not.toContain("out");
  },
);

test.concurrent("prints a sentence and no prompt before it spends off a terminal", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), TWO);
  const { err } = await stage.run({ consent: [] });
  expect(stderrLines(err)).toEqual([
    "error: 2 lines for $0.84, and no one to ask: add --yes --max-usd USD, or run a saved plan",
  ]);
});
