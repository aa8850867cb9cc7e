import { hostname } from "node:os";
import { expect, test } from "vitest";
import { readEntries } from "../rig/read-ledger.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { startOnTerminal, startTopsheet, type RunningProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

// `status --watch`, beside a run of another process.

const WATCH = ["status", "--watch", "--ledger", "ledger.sqlite"];

async function shows(going: RunningProgram, text: string | RegExp): Promise<void> {
  await waitUntil(String(text), () => {
    if (going.over()) throw new Error(`it is over: ${going.told.out}${going.told.err}`);
    const { out } = going.told;
    return (typeof text === "string" ? out.includes(text) : text.test(out)) ? true : null;
  });
}

test.concurrent("redraws the picture on a terminal, prints a line for each change elsewhere, and exits with 0 when it is left", async (context) => {
  const written = manifest(shots(2), { budget: { cap: 5 }, concurrency: 2 });
  const stage = await CampaignFolder.set(cleanUpAfter(context), written, { speed: 25 });
  const { cwd } = stage;
  const line = `stty cols 100 rows 40; exec "$NODE" "$CLI" ${WATCH.join(" ")}`;
  const lines = startTopsheet(stage.cleanup, WATCH, { cwd });
  const terminal = startOnTerminal(stage.cleanup, line, { cwd, env: { NO_COLOR: "1" } });
  await shows(terminal, "Nothing was bought under this ledger yet.");
  const run = stage.begin({ options: ["-q"] });
  const process = `${hostname()} (process ${run.pid})`;
  await shows(terminal, "Lines: 2 in flight.");
  expect(terminal.told.out).toContain(process);
  await shows(terminal, /cap +\$5\.00 +\$0\.00 +\$0\.84 +\$4\.16/);
  expect((await run.ended).code).toBe(0);
  await shows(terminal, "No run is in progress.");
  await shows(lines, "2 made; $0.84 spent, $0.00 held\n");
  const before = await readEntries(stage.ledger);
  terminal.type("\u0003");
  lines.kill("SIGINT");
  const [drawn, told] = await Promise.all([terminal.ended, lines.ended]);
  expect([drawn.code, told.code]).toEqual([0, 0]);
  // What was seen last stays, whole.
  const last = drawn.out.slice(drawn.out.lastIndexOf("proof · watch"));
  expect(last.replaceAll("\r", "")).toBe(`proof · watch · REHEARSAL, nothing is bought

No run is in progress.

Lines: 2 made.

Cap  Limit  Spent   Held   Left
cap  $5.00  $0.84  $0.00  $4.16

$0.84 spent, $0.00 held.
`);
  expect(told.err).toBe("");
  const seen = told.out.trimEnd().split("\n");
  const words = seen.map((one) => {
    expect(one).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ proof(?: \(rehearsal\))?: /);
    return one.slice(21);
  });
  expect(words).toEqual([...new Set(words)]);
  expect(words).toContainEqual(
    `proof (rehearsal): 2 in flight; $0.00 spent, $0.84 held; ${process} has 2 in flight`,
  );
  expect(words.at(-1)).toBe("proof (rehearsal): 2 made; $0.84 spent, $0.00 held");
  expect(await readEntries(stage.ledger)).toEqual(before);
});

test.concurrent("shows unknown lines first, with what to paste, and names the machine of a dead process", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(2)), {
    faults: "hang:100%",
  });
  const run = stage.begin({ options: ["-j", "1"] });
  await waitUntil("an order", async () =>
    (await stage.simulator.jobs()).length > 0 ? true : null,
  );
  run.kill("SIGKILL");
  await run.ended;
  const line = `stty cols 120 rows 14; exec "$NODE" "$CLI" ${WATCH.join(" ")}`;
  const terminal = startOnTerminal(stage.cleanup, line, { cwd: stage.cwd });
  await shows(terminal, "s01~t1 may have been bought: its run died while it was being sent;");
  await shows(terminal, `topsheet resolve 'proof/s01~t1' --request-id ID --by YOU`);
  // A terminal of few lines keeps the top.
  await shows(terminal, "… `topsheet status` shows all of it");
  expect(terminal.told.out).not.toContain("$0.42 held.");
  terminal.type("\u0003");
  const { code, out } = await terminal.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/\(process \d+\) +0 +died; the next run takes over its lines/);
  expect(out).toContain("$0.00 spent, $0.42 held.");
});

test.concurrent("refuses what cannot be watched", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(1)));
  expect(await stage.topsheet([...WATCH, "--format", "json"])).toEqual({
    code: 2,
    signal: null,
    out: "",
    err: "error: --watch is for people: leave --format out\n",
  });
  expect(await stage.topsheet([...WATCH, "none"])).toMatchObject({
    code: 2,
    err: "error: the ledger has no campaign none; it has none yet\n",
  });
});
