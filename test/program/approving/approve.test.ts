import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { createEmptyLedger, readEntries } from "../rig/read-ledger.ts";
import { manifest, shots } from "../rig/manifest.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import { clockAt } from "../rig/set-clock.ts";
import {
  approve,
  type Context,
  LEDGER,
  no,
  PLAN,
  refused,
  savePlan,
  sent,
  sha256Of,
  stageOf,
  textOf,
} from "./approve-and-run.ts";
import { REHEARSED } from "../rig/stderr-lines.ts";

// What `approve` says, writes and refuses. Nothing is bought here but to prove that an approval stands.

const THREE = manifest(shots(3), { budget: { cap: 20 } });
const NINE = clockAt("2026-11-21T09:00:00Z");
const WRITTEN = "plan.approval.json written; the ledger has the entry that counts.\n";

async function plannedStage(context: Context, written = THREE): Promise<CampaignFolder> {
  const stage = await stageOf(context, written);
  await savePlan(stage);
  return stage;
}

async function ledgerIn(stage: CampaignFolder, name: string): Promise<string> {
  const document = z.object({ ledger: z.object({ id: z.uuid() }) });
  return document.parse(JSON.parse(await textOf(stage, name))).ledger.id;
}

test.concurrent("writes an approval file that says who, what, how much, until when and in which ledger", async (context) => {
  const stage = await plannedStage(context);
  const args = ["--by", "  Jo Producer ", "--limit", "1.5", "--until", "2026-12-24"];
  const told = await stage.topsheet(["approve", "plan.json", ...args, ...LEDGER], NINE);
  expect(told).toMatchObject({
    code: 0,
    out: "",
    err: `${REHEARSED}Jo Producer approves 3 lines of proof for $1.26: at most $1.50 through 2026-12-24 (UTC).\n${WRITTEN}`,
  });
  expect(await textOf(stage, "plan.approval.json")).toBe(`{
  "schema": "topsheet/approval@1",
  "plan": {
    "file": "plan.json",
    "sha256": "${await sha256Of(stage, "plan.json")}"
  },
  "campaign": "proof",
  "currency": "USD",
  "lines": 3,
  "cost": "1.26",
  "by": "Jo Producer",
  "limit": "1.50",
  "until": "2026-12-25T00:00:00Z",
  "approved": "2026-11-21T09:00:00Z",
  "ledger": {
    "id": "${await ledgerIn(stage, "plan.json")}"
  },
  "rehearsal": true
}
`);
});

test.concurrent("makes an approval without --until that never ends, with null in its file", async (context) => {
  const stage = await plannedStage(context);
  await approve(stage);
  expect(JSON.parse(await textOf(stage, "plan.approval.json"))).toMatchObject({ until: null });
  const late = clockAt("2036-11-21T09:00:00Z");
  expect((await stage.run({ ...PLAN, env: late })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

const FINE = ["--by", "Jo", "--limit", "5"];
const USAGE = "topsheet approve --help lists the options\n";

test.concurrent("exits with 2 for a wrong command, with one sentence and neither file nor entry", async (context) => {
  const stage = await plannedStage(context);
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      ["--by", "Jo", "--limit", "lots"],
      `--limit takes US dollars such as 180 or 0.5, not "lots"\n`,
    ],
    [["--by", "Jo", "--limit", "-5"], `--limit takes US dollars such as 180 or 0.5, not "-5"\n`],
    [["--by", "Jo", "--limit", "$5"], `--limit takes US dollars such as 180 or 0.5, not "$5"\n`],
    [["--by", " ", "--limit", "5"], "--by must not be empty: it stays in the ledger\n"],
    [
      ["--by", "", "--limit", "5"],
      `option '--by <name>' argument '' is invalid. it is empty\n${USAGE}`,
    ],
    [["--limit", "5"], `required option '--by <name>' not specified\n${USAGE}`],
    [["--by", "Jo"], `required option '--limit <usd>' not specified\n${USAGE}`],
    [
      [...FINE, "--until", "tomorrow"],
      `--until takes a date such as 2026-12-24, or a moment with its offset such as 2026-12-24T18:00+01:00, not "tomorrow"\n`,
    ],
    [
      [...FINE, "--until", "2026-02-30"],
      `--until takes a date such as 2026-12-24, or a moment with its offset such as 2026-12-24T18:00+01:00, not "2026-02-30"\n`,
    ],
    [
      [...FINE, "--until", "2026-12-24T18:00"],
      `--until takes a date such as 2026-12-24, or a moment with its offset such as 2026-12-24T18:00+01:00, not "2026-12-24T18:00"\n`,
    ],
    [[...FINE, "--until", "2026-11-20"], "--until 2026-11-20 is over already\n"],
    [
      [...FINE, "--until", "2026-11-21T09:00:00Z"],
      "--until 2026-11-21T09:00:00Z is over already\n",
    ],
  ];
  const told = cases.map(async ([args, err]) => {
    const ended = await stage.topsheet(["approve", "plan.json", ...args, ...LEDGER], NINE);
    expect({ args, ...ended }).toMatchObject({ args, code: 2, out: "", err: `error: ${err}` });
  });
  await Promise.all(told);
  expect((await readEntries(stage.ledger)).map(({ fact }) => fact.kind)).toEqual(["purpose"]);
  expect(await readdir(stage.cwd)).not.toContain("plan.approval.json");
});

test.concurrent("makes nothing for what is no plan that can be approved", async (context) => {
  const stage = await plannedStage(context);
  const text = await textOf(stage, "plan.json");
  await stage.write("newer.json", text.replace("topsheet/plan@1", "topsheet/plan@2"));
  await stage.write("shots.json", THREE);
  await stage.write("half.json", text.slice(0, 400));
  await stage.write("wrong.yaml", THREE.replace('"prompt"', '"promt"'));
  const { out } = await stage.topsheet(["plan", "wrong.yaml", "--format", "json", ...LEDGER]);
  await stage.write("wrong.json", out);
  const anew = (name: string): string =>
    `error: ${name} is not a plan that can be bought: plan it again\n`;
  const no = (name: string): string =>
    `error: ${name} is not a saved plan: save one with \`topsheet plan … -o plan.json\`\n`;
  const cases: readonly (readonly [string, number, string])[] = [
    ["shots.yaml", 2, no("shots.yaml")],
    ["shots.json", 2, no("shots.json")],
    ["none.json", 2, "error: there is no file none.json\n\n1 error\n"],
    [
      "newer.json",
      4,
      `  it is topsheet/plan@2, and this program knows topsheet/plan@1\n${anew("newer.json")}`,
    ],
    ["half.json", 4, `  it is not JSON\n${anew("half.json")}`],
    ["wrong.json", 4, `  it was made from a manifest with mistakes\n${anew("wrong.json")}`],
  ];
  const told = cases.map(async ([name, code, err]) => {
    const ended = await stage.topsheet(["approve", name, ...FINE, ...LEDGER]);
    expect({ name, ...ended }).toMatchObject({ name, code, out: "", err });
  });
  await Promise.all(told);
  expect((await readEntries(stage.ledger)).map(({ fact }) => fact.kind)).toEqual(["purpose"]);
  expect((await readdir(stage.cwd)).filter((name) => name.includes("approval"))).toEqual([]);
});

test.concurrent("exits with 4 for a plan of another ledger or without a ledger, and signs nothing", async (context) => {
  const stage = await plannedStage(context);
  await createEmptyLedger(join(stage.cwd, "other.sqlite"));
  const other = await stage.topsheet(["approve", "plan.json", ...FINE, "--ledger", "other.sqlite"]);
  expect(other).toMatchObject({
    code: 4,
    out: "",
    err: "error: plan.json was planned against another ledger: name that one with --ledger\n",
  });
  const none = await stage.topsheet(["approve", "plan.json", ...FINE]);
  expect(none).toMatchObject({
    code: 4,
    out: "",
    err: "error: there is no ledger .topsheet/ledger.sqlite: name the plan's own with --ledger\n",
  });
  expect((await readEntries(join(stage.cwd, "other.sqlite"))).map(({ fact }) => fact.kind)).toEqual(
    ["purpose"],
  );
  expect(await readdir(stage.cwd)).not.toContain("plan.approval.json");
});

// A later run would find it and buy under it.
test.concurrent("makes no ledger for an approval that is refused", async (context) => {
  const stage = await plannedStage(context);
  const told = await stage.topsheet(["approve", "plan.json", ...FINE, "--ledger", "leger.sqlite"]);
  expect(told.code).toBe(4);
  expect(await readdir(stage.cwd)).not.toContain("leger.sqlite");
});

test.concurrent("exits with 1 if the folder cannot be written, and the approval stands", async (context) => {
  const stage = await plannedStage(context);
  const folder = join(stage.cwd, "signed");
  await mkdir(folder);
  await rename(join(stage.cwd, "plan.json"), join(folder, "plan.json"));
  await chmod(folder, 0o555);
  // Root writes everywhere, unless that power is taken from it.
  const weaker = process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override" : "";
  const line = `${weaker} "$NODE" "$CLI" approve signed/plan.json --by Jo --limit 5 --ledger ledger.sqlite`;
  expect(await stage.paste(line)).toMatchObject({
    code: 1,
    out: "",
    err: `${REHEARSED}Jo approves 3 lines of proof for $1.26: at most $5.00.\nerror: signed/plan.approval.json may not be written\n\n1 error\nThe approval stands in the ledger all the same.\n`,
  });
  expect(await readdir(folder)).toEqual(["plan.json"]);
  const bought = await stage.run({
    file: "signed/plan.json",
    consent: [],
    options: ["--require-approval"],
  });
  expect(bought.code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("counts the last of two approvals in the file, in status and in the run, and keeps both in the ledger", async (context) => {
  const stage = await plannedStage(context);
  await approve(stage, ["--until", "2036-01-01"], { limit: "9" });
  await approve(stage, [], { limit: "0.50" });
  const file = await textOf(stage, "plan.approval.json");
  expect(JSON.parse(file)).toMatchObject({ limit: "0.50", until: null });
  const { out } = await stage.topsheet(["status", ...LEDGER]);
  const said = out.split("\n").filter((line) => line.startsWith("Plan "));
  expect(said.map((line) => line.slice(19))).toEqual([
    "Jo approved $0.50, of which $0.00 is spent or held.",
  ]);
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $1.26: Jo approved $0.50, of which $0.00 is spent or held",
      "error: plan.json is not approved as it is: buy less with --only, or have more approved",
    ]),
  );
  const all = (await readEntries(stage.ledger)).map(({ fact }) => fact);
  const facts = all.filter(({ kind }) => kind === "approved");
  expect(facts).toMatchObject([
    { kind: "approved", limit: 9_000_000 },
    { kind: "approved", limit: 500_000, until: null },
  ]);
});

test.concurrent("says that a limit is below what all lines cost, and nothing if it is exactly that", async (context) => {
  const stage = await plannedStage(context);
  const signed = async (limit: string): Promise<string> =>
    (await stage.topsheet(["approve", "plan.json", "--by", "Jo", "--limit", limit, ...LEDGER])).err;
  expect(await signed("1.25")).toBe(
    `${REHEARSED}Jo approves 3 lines of proof for $1.26: at most $1.25.\nThat is $0.01 less than what is still to be bought costs: a run has to choose with --only.\n${WRITTEN}`,
  );
  expect(await signed("1.26")).toBe(
    `${REHEARSED}Jo approves 3 lines of proof for $1.26: at most $1.26.\n${WRITTEN}`,
  );
});

test.concurrent("--limit 0 says that the approval is taken back", async (context) => {
  const stage = await plannedStage(context);
  await approve(stage);
  const args = ["approve", "plan.json", "--by", "Jo", "--limit", "0", ...LEDGER];
  const { err } = await stage.topsheet(args);
  expect(err).not.toContain("Jo approves 3 lines");
  expect(err).not.toContain("--only");
});

test.concurrent("does not count lines among the approved that were bought before", async (context) => {
  const stage = await stageOf(context, THREE);
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);
  await savePlan(stage);
  const args = ["approve", "plan.json", "--by", "Jo", "--limit", "0.84", ...LEDGER];
  const { err } = await stage.topsheet(args);
  expect(err).not.toContain("less than what is still to be bought");
});

test.concurrent("signs a name with control characters as it is, and shows it without them", async (context) => {
  const stage = await plannedStage(context);
  const by = 'Jo\u001b[2J "J" O\u202e';
  const args = ["approve", "plan.json", "--by", by, "--limit", "5", ...LEDGER];
  const { err } = await stage.topsheet(args);
  expect(err).toBe(
    `${REHEARSED}Jo\\u001b[2J "J" O\\u202e approves 3 lines of proof for $1.26: at most $5.00.\n${WRITTEN}`,
  );
  expect(JSON.parse(await textOf(stage, "plan.approval.json"))).toMatchObject({ by });
  const status = await stage.topsheet(["status", ...LEDGER]);
  expect(status.out).toContain('Jo\\u001b[2J "J" O\\u202e approved $5.00');
  await stage.write("plan.json", `${await textOf(stage, "plan.json")} `);
  expect(await refused(stage, PLAN)).toEqual(
    no(['error: plan.json is not what Jo\\u001b[2J "J" O\\u202e approved: it was changed since']),
  );
});

test.concurrent.for([
  [
    "Europe/London",
    [
      ["2026-12-24", "2026-12-25T00:00:00Z"],
      ["2027-06-30", "2027-06-30T23:00:00Z"],
    ],
  ],
  [
    "America/New_York",
    [
      ["2026-12-24", "2026-12-25T05:00:00Z"],
      // The day on which the clocks go back has 25 hours.
      ["2027-11-07", "2027-11-08T05:00:00Z"],
    ],
  ],
] as const)(
  "takes --until in %s as the end of that day, to the millisecond",
  async ([zone, days], context) => {
    const zoned = THREE.replace('"defaults"', `"timezone": "${zone}",\n  "defaults"`);
    const stage = await plannedStage(context, zoned);
    for (const [date, ends] of days) {
      await approve(stage, ["--until", date], { env: NINE });
      const file = await textOf(stage, "plan.approval.json");
      expect(JSON.parse(file)).toMatchObject({ until: ends });
      expect(await refused(stage, { ...PLAN, env: clockAt(ends) })).toEqual(
        no([
          `  what Jo approved was good through ${date} (${zone})`,
          "error: plan.json is not approved as it is: have it approved again",
        ]),
      );
    }
    const [, last] = days[1];
    const env = clockAt(new Date(Date.parse(last) - 1).toISOString());
    expect((await stage.run({ ...PLAN, env })).code).toBe(0);
    expect(await sent(stage)).toBe(3);
  },
);

test.concurrent("counts an approval whose file was deleted, for the ledger has it", async (context) => {
  const stage = await plannedStage(context);
  await approve(stage);
  await rm(join(stage.cwd, "plan.approval.json"));
  expect((await stage.run({ ...PLAN, options: ["--require-approval"] })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});
