import { expect, test } from "vitest";
import * as z from "zod";
import { readEntries, readHolds } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, type Shot, shots } from "../rig/manifest.ts";
import { REHEARSED, stderrLines } from "../rig/stderr-lines.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import { clockAhead, DAY } from "../rig/set-clock.ts";
import { type Context, LEDGER, no, refused, sent, stageOf } from "./approve-and-run.ts";

// `overage`: money that someone adds to a cap, on the record.

const JO = ["--by", "Jo", "--why", "the rooftop again"];

async function overage(
  stage: CampaignFolder,
  cap: string,
  usd: string,
  { who = JO, campaign = "proof" } = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const args = ["overage", "--campaign", campaign, "--cap", cap, "--usd", usd, ...who, ...LEDGER];
  const { code, out, err } = await stage.topsheet(args);
  return { code, out, err };
}

/** A campaign whose cap of $1.00 let two of five lines through. */
async function stoppedAtOneDollar(context: Context): Promise<CampaignFolder> {
  const stage = await stageOf(context, manifest(shots(5), { budget: { cap: 1 } }));
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("0.84");
  return stage;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

const overages = z.object({
  overages: z.array(
    z.object({
      cap: z.string(),
      of: z.string().nullable(),
      usd: z.string(),
      by: z.string(),
      why: z.string(),
      at: z.iso.datetime(),
    }),
  ),
});

function overagesIn(out: string): readonly object[] {
  const read = overages.parse(JSON.parse(out)).overages;
  return read.map(({ at, ...rest }) => ({ ...rest, at: at.slice(0, 10) }));
}

test.concurrent("continues a run where it stopped at a cap, without --raise-caps", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  expect(await overage(stage, "cap", "0.26")).toEqual({
    code: 0,
    out: "",
    err: `${REHEARSED}cap has $0.26 more since ${today()}: Jo, "the rooftop again".\ncap is $1.26 now.\n`,
  });
  const { code, out } = await stage.run({ options: ["--format", "json"] });
  expect(code).toBe(3);
  expect(statesByKey(readRun(out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "settled",
    "s03~t1": "settled",
    "s04~t1": "over-cap",
    "s05~t1": "over-cap",
  });
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.26", accepted: 3, submits: 3 });
});

test.concurrent("adds the overage to a raised cap and to a lowered one", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  expect((await overage(stage, "cap", "0.26")).code).toBe(0);
  await stage.write("shots.yaml", manifest(shots(5), { budget: { cap: 1.42 } }));
  expect(await refused(stage, {})).toEqual(
    no(
      [
        "shots.yaml:5:12: error: cap of $1.68 ($1.42 and an overage of $0.26) is passed by $0.42 ($0.84 is spent)",
        '    5 |     "cap": 1.42',
        "      |            ^^^^",
        "  hint: would not start: s05~t1",
        "1 error",
        "cap was $1.00 in the campaign's last run, and is $1.42 now.",
        "error: that could spend more than before: add --raise-caps if it is meant to",
      ],
      3,
    ),
  );
  expect((await stage.run({ options: ["--raise-caps"] })).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("1.68");
  await stage.write("shots.yaml", manifest(shots(5), { budget: { cap: 0.1 } }));
  expect((await stage.run()).code).toBe(3);
  expect(await sent(stage)).toBe(4);
});

test.concurrent("shows an overage in plan, run and status, as table and as JSON, and changes nothing else", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const shown = async (): Promise<readonly string[]> => {
    const told = [
      await stage.topsheet(["plan", "shots.yaml", ...LEDGER]),
      await stage.topsheet(["status", ...LEDGER]),
      await stage.run(),
    ];
    return told.map(({ out }) => out);
  };
  const [planBefore = "", statusBefore = "", runBefore = ""] = await shown();
  const holds = await readHolds(stage.ledger, "proof");
  const entries = await readEntries(stage.ledger);
  expect((await overage(stage, "cap", "0.25")).code).toBe(0);
  expect(await readHolds(stage.ledger, "proof")).toEqual(holds);
  const [added, ...more] = (await readEntries(stage.ledger)).slice(entries.length);
  expect(more).toEqual([]);
  expect(added).toMatchObject({
    hold: null,
    fact: { kind: "overage", cap: "cap", of: null, amount: 250_000, by: "Jo" },
  });

  const line = `cap has $0.25 more since ${today()}: Jo, "the rooftop again".`;
  const [plan = "", status = "", run = ""] = await shown();
  expect(plan).toBe(
    planBefore
      .replace(
        "cap  $1.00  $0.84  $0.00    $1.26  -$1.10  over",
        "cap  $1.25  $0.84  $0.00    $1.26  -$0.85  over",
      )
      .replace("US dollars a second.\n", `US dollars a second.\n${line}\n`)
      .replace("Over budget by $1.10", "Over budget by $0.85"),
  );
  expect(plan).toContain("  $1.25  ");
  expect(status).toBe(statusBefore.replace("\n$0.84 spent", `\n${line}\n\n$0.84 spent`));
  expect(run).toContain(`\n\n${line}\n\n`);
  expect(run.replace(`${line}\n\n`, "")).toBe(runBefore);

  const json = ["--format", "json"];
  const inJson = [
    { cap: "cap", of: null, usd: "0.25", by: "Jo", why: "the rooftop again", at: today() },
  ];
  const planned = await stage.topsheet(["plan", "shots.yaml", ...json, ...LEDGER]);
  expect(overagesIn(planned.out)).toEqual(inJson);
  expect(JSON.parse(planned.out)).toMatchObject({
    budget: { cap: "1.00" },
    caps: [{ cap: "cap", limit: "1.25", left: "-0.85" }],
  });
  expect(overagesIn((await stage.topsheet(["status", ...json, ...LEDGER])).out)).toEqual(inJson);
  expect(overagesIn((await stage.run({ options: json })).out)).toEqual(inJson);
  expect(await sent(stage)).toBe(2);
});

const SCENES: readonly (Shot & { scene: string; tags?: readonly string[] })[] = [
  { id: "s01", scene: "1.2", tags: ["hero"] },
  { id: "s02", scene: "roof.top: night" },
];
const EVERY = {
  cap: 20,
  per_shot: 5,
  per_run: 9,
  per_day: 10,
  per_week: 11,
  per_month: 12,
  by_model: { "kling-v3-turbo-pro": 6 },
  by_scene: { "1.2": 3, "roof.top: night": 4 },
  by_tag: { hero: 3 },
};

async function everyCap(context: Context): Promise<CampaignFolder> {
  const stage = await stageOf(context, manifest(SCENES, { budget: EVERY }));
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  return stage;
}

test.concurrent("adds to every kind of cap: by its own name, a model by alias or endpoint, a scene with its dots", async (context) => {
  const stage = await everyCap(context);
  const endpoint = "by_model.fal-ai/kling-video/v3/turbo/pro/text-to-video";
  for (const [cap, name, now] of [
    ["cap", "cap", "$21.00"],
    ["per_shot", "per_shot", "$6.00"],
    ["per_day", "per_day", "$11.00"],
    ["per_week", "per_week", "$12.00"],
    ["per_month", "per_month", "$13.00"],
    ["by_model.kling-v3-turbo-pro", "by_model kling-v3-turbo-pro", "$7.00"],
    [endpoint, "by_model kling-v3-turbo-pro", "$8.00"],
    ["by_scene.1.2", "by_scene 1.2", "$4.00"],
    ["by_scene.roof.top: night", "by_scene roof.top: night", "$5.00"],
    ["by_tag.hero", "by_tag hero", "$4.00"],
  ] as const) {
    expect(await overage(stage, cap, "1")).toEqual({
      code: 0,
      out: "",
      err: `${REHEARSED}${name} has $1.00 more since ${today()}: Jo, "the rooftop again".\n${cap} is ${now} now.\n`,
    });
  }
  expect((await overage(stage, "by_scene.9", "1")).err).toBe(
    "error: proof has no cap by_scene.9; it has cap, per_shot, by_model.kling-v3-turbo-pro, by_scene.1.2, by_scene.roof.top: night, by_tag.hero, per_day, per_week, per_month\n",
  );
  const { out } = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  const caps = out
    .split("\n")
    .filter((line) => /^(?:cap|per_|by_).*\s(?:ok|warn|over)$/.test(line))
    .map((line) => line.split(/\s{2,}/).slice(0, 2));
  expect(caps).toEqual([
    ["cap", "$21.00"],
    ["per_shot s02", "$6.00"],
    ["by_model kling-v3-turbo-pro", "$8.00"],
    ["by_scene 1.2", "$4.00"],
    ["by_scene roof.top: night", "$5.00"],
    ["by_tag hero", "$4.00"],
    ["per_run", "$9.00"],
    ["per_day", "$11.00"],
    ["per_week", "$12.00"],
    ["per_month", "$13.00"],
  ]);
});

test.concurrent("exits with 2 for what is no cap of this campaign, with one sentence and no entry", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const entries = await readEntries(stage.ledger);
  const known = "cap, per_shot, by_model, by_scene, by_tag, per_day, per_week, per_month";
  const cases = [
    ["caps", '"caps" is no cap that can be added to; did you mean "cap"?'],
    ["warn_at", `"warn_at" is no cap that can be added to; known here: ${known}`],
    ["", `option '--cap <name>' argument '' is invalid. it is empty\n${USAGE}`],
    ["per_run", '"per_run" is no cap that can be added to; raise per_run in the manifest'],
    ["cap.x", "cap takes no name after it"],
    ["per_day.monday", "per_day takes no name after it"],
    ["by_model", "say which: by_model.NAME"],
    ["by_scene", "say which: by_scene.NAME"],
    [
      "by_model.kling-v3-turbo-pr",
      'there is no model "kling-v3-turbo-pr"; did you mean "kling-v3-turbo-pro"?',
    ],
    ["by_model.kling-v3-turbo-pro", "proof has no cap by_model.kling-v3-turbo-pro; it has cap"],
    ["by_scene.1", "proof has no cap by_scene.1; it has cap"],
    ["per_day", "proof has no cap per_day; it has cap"],
  ] as const;
  const told = cases.map(async ([cap, err]) => {
    expect({ cap, ...(await overage(stage, cap, "1")) }).toEqual({
      cap,
      code: 2,
      out: "",
      err: `error: ${err}\n`,
    });
  });
  await Promise.all(told);
  expect(await readEntries(stage.ledger)).toEqual(entries);
});

const USAGE = "topsheet overage --help lists the options";

test.concurrent("exits with 2 without a known campaign, an amount, a name or a reason, and makes no entry", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const entries = await readEntries(stage.ledger);
  const no = async (err: string, usd: string, more: object = {}): Promise<void> => {
    const told = await overage(stage, "cap", usd, more);
    expect(told).toEqual({ code: 2, out: "", err: `error: ${err}\n` });
  };
  await no("the ledger has no campaign prof: it has proof", "1", { campaign: "prof" });
  for (const usd of ["0", "-1", "1e3", "1,000", "$1", "0.0000001"]) {
    await no(`--usd takes US dollars such as 20 or 0.5, not ${JSON.stringify(usd)}`, usd);
  }
  const empty = "must not be empty: it stays in the ledger";
  await no(`--by ${empty}`, "1", { who: ["--by", " ", "--why", "x"] });
  await no(`--why ${empty}`, "1", { who: ["--by", "Jo", "--why", "\n"] });
  await no(`required option '--why <text>' not specified\n${USAGE}`, "1", { who: ["--by", "Jo"] });
  await no(`required option '--by <name>' not specified\n${USAGE}`, "1", { who: ["--why", "x"] });
  expect(await readEntries(stage.ledger)).toEqual(entries);
});

test.concurrent("finds a campaign whatever the case of its name", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  expect((await overage(stage, "cap", "1", { campaign: "PROOF" })).code).toBe(0);
  expect((await stage.run()).code).toBe(3);
  expect((await stage.simulator.bill()).dollars).toBe("1.68");
});

test.concurrent("adds to a day for that day alone", async (context) => {
  const written = manifest(shots(3), { budget: { per_day: 0.5 } });
  const stage = await stageOf(context, written);
  expect((await stage.run()).code).toBe(3);
  expect((await overage(stage, "per_day", "0.5")).code).toBe(0);
  expect((await stage.run()).code).toBe(3);
  expect(await sent(stage)).toBe(2);
  const tomorrow = await stage.topsheet(["plan", "shots.yaml", ...LEDGER], clockAhead(DAY));
  expect(tomorrow.out).toMatch(/\nper_day {2}\$0\.50 /);
  expect((await stage.run({ env: clockAhead(DAY) })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("continues only the scene that an overage is for", async (context) => {
  const scenes = ["a", "b"].flatMap((scene) =>
    [1, 2].map((number) => ({ id: `${scene}${number}`, scene })),
  );
  const budget = { by_scene: { a: 0.5, b: 0.5 }, when_reached: "skip" };
  const stage = await stageOf(context, manifest(scenes, { budget }));
  expect((await stage.run()).code).toBe(3);
  expect((await overage(stage, "by_scene.b", "0.34")).code).toBe(0);
  const { out } = await stage.run({ options: ["--format", "json"] });
  expect(statesByKey(readRun(out))).toEqual({
    "a1~t1": "settled",
    "a2~t1": "over-cap",
    "b1~t1": "settled",
    "b2~t1": "settled",
  });
});

const HOSTILE = 'a\u001b[2Jb\u202e "so" \\ \u0007\nerror: all is lost';

test.concurrent("shows a reason without its control characters on a terminal, and with them in JSON", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const who = ["--by", "Jo\u001b]0;x\u0007", "--why", HOSTILE];
  const told = await overage(stage, "cap", "1", { who });
  expect(told.code).toBe(0);
  const status = await stage.topsheet(["status", ...LEDGER]);
  const plan = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  const run = await stage.run();
  for (const text of [told.err, status.out, plan.out, run.out]) {
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).not.toMatch(/^error: all is lost/m);
  }
  const json = await stage.topsheet(["status", "--format", "json", ...LEDGER]);
  expect(overagesIn(json.out)).toEqual([
    { cap: "cap", of: null, usd: "1.00", by: "Jo\u001b]0;x\u0007", why: HOSTILE, at: today() },
  ]);
});

// Made printable, and then escaped once more as JSON: "a\\u001b[2Jb", "he said \"so\"".
test.concurrent("does not escape a reason twice", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const who = ["--by", "Jo", "--why", "the \\ of\tthe day"];
  const { err } = await overage(stage, "cap", "1", { who });
  expect(err).not.toContain("\\\\");
});

test.concurrent("prints parts of a cent the same in both sentences", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  const { err } = await overage(stage, "cap", "0.005");
  expect(stderrLines(err)[0]).toContain("cap has $0.005 more");
});

test.concurrent("does not contradict itself about a campaign before its first run", async (context) => {
  const stage = await stageOf(context, manifest(shots(1), { budget: { cap: 1 } }));
  const plan = ["plan", "shots.yaml", "-q", "-o", "plan.json", ...LEDGER];
  expect((await stage.topsheet(plan)).code).toBe(0);
  const approve = ["approve", "plan.json", "--by", "Jo", "--limit", "1", ...LEDGER];
  expect((await stage.topsheet(approve)).code).toBe(0);
  expect((await overage(stage, "cap", "1")).err).not.toContain("it has proof");
});

test.concurrent("ends its sentence under an empty ledger", async (context) => {
  const stage = await stageOf(context, manifest(shots(1)));
  expect((await overage(stage, "cap", "1")).err).not.toMatch(/it has $/m);
});

test.concurrent("plans with --cap under that cap, without the overages", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  expect((await overage(stage, "cap", "0.25")).code).toBe(0);
  const { out } = await stage.topsheet(["plan", "shots.yaml", "--cap", "1", ...LEDGER]);
  expect(out).toMatch(/\ncap {2}\$1\.00 /);
});

test.concurrent("names a reached cap with what was added to it", async (context) => {
  const stage = await stoppedAtOneDollar(context);
  expect((await overage(stage, "cap", "0.25")).code).toBe(0);
  const { err } = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  expect(err).toContain("cap of $1.25 ($1.00 and an overage of $0.25) is passed");
});
