import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRun } from "../rig/read-documents.ts";
import { readEvents } from "../rig/read-events.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";

const JSON_TOO = [...WATCHED, "--format", "json"];
const MONEY = /^(?:cost|spent|held|excess|limit|used|planned|to_spend)$/;

/** Everything in a document that is called like money. */
function moneyIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => moneyIn(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    MONEY.test(name) ? [inner] : moneyIn(inner),
  );
}

test.concurrent("prints one document with --format json and one for each line of --events, with money as decimal text", async (context) => {
  const faults = "422free:30%,reset:20%,gone:20%,overbill:50%";
  const written = manifest(
    [...shots(8), ...shots(4, 20).map((shot) => ({ ...shot, model: "kling-v3-pro" }))],
    { budget: { cap: 4.2 }, concurrency: 4 },
  );
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, { faults, seed: 4 });
  const { code, out } = await stage.run({ options: JSON_TOO });
  expect(code).toBe(6);
  const document = readRun(out);
  expect(new Set(document.lines.map(({ state }) => state))).toEqual(
    new Set(["settled", "failed", "unknown", "over-cap", "to-buy"]),
  );
  const text = await readFile(join(stage.cwd, "events.jsonl"), "utf8");
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBe((await readEvents(stage.cwd)).length);
  const seen: readonly unknown[] = lines.map((line): unknown => JSON.parse(line));
  const amounts = moneyIn([JSON.parse(out), ...seen]);
  expect(amounts.length).toBeGreaterThan(50);
  // Null: a line without a hold has no cost yet.
  const other = amounts.filter(
    (amount) => amount !== null && !(typeof amount === "string" && /^\d+\.\d{2,6}$/.test(amount)),
  );
  expect(other).toEqual([]);
});

test.concurrent("writes the events of a line in order, and those of the next run after them", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(1)), {
    speed: 30,
  });
  expect((await stage.run({ options: WATCHED })).code).toBe(0);
  const kinds = (await readEvents(stage.cwd)).map(({ event }) => event);
  expect([...new Set(kinds)]).toEqual([
    "started",
    "reserved",
    "sending",
    "submitted",
    "waiting",
    "progress",
    "settled",
    "downloading",
    "delivered",
    "ended",
  ]);
  expect((await stage.run({ options: WATCHED })).code).toBe(0);
  expect((await readEvents(stage.cwd)).slice(kinds.length).map(({ event }) => event)).toEqual([
    "started",
    "ended",
  ]);
});

test.concurrent("warns once if events cannot be written, and continues", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(2)));
  for (const file of ["no/such/folder/e.jsonl", "/dev/full"]) {
    const { code, err } = await stage.run({ options: ["--events", file] });
    expect(code).toBe(0);
    expect(err.split(`warning: events cannot be written to ${file}\n`)).toHaveLength(2);
  }
  expect(await stage.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("prints nothing of what goes well with --quiet", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(2)), {
    faults: "422:50%",
    seed: 2,
  });
  const { err, out } = await stage.run({ options: ["--quiet"] });
  expect(err).toMatch(/^s0[12]~t1 failed: [^\n]+\n$/);
  expect(out).toContain("1 of 2 lines made");
});

test.concurrent("exits with 1 if the disk of standard output is full, and what was bought is in the ledger", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(1)));
  const env = `FAL_PROXY_URL=${stage.simulator.proxyUrl}`;
  const told = await stage.paste(
    `export ${env}; topsheet run shots.yaml --yes --max-usd 5 --ledger ledger.sqlite > /dev/full`,
  );
  expect(told.code).toBe(1);
  expect((await stage.run()).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 1 });
});
