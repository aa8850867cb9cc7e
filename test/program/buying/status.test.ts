import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { statesByKey, readStatus } from "../rig/read-documents.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { manifest, type Shot, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";

const STATUS = ["status", "--ledger", "ledger.sqlite"];

test.concurrent("shows what is in flight during a run, since when and under which request", async (context) => {
  const written = manifest(shots(3), { concurrency: 2 });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, { speed: 2 });
  const going = stage.begin({ options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "waiting", times: 2 });
  const told = await stage.topsheet(STATUS);
  expect(told).toMatchObject({ code: 0, err: "" });
  for (const { requestId } of await stage.simulator.jobs()) {
    expect(told.out).toMatch(new RegExp(`in flight +\\$0\\.42 +request ${requestId}, for \\S`));
  }
  expect(told.out).toContain("A run is in progress, started ");
  expect(told.out).toContain("$0.00 spent, $0.84 held.");
  const document = readStatus((await stage.topsheet([...STATUS, "--format", "json"])).out);
  expect(statesByKey(document)).toEqual({ "s01~t1": "submitted", "s02~t1": "submitted" });
  expect(document.runs).toMatchObject([{ alive: true }]);
  going.kill("SIGKILL");
  await going.ended;
  const after = await stage.topsheet(STATUS);
  expect(after.out).toMatch(
    /A run that started .+ ago has died; the next run takes over what it left\./,
  );
});

test.concurrent("changes nothing with status and verify, even after a run that died", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(2)), {
    faults: "hang:100%",
  });
  const going = stage.begin({ options: WATCHED });
  await waitForEvent(going, stage.cwd, { event: "sending", times: 2 });
  await sleep(100);
  going.kill("SIGKILL");
  await going.ended;
  const first = await stage.topsheet([...STATUS, "--format", "json"]);
  await stage.topsheet(["ledger", "verify", "--ledger", "ledger.sqlite"]);
  expect((await stage.topsheet([...STATUS, "--format", "json"])).out).toBe(first.out);
  expect(statesByKey(readStatus(first.out))).toEqual({ "s01~t1": "unknown", "s02~t1": "unknown" });
});

/** Keys that a shell would make something of, if they were not quoted. */
const AWKWARD: readonly Shot[] = [
  {
    id: "bottle",
    prompt: "A ${{ matrix.what }} bottle.",
    matrix: { what: ["it's $HOME", "`a` b;c", '"quoted" \\ * ?'] },
  },
];

/** The commands that status offers, a line's own one after the other. */
function offered(out: string): readonly string[] {
  return out
    .split("\n")
    .filter((line) => line.startsWith("    topsheet "))
    .map((line) =>
      line.trim().replace("--by YOU", "--by Ann").replace('"what you found"', '"it is listed"'),
    );
}

test.concurrent("offers commands for an unknown line that work when they are pasted into a shell", async (context) => {
  const written = manifest(AWKWARD, { budget: { cap: 1.26 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, {
    faults: "reset:100%",
  });
  expect((await stage.run()).code).toBe(6);
  const told = await stage.topsheet(STATUS);
  const commands = offered(told.out);
  expect(commands).toHaveLength(9);
  expect(told.out.indexOf("may have been bought")).toBeLessThan(told.out.indexOf("State"));
  const jobs = new Map(
    (await stage.simulator.jobs()).map(({ input, requestId }) => [input["prompt"], requestId]),
  );
  // Each line's own three come behind the prompt to look for.
  const prompts = [...told.out.matchAll(/for the prompt "(.+)", then paste one of/g)];
  expect(new Set(prompts.map(([, prompt]) => prompt))).toEqual(new Set(jobs.keys()));
  for (const [line, [, prompt = ""]] of prompts.entries()) {
    const id = jobs.get(prompt) ?? "";
    const pasted = await stage.paste((commands[line * 3] ?? "").replace(" ID ", ` ${id} `));
    expect(pasted).toMatchObject({ code: 0, out: "" });
    expect(pasted.err).toContain(`in flight as request ${id}; run again to collect it`);
  }
  expect((await stage.run()).code).toBe(0);
  expect(await findProblems(stage, { cap: "1.26" })).toEqual([]);
});

test.concurrent("offers two other commands that work, of which the second corrects the first", async (context) => {
  const written = manifest(AWKWARD, { budget: { cap: 1.26 } });
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), written, {
    faults: "refuse:100%",
  });
  expect((await stage.run()).code).toBe(6);
  const commands = offered((await stage.topsheet(STATUS)).out);
  const [, notCharged = "", charged = ""] = commands;
  expect(notCharged).toContain(" --not-charged ");
  const freed = await stage.paste(notCharged);
  expect(freed.code).toBe(0);
  expect(freed.err).toContain("not bought, $0.42 are free again; run buys it anew\n");
  expect(await stage.paste(charged)).toMatchObject({ code: 0 });
  expect(await stage.paste(charged)).toMatchObject({ code: 2 });
  const billed = await stage.paste(commands[5] ?? "");
  expect(billed.code).toBe(0);
  expect(billed.err).toContain("$0.42 count as spent\n");
  const status = readStatus((await stage.topsheet([...STATUS, "--format", "json"])).out);
  const states = status.lines.map(({ state }) => state).toSorted();
  expect(states).toEqual(["failed", "failed", "unknown"]);
  expect(status.totals).toEqual({ spent: "0.84", held: "0.42" });
});

test.concurrent("refuses an id that belongs to another line", async (context) => {
  const stage = await CampaignFolder.inProcess(
    cleanUpAfter(context),
    manifest(shots(6), { concurrency: 1 }),
    {
      faults: "reset:30%",
      seed: 2,
    },
  );
  const told = await stage.run({ options: ["--format", "json"] });
  expect(told.code).toBe(6);
  const { lines } = readStatus((await stage.topsheet([...STATUS, "--format", "json"])).out);
  const lost = lines.find(({ state }) => state === "unknown");
  const fine = lines.find(({ state }) => state === "settled");
  expect([lost, fine].every((line) => line !== undefined)).toBe(true);
  const [key = "", id = ""] = [lost?.key, fine?.request_id ?? undefined];
  const why = ["--by", "Ada", "--why", "mistaken", "--ledger", "ledger.sqlite"];
  const refused = await stage.topsheet(["resolve", `proof/${key}`, "--request-id", id, ...why]);
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.err).toBe(`error: that request is ${fine?.key ?? ""}'s already\n`);
});
