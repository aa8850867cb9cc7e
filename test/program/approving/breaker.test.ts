import { expect, test } from "vitest";
import * as z from "zod";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { settleUnknowns } from "../rig/settle-unknowns.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import { RecordingProxy, type Treatment } from "../rig/recording-proxy.ts";
import { clockAhead, HOUR } from "../rig/set-clock.ts";
import { type Context, LEDGER, no, ordered, refused, sent, stageOf } from "./approve-and-run.ts";

// What ends a run early: money within an hour, failures in a row, money of unknown outcome. What is in flight is
// waited for, nothing more is sent, and running again goes on.

function written(breaker: object, concurrency = 2, budget: object = {}): string {
  return manifest(shots(5), { budget: { cap: 20, ...budget, breaker }, concurrency });
}

/** A stage whose orders pass a switchboard: slow enough for a line to be in flight while others end. */
async function meddledStage(
  context: Context,
  text: string,
  treat: Treatment,
): Promise<CampaignFolder> {
  const stage = await stageOf(context, text, { speed: 60 });
  stage.proxyUrl = (await RecordingProxy.open(stage.cleanup, stage.simulator.url, treat)).proxyUrl;
  return stage;
}

const stopped = z.object({
  stopped: z.object({ because: z.string(), why: z.string() }).nullable(),
});

function stoppedOf(out: string): z.output<typeof stopped>["stopped"] {
  return stopped.parse(JSON.parse(out)).stopped;
}

const JSON_OUT = ["--format", "json"];
const PER_HOUR = "s03~t1 would bring the last hour to $1.26, over breaker.usd_per_hour of $1.00";

test.concurrent("usd_per_hour: finishes what is in flight, sends nothing more, exits with 3, and continues an hour later", async (context) => {
  const stage = await stageOf(context, written({ usd_per_hour: 1 }));
  const { code, out, err } = await stage.run({ options: JSON_OUT });
  expect(code).toBe(3);
  expect(stoppedOf(out)).toEqual({ because: "breaker", why: PER_HOUR });
  const lines = stderrLines(err);
  expect(lines.filter((line) => line.startsWith("Nothing more is started: "))).toEqual([
    `Nothing more is started: ${PER_HOUR}.`,
  ]);
  expect(statesByKey(readRun(out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "settled",
    "s03~t1": "to-buy",
    "s04~t1": "to-buy",
    "s05~t1": "to-buy",
  });
  expect(readRun(out).totals).toMatchObject({ delivered: 2, spent: "0.84", held: "0.00" });
  const again = await stage.run();
  expect(again.code).toBe(3);
  expect(again.out).toContain(`\nStopped: ${PER_HOUR}.\n`);
  expect(await sent(stage)).toBe(2);
  const later = await stage.run({ env: clockAhead(HOUR) });
  expect(later.code).toBe(3);
  expect((await stage.run({ env: clockAhead(2 * HOUR) })).code).toBe(0);
  expect(await stage.simulator.bill()).toEqual({ dollars: "2.10", accepted: 5, submits: 5 });
});

test.concurrent("continues at once after a breaker is raised, if --raise-caps confirms it", async (context) => {
  const stage = await stageOf(context, written({ usd_per_hour: 1 }));
  expect((await stage.run()).code).toBe(3);
  await stage.write("shots.yaml", written({ usd_per_hour: 3 }));
  expect(await refused(stage, {})).toEqual(
    no(
      [
        "breaker.usd_per_hour was $1.00 in the campaign's last run, and is $3.00 now.",
        "error: that could spend more than before: add --raise-caps if it is meant to",
      ],
      3,
    ),
  );
  expect((await stage.run({ options: ["--raise-caps"] })).code).toBe(0);
  expect(await sent(stage)).toBe(5);
});

test.concurrent("applies a breaker that a file leaves out, even with when_reached: skip", async (context) => {
  const stage = await stageOf(
    context,
    written({ usd_per_hour: 1, failures_in_a_row: 2, unknown_usd: 3 }),
  );
  expect((await stage.run()).code).toBe(3);
  const skipping = { budget: { cap: 20, when_reached: "skip" } };
  await stage.write("shots.yaml", manifest([{ id: "s06", duration: 6 }, ...shots(2)], skipping));
  const { code, err } = await stage.run();
  expect(code).toBe(3);
  expect(stderrLines(err)).toEqual([
    "Held by caps of the campaign's last run too: breaker.usd_per_hour, breaker.unknown_usd, breaker.failures_in_a_row.",
    "Nothing more is started: s06~t1 would bring the last hour to $1.68, over breaker.usd_per_hour of $1.00.",
  ]);
  expect(await sent(stage)).toBe(2);
});

/** The orders of these prompts are turned down, as wrong. */
function turningDown(...ids: readonly string[]): Treatment {
  return async ({ body }, forward) =>
    ids.some((id) => body.includes(`of ${id}.`))
      ? {
          status: 422,
          headers: { "content-type": "application/json", "x-fal-simulated": "1" },
          body: JSON.stringify({ detail: "no" }),
        }
      : await forward();
}

const TWO_FAILED = "2 lines in a row have failed (breaker.failures_in_a_row)";

test.concurrent("failures_in_a_row: finishes what is in flight, sends nothing more, exits with 3, and continues when it is run again", async (context) => {
  const text = written({ failures_in_a_row: 2 });
  const stage = await meddledStage(context, text, turningDown("s02", "s03"));
  const { code, out, err } = await stage.run({ options: JSON_OUT });
  expect(stoppedOf(out)).toEqual({ because: "breaker", why: TWO_FAILED });
  expect(code).toBe(3);
  expect(stderrLines(err).filter((line) => line.startsWith("Nothing more"))).toEqual([
    `Nothing more is started: ${TWO_FAILED}.`,
  ]);
  expect(statesByKey(readRun(out))["s01~t1"]).toBe("settled");
  expect(readRun(out).totals.delivered).toBe(1);
  expect(await ordered(stage)).toEqual(["The prompt of s01."]);
  stage.proxyUrl = stage.simulator.proxyUrl;
  expect((await stage.run({ options: ["--retry-failed"] })).code).toBe(0);
  expect((await stage.simulator.bill()).accepted).toBe(5);
});

test.concurrent("does not count two failures as in a row with a line made between them", async (context) => {
  const text = written({ failures_in_a_row: 2 }, 1);
  const stage = await meddledStage(context, text, turningDown("s01", "s03", "s05"));
  const { code, out } = await stage.run({ options: JSON_OUT });
  expect(code).toBe(5);
  expect(stoppedOf(out)).toBeNull();
  expect(await ordered(stage)).toEqual(["The prompt of s02.", "The prompt of s04."]);
});

test.concurrent("stops after one failure if failures_in_a_row is 1", async (context) => {
  const text = written({ failures_in_a_row: 1 }, 1);
  const stage = await meddledStage(context, text, turningDown("s01"));
  const { code, out } = await stage.run({ options: JSON_OUT });
  expect(code).toBe(3);
  expect(stoppedOf(out)?.why).toBe("1 line has failed (breaker.failures_in_a_row)");
  expect(await sent(stage)).toBe(0);
});

const UNKNOWN = "$0.42 of unknown outcome, more than breaker.unknown_usd of $0.40";

test.concurrent("unknown_usd: finishes what is in flight, sends nothing more, exits with 6, and continues once it is settled", async (context) => {
  const text = written({ unknown_usd: 0.4 });
  const stage = await meddledStage(context, text, async ({ body }, forward) =>
    body.includes("of s02.") ? null : await forward(),
  );
  const { code, out, err } = await stage.run({ options: JSON_OUT });
  expect(stoppedOf(out)).toEqual({ because: "breaker", why: UNKNOWN });
  expect(code).toBe(6);
  expect(stderrLines(err)).toContain(`Nothing more is started: ${UNKNOWN}.`);
  expect(statesByKey(readRun(out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "unknown",
    "s03~t1": "to-buy",
    "s04~t1": "to-buy",
    "s05~t1": "to-buy",
  });
  expect(await ordered(stage)).toEqual(["The prompt of s01."]);
  stage.proxyUrl = stage.simulator.proxyUrl;
  expect((await stage.run()).code).toBe(6);
  expect(await ordered(stage)).toEqual(["The prompt of s01."]);
  expect(await settleUnknowns(stage)).toEqual({ found: 0, notCharged: 1, early: 0 });
  expect((await stage.run()).code).toBe(0);
  expect(await stage.simulator.bill()).toEqual({ dollars: "2.10", accepted: 5, submits: 5 });
});

test.concurrent("does not stop at exactly unknown_usd", async (context) => {
  const text = written({ unknown_usd: 0.42 }, 1);
  const stage = await meddledStage(context, text, async ({ body }, forward) =>
    body.includes("of s01.") ? null : await forward(),
  );
  const { code, out } = await stage.run({ options: JSON_OUT });
  expect(code).toBe(6);
  expect(stoppedOf(out)).toBeNull();
  expect(await sent(stage)).toBe(4);
});

test.concurrent("plans when a run would stop, even with an overage", async (context) => {
  const breaker = { usd_per_hour: 1, failures_in_a_row: 1, unknown_usd: 0.4 };
  const stage = await stageOf(context, written(breaker));
  const { out } = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  expect(out).toContain(
    "\nBreaker: a run ends at $1.00 within an hour, 1 failure in a row, more than $0.40 of unknown outcome.\n",
  );
  expect((await stage.run()).code).toBe(3);
  const args = ["--campaign", "proof", "--cap", "breaker.usd_per_hour", "--usd", "5"];
  const who = ["--by", "Jo", "--why", "a hurry"];
  expect(await stage.topsheet(["overage", ...args, ...who, ...LEDGER])).toMatchObject({
    code: 2,
    out: "",
    err: 'error: "breaker.usd_per_hour" is no cap that can be added to; known here: cap, per_shot, by_model, by_scene, by_tag, per_day, per_week, per_month\n',
  });
});

test.concurrent("names what tripped with amounts that add up", async (context) => {
  const stage = await stageOf(context, written({ usd_per_hour: 1 }));
  const { out } = await stage.run();
  expect(out).not.toContain("$0.84 of breaker.usd_per_hour $1.00 are reached");
});
