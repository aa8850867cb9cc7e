import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEntries, findRequests } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { runPasted, ROOT, runTopsheet } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";

const AURORA = join(ROOT, "manifests/aurora-launch.yaml");

test.concurrent("rehearses the example from end to end, and says everywhere that it is a rehearsal", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder();
  const args = ["run", AURORA, "--rehearse", "--speed", "200", "--out", "films"];
  const { code, out, err } = await runTopsheet(cleanup, args, { cwd });
  expect(code).toBe(0);
  expect(err).toContain("REHEARSAL: the simulator answers, nothing is bought.\n");
  const told = err.split("\n").filter((line) => / (?:sent for|is made:|is in) /.test(line));
  expect(told.length).toBe(36);
  expect(told.filter((line) => !line.startsWith("REHEARSAL "))).toEqual([]);
  expect(out).toMatch(/^aurora-launch · REHEARSAL, nothing was bought\n/);
  expect(out).toContain("12 of 12 lines made, ");
  expect(out).toContain(" would have been spent.");
  const [folder = "", ...more] = await readdir(join(cwd, "films"));
  expect(folder).toMatch(/^rehearsal-\d{4}-\d\d-\d\dT/);
  expect(more).toEqual([]);
  expect(await readdir(cwd)).toEqual(["films"]);
  const made = await readdir(join(cwd, "films", folder, "aurora-launch"));
  expect(made.filter((name) => name.endsWith(".mp4"))).toHaveLength(12);
  expect(made.filter((name) => name.endsWith(".mp4.json"))).toHaveLength(12);
  const ledger = join("films", folder, "ledger.sqlite");
  expect(
    await runTopsheet(cleanup, ["ledger", "verify", "--ledger", ledger], { cwd }),
  ).toMatchObject({
    code: 0,
  });
  // What is printed last is there to be pasted.
  const lines = err.split("\n").filter((line) => line.startsWith("  topsheet "));
  expect(lines).toEqual([
    `  topsheet status --ledger ${ledger}`,
    `  topsheet report --ledger ${ledger}`,
  ]);
  for (const line of lines) {
    const { code: shown, out: view } = await runPasted(cleanup, line, { cwd });
    expect(shown).toBe(0);
    expect(view).toMatch(/^aurora-launch · .* · REHEARSAL, nothing was bought\n/);
  }
});

const SIX = manifest(shots(6), { budget: { cap: 9 } });
const REHEARSE = ["run", "shots.yaml", "--rehearse", "--speed", "500", "--format", "json"];

test.concurrent("buys everything in each of two rehearsals at once, and in one after them", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": SIX });
  const both = await Promise.all(
    [0, 1].map(async () => await runTopsheet(cleanup, REHEARSE, { cwd })),
  );
  for (const { code, out } of [...both, await runTopsheet(cleanup, REHEARSE, { cwd })]) {
    expect(code).toBe(0);
    expect(readRun(out)).toMatchObject({ rehearsal: true, totals: { settled: 6, spent: "2.52" } });
  }
  const folders = await readdir(join(cwd, "out"));
  expect(folders).toHaveLength(3);
  for (const folder of folders) {
    expect(findRequests(await readEntries(join(cwd, "out", folder, "ledger.sqlite")))).toHaveLength(
      6,
    );
  }
});

test.concurrent("ignores FAL_PROXY_URL, FAL_KEY and the real ledger", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), SIX);
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  const env = {
    FAL_PROXY_URL: "http://127.0.0.1:9/",
    FAL_KEY: "someone:secret",
    TOPSHEET_LEDGER: stage.ledger,
  };
  const before = await readEntries(stage.ledger);
  const told = await stage.topsheet(REHEARSE, env);
  expect(told.code).toBe(0);
  expect(readRun(told.out).totals.settled).toBe(6);
  expect(await readEntries(stage.ledger)).toEqual(before);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 1 });
});

test.concurrent("makes the same picture twice with the same seed, and another with another seed", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({
    "shots.yaml": manifest(shots(30), { budget: { cap: 50 }, concurrency: 1 }),
  });
  const luck = async (seed: string) => {
    const faults = ["--faults", "reset:30%,422:20%", "--seed", seed, "--speed", "2000"];
    const { code, out } = await runTopsheet(
      cleanup,
      [...REHEARSE.slice(0, 3), "--format", "json", ...faults],
      { cwd },
    );
    expect(code).toBe(6);
    return statesByKey(readRun(out));
  };
  const [one, two, three] = await Promise.all([luck("7"), luck("7"), luck("8")]);
  expect(one).toEqual(two);
  expect(one).not.toEqual(three);
  const states = Object.values(one ?? {});
  expect(new Set(states)).toEqual(new Set(["settled", "failed", "unknown"]));
});

test.concurrent("refuses to rehearse under a real ledger, and to buy under a rehearsal's", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), SIX);
  expect((await stage.topsheet(REHEARSE)).code).toBe(0);
  const [folder = ""] = await readdir(join(stage.cwd, "out"));
  const rehearsed = join("out", folder, "ledger.sqlite");
  const env = { FAL_KEY: "someone:secret", HTTPS_PROXY: "http://127.0.0.1:9" };
  const told = await stage.topsheet(
    ["run", "shots.yaml", "--yes", "--max-usd", "9", "--ledger", rehearsed],
    env,
  );
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain("is a rehearsal's ledger: nothing real is bought under it\n");
});

test.concurrent.for([
  ["--speed", "0", "--speed takes a number from 1 to 10000"],
  ["--faults", "rest:5%", 'there is no fault "rest"'],
  ["--seed", "x", "--seed takes a whole number"],
] as const)("refuses %s %s, and makes nothing", async ([option, value, says], context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": SIX });
  const told = await runTopsheet(cleanup, ["run", "shots.yaml", "--rehearse", option, value], {
    cwd,
  });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain(says);
  expect(await readdir(cwd)).toEqual(["shots.yaml"]);
});
