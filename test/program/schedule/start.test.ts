import { expect, test } from "vitest";
import { readEntries } from "../rig/read-ledger.ts";
import { manifest, shots } from "../rig/manifest.ts";
import {
  startOnTerminal,
  startTopsheet,
  type EndedProgram,
  type RunningProgram,
  runTopsheet,
} from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

const MINUTE_MS = 60_000;

/** A time of every day that was some minutes ago, and does not come again while a test takes. */
function minutesAgo(minutes: number): { readonly cron: string; readonly local: string } {
  const at = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - minutes * MINUTE_MS);
  return {
    cron: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`,
    local: at.toISOString().slice(0, 16),
  };
}

interface Scheduled {
  readonly cron: string;
  readonly mode?: "continue" | "repeat";
  readonly missed?: "catch-up" | "skip";
}

function writeManifest(count: number, schedule: Scheduled, head: object = {}): string {
  const written: unknown = JSON.parse(manifest(shots(count), { concurrency: 4 }));
  return JSON.stringify(Object.assign({}, written, { schedule, ...head }));
}

const UNWATCHED = ["--max-usd", "100"];

function startScheduler(stage: CampaignFolder, ...options: readonly string[]): RunningProgram {
  const args = ["schedule", "start", "shots.yaml", "--ledger", "ledger.sqlite", ...options];
  const env = stage.proxyUrl === null ? {} : { FAL_PROXY_URL: stage.proxyUrl };
  return startTopsheet(stage.cleanup, args, { cwd: stage.cwd, env });
}

async function runOnce(
  stage: CampaignFolder,
  ...options: readonly string[]
): Promise<EndedProgram> {
  return await startScheduler(stage, "--once", ...options).ended;
}

async function expectSound(stage: CampaignFolder): Promise<void> {
  const verified = await stage.topsheet(["ledger", "verify", "--ledger", "ledger.sqlite"]);
  expect(verified).toMatchObject({ code: 0 });
}

test.concurrent("buys one edition with two schedulers at once, and leaves a later one nothing to do", async (context) => {
  const { cron, local } = minutesAgo(5);
  const text = writeManifest(6, { cron, mode: "repeat" });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), text);
  const both = await Promise.all([runOnce(stage, ...UNWATCHED), runOnce(stage, ...UNWATCHED)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const told = both.map(({ err }) => err).join("");
  expect(told).toContain(`s01~t1@${local} sent for $0.42`);
  expect(told).toContain(`6 of 6 lines of ${local.replace("T", " ")} bought, $2.52 spent.\n`);
  expect(await stage.simulator.bill()).toMatchObject({ accepted: 6, dollars: "2.52" });
  const later = await runOnce(stage, ...UNWATCHED);
  expect(later).toMatchObject({ code: 0, out: "", err: "" });
  const line = `"$NODE" "$CLI" schedule start shots.yaml --once --ledger ledger.sqlite ${UNWATCHED.join(" ")}`;
  const env = { FAL_PROXY_URL: stage.proxyUrl ?? "" };
  const asked = async (more: string): Promise<EndedProgram> =>
    await startOnTerminal(stage.cleanup, `${line}${more}`, { cwd: stage.cwd, env }).ended;
  const [seen, quiet] = await Promise.all([asked(""), asked(" --quiet")]);
  expect([seen.code, quiet.code]).toEqual([0, 0]);
  expect(seen.out).toMatch(/^Nothing is due\. Next: \d{4}-\d\d-\d\d \d\d:\d\d, in .+\.\s*$/);
  expect(quiet.out).toBe("");
  const kinds = (await readEntries(stage.ledger)).map(({ fact }) => fact.kind);
  expect(kinds.filter((kind) => kind === "occurrence")).toHaveLength(1);
  await expectSound(stage);
});

test.concurrent("exits with 0 when a campaign that continues stops at the day's cap", async (context) => {
  const { cron } = minutesAgo(5);
  const text = writeManifest(6, { cron, mode: "continue" }, { budget: { per_day: 1 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), text);
  const { code, err } = await runOnce(stage, ...UNWATCHED);
  expect(err).toContain("of per_day $1.00 are spent or held");
  expect(err).toContain("2 of 6 lines bought, $0.84 spent.\n");
  expect(code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ accepted: 2 });
  // The same, bought by hand, says that it was stopped.
  expect((await stage.run()).code).toBe(3);
  await expectSound(stage);
});

test.concurrent("exits with 3 if an edition does not fit under the day's cap, or if a cap on money stops it", async (context) => {
  const { cron } = minutesAgo(5);
  const paced = writeManifest(6, { cron, mode: "repeat" }, { budget: { per_day: 1 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), paced);
  const edition = await runOnce(stage, ...UNWATCHED);
  expect(edition.err).toContain("is over (3: ");
  expect(edition.code).toBe(3);
  const capped = writeManifest(6, { cron, mode: "continue" }, { budget: { cap: 1 } });
  const other = await CampaignFolder.inProcess(cleanUpAfter(context), capped, stage.simulator);
  expect((await runOnce(other, ...UNWATCHED)).code).toBe(3);
});

test.concurrent("needs --max-usd for each occurrence, or an approval, if no one watches", async (context) => {
  const { cron } = minutesAgo(5);
  const text = writeManifest(3, { cron, mode: "continue" });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), text);
  const refused = await runOnce(stage);
  expect(refused).toMatchObject({ code: 4, out: "" });
  expect(refused.err).toContain("error: no one watches it: add --max-usd USD");
  const unapproved = await runOnce(stage, "--require-approval");
  expect(unapproved.err).toContain("error: this needs an approval: save a plan");
  expect(unapproved.code).toBe(4);
  const ledger = ["--ledger", "ledger.sqlite"];
  await stage.topsheet(["plan", "shots.yaml", "-o", "plan.json", ...ledger]);
  const said = ["--by", "Jo", "--limit", "0.9", ...ledger];
  expect(await stage.topsheet(["approve", "plan.json", ...said])).toMatchObject({ code: 0 });
  expect((await runOnce(stage, "--require-approval")).code).toBe(4);
  const more = ["--by", "Jo", "--limit", "1.26", ...ledger];
  expect(await stage.topsheet(["approve", "plan.json", ...more])).toMatchObject({ code: 0 });
  expect(await runOnce(stage, "--require-approval")).toMatchObject({ code: 0 });
  expect(await stage.simulator.bill()).toMatchObject({ accepted: 3 });
  await expectSound(stage);
});

test.concurrent("resumes an occurrence that was killed or stopped in the middle, and buys nothing twice", async (context) => {
  const { cron, local } = minutesAgo(5);
  const text = writeManifest(12, { cron, mode: "repeat" }, { budget: { per_run: 100 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), text, { speed: 60 });
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const going = startScheduler(stage, "--once", ...UNWATCHED);
    const before = (await stage.simulator.bill()).accepted;
    await waitUntil("some lines were sent", async () =>
      (await stage.simulator.bill()).accepted >= before + 3 ? true : null,
    );
    going.kill(signal);
    const { code } = await going.ended;
    // Killed it has none; stopped it says so, or that money is on its way.
    expect([null, 143, 6]).toContain(code);
  }
  const { err } = await runOnce(stage, ...UNWATCHED);
  expect(err).toContain(`${local.replace("T", " ")} resumes.`);
  const bill = await stage.simulator.bill();
  expect(bill.accepted).toBeLessThanOrEqual(12);
  const facts = (await readEntries(stage.ledger)).map(({ fact }) => fact);
  expect(facts.filter(({ kind }) => kind === "occurrence")).toHaveLength(1);
  expect(facts.filter(({ kind }) => kind === "occurrence-resumed")).toHaveLength(2);
  await expectSound(stage);
});

test.concurrent("keeps a schedule in a rehearsal, faster than life, until it is stopped", async (context) => {
  const cleanup = cleanUpAfter(context);
  const text = writeManifest(2, { cron: "*/10 * * * *", mode: "repeat" });
  const cwd = await cleanup.folder({ "shots.yaml": text });
  const args = ["schedule", "start", "shots.yaml", "--rehearse", "--speed", "300"];
  const going = startTopsheet(cleanup, args, { cwd });
  await waitUntil("three editions were bought", () =>
    (going.told.err.match(/ is over\./g)?.length ?? 0) >= 3 ? true : null,
  );
  going.kill("SIGTERM");
  const { code, err } = await going.ended;
  expect([143, 6]).toContain(code);
  const told = err.split("\n").filter((line) => !/ (?:sent for|is made:|is in) /.test(line));
  expect(told[0]).toBe(
    "REHEARSAL proof: */10 * * * * in UTC; each time all of it is bought anew; what is missed is skipped.",
  );
  expect(told[1]).toMatch(/^REHEARSAL Next: \S+ \d\d:\d0, in \d+ /);
  const begun = err.match(/\d\d:\d0 begins\./g) ?? [];
  expect(new Set(begun).size).toBe(begun.length);
  const [ledger = ""] = /out\/rehearsal-[^/]+/.exec(err) ?? [];
  const verify = ["ledger", "verify", "--ledger", `${ledger}/ledger.sqlite`];
  expect(await runTopsheet(cleanup, verify, { cwd })).toMatchObject({ code: 0 });
});

test.concurrent("reports a manifest that is wrong when its time comes, and does not lose that time", async (context) => {
  const { cron } = minutesAgo(5);
  const good = writeManifest(1, { cron, mode: "repeat", missed: "skip" });
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    good.replace('"prompt"', '"promt"'),
  );
  const wrong = await runOnce(stage, ...UNWATCHED);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('"promt"');
  await stage.write("shots.yaml", good);
  expect((await runOnce(stage, ...UNWATCHED)).code).toBe(0);
  expect(await stage.simulator.bill()).toMatchObject({ accepted: 1 });
});
