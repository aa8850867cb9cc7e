import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { runTopsheet } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";

const SECRET = "5ecre7ha1fca11edf00d5ecre7ha1fca";
const KEY = `0f1e2d3c-id-of-the-key:${SECRET}`;
const TRACES = [
  KEY,
  SECRET,
  Buffer.from(KEY).toString("base64"),
  Buffer.from(SECRET).toString("base64"),
];

/** Every file under a folder, hidden ones and the ledger's helpers too, in which a trace of the key is. */
async function traced(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((name) => name.isFile())
    .map((name) => join(name.parentPath, name.name));
  expect(files.length).toBeGreaterThan(2);
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
  return texts.flatMap(([file, text]) =>
    TRACES.some((trace) => text.includes(trace)) ? [file] : [],
  );
}

const KEYS = [
  ["FAL_KEY", { FAL_KEY: KEY }],
  ["its two halves", { FAL_KEY_ID: "0f1e2d3c-id-of-the-key", FAL_KEY_SECRET: SECRET }],
] as const;

test.concurrent.for(KEYS)(
  "neither sends nor writes the key in %s behind a proxy, whatever goes wrong",
  async ([, env], context) => {
    const faults = "422:20%,reset:20%,500:10%,gone:20%,nobill:20%";
    const written = manifest(shots(10), { concurrency: 5 });
    const stage = await CampaignFolder.set(cleanUpAfter(context), written, { faults, seed: 4 });
    const board = await RecordingProxy.open(stage.cleanup, stage.simulator.url);
    stage.proxyUrl = board.proxyUrl;
    const told = await stage.run({ env, options: [...WATCHED, "--format", "json"] });
    expect(told.code).toBe(6);
    const status = await stage.topsheet(["status", "--ledger", "ledger.sqlite"], env);
    const wrong = await stage.run({ env, file: "missing.yaml" });
    expect(wrong.code).toBe(2);
    for (const { out, err } of [told, status, wrong]) {
      for (const trace of TRACES) expect(out + err).not.toContain(trace);
    }
    const orders = board.passed.filter(({ method }) => method === "POST");
    expect(orders).toHaveLength(10);
    for (const { headers, body, target } of board.passed) {
      expect(headers).not.toMatch(/^authorization/im);
      for (const trace of TRACES) expect(headers + body + target).not.toContain(trace);
    }
    // Downloads go past the proxy, straight to where the videos are.
    const { requests } = await stage.simulator.requests();
    expect(requests.filter(({ kind }) => kind === "file").length).toBeGreaterThan(0);
    expect(requests.filter(({ authorization }) => authorization)).toEqual([]);
    expect(await traced(stage.cwd)).toEqual([]);
  },
);

test.concurrent.for(KEYS)("ignores the key in %s in a rehearsal", async ([, env], context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": manifest(shots(4)) });
  const faults = ["--faults", "422:30%,reset:30%", "--seed", "3"];
  const args = ["run", "shots.yaml", "--rehearse", "--speed", "1000", "--events", "e.jsonl"];
  const told = await runTopsheet(cleanup, [...args, ...faults], { cwd, env });
  expect([0, 5, 6]).toContain(told.code);
  for (const trace of TRACES) expect(told.out + told.err).not.toContain(trace);
  expect(await traced(cwd)).toEqual([]);
});

test.concurrent("does not write a key that a proxy repeats in its answer", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1)));
  // A proxy that was given the key by someone else, and repeats it in its answer.
  const board = await RecordingProxy.open(stage.cleanup, stage.simulator.url, async () => ({
    status: 400,
    headers: { "content-type": "application/json", "x-fal-simulated": "1" },
    body: JSON.stringify({ detail: `bad header: Authorization: Key ${KEY}` }),
  }));
  stage.proxyUrl = board.proxyUrl;
  const told = await stage.run({ env: { FAL_KEY: KEY }, options: WATCHED });
  expect(told.code).toBe(5);
  for (const trace of TRACES) expect(told.out + told.err).not.toContain(trace);
  expect(await traced(stage.cwd)).toEqual([]);
});
