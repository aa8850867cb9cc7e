import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { FAMILIES, useFamilies } from "../../../src/catalogue/models.ts";
import { main } from "../../../src/cli/program.ts";
import { processShell } from "../../../src/cli/wiring.ts";
import { readConnections, VENDORS } from "../../../src/vendors/vendors.ts";
import { makeVideo } from "../../../src/simulator/video.ts";
import { asked, connect } from "./connection.ts";
import { stubFamily } from "./model.ts";

// A second vendor is this folder and an entry in VENDORS: the whole program buys from it, with a ledger on disk.

beforeEach(() => {
  asked.length = 0;
  useFamilies([...FAMILIES, stubFamily]);
});

const machine = processShell();

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process with the real disk and ledgers; only the environment and the network are fakes. */
async function topsheet(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Told> {
  const told = { out: "", err: "" };
  const clip = await makeVideo({ seconds: 5, ratio: "16:9", size: "HD", audio: false });
  const code = await main(args, {
    ...machine,
    out: (text) => {
      told.out += text;
    },
    err: (text) => {
      told.err += text;
    },
    here: folder,
    buying: async () => ({
      ...(await machine.buying()),
      problem: null,
      connections: await readConnections(
        { ...VENDORS, stub: async () => connect },
        (name) => variables[name] ?? null,
      ),
      fetch: async (url) => {
        if (url !== "https://stub.example/clip.mp4") throw new Error(`nobody is at ${url}`);
        return new Response(new Uint8Array(clip), { headers: { "content-type": "video/mp4" } });
      },
      interactive: false,
      onSignal: () => () => undefined,
    }),
  });
  return { code, ...told };
}

async function stage(shots: string): Promise<{
  readonly run: (variables: Readonly<Record<string, string>>) => Promise<Told>;
  readonly ledger: (...words: readonly string[]) => Promise<string>;
  readonly folder: string;
}> {
  const folder = await mkdtemp(join(tmpdir(), "topsheet-stub-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const [file, ledger] = [join(folder, "shots.yaml"), join(folder, "ledger.sqlite")];
  await writeFile(file, `topsheet: 1\ncampaign: two-vendors\nshots:\n${shots}`);
  expect((await topsheet(folder, ["ledger", "init", ledger], {})).code).toBe(0);
  const options = ["--ledger", ledger, "--out", join(folder, "out"), "--yes", "--max-usd", "9"];
  return {
    folder,
    run: async (variables) => await topsheet(folder, ["run", file, ...options], variables),
    ledger: async (...words) => (await topsheet(folder, [...words, "--ledger", ledger], {})).out,
  };
}

const KITE = "  - { id: kite, model: stub-one, prompt: A kite. }\n";

test("buys, settles and delivers a line of a second vendor through the whole of run", async () => {
  const { run, ledger, folder } = await stage(KITE);
  const { code, err } = await run({ STUB_KEY: "s3cret" });
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(asked).toEqual([
    'submit stub/one/text-to-video {"prompt":"A kite.","duration":"5"}',
    "collect stub-A kite.",
  ]);
  const status = JSON.parse(await ledger("status", "--format", "json"));
  expect(JSON.stringify(status)).toContain('"0.15"');
  expect(await ledger("ledger", "verify")).toContain("all in order");
  const again = await run({ STUB_KEY: "s3cret" });
  expect(again.code).toBe(0);
  expect(asked).toHaveLength(2);
  const files = await readFile(join(folder, "ledger.sqlite"), "latin1");
  expect(files).toContain("stub-A kite.");
  expect(files).not.toContain("s3cret");
});

test("asks for the key of the vendor whose lines are bought", async () => {
  const { run } = await stage(`${KITE}  - { id: lake, model: kling-o3-4k, prompt: A lake. }\n`);
  expect(await run({ STUB_KEY: "s3cret" })).toMatchObject({
    code: 2,
    err: expect.stringContaining("FAL_KEY is not set"),
  });
  expect(await run({ FAL_KEY: "id:secret" })).toMatchObject({
    code: 2,
    err: expect.stringContaining("STUB_KEY is not set"),
  });
  expect(asked).toEqual([]);
});

test("keeps the units of a billed failure without fal's header", async () => {
  const { run, ledger } = await stage("  - { id: kite, model: stub-one, prompt: fail }\n");
  expect((await run({ STUB_KEY: "s3cret" })).code).toBe(5);
  const rows = await ledger("ledger", "export", "--format", "jsonl");
  const failed = rows.split("\n").find((row) => row.includes('"failed"'));
  expect(failed).toContain('"billableUnits":"15"');
  expect(await ledger("ledger", "verify")).toContain("all in order");
});

test("names the second vendor's charges as the place to look for a failure", async () => {
  const { run, ledger } = await stage("  - { id: kite, model: stub-one, prompt: fail unbilled }\n");
  expect((await run({ STUB_KEY: "s3cret" })).code).toBe(5);
  const status = await ledger("status");
  expect(status).toContain("among the invoices of stub.example, then paste one of");
  expect(status).not.toMatch(/\bfal\b/);
});
