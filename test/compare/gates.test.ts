import { expect, test } from "vitest";
import { type Machine, type Output, topsheet } from "../rig/in-process.ts";
import { manifestOf } from "../report/manifest-of.ts";

// A take of turbo is $0.70; the base is ten of them.
const film = (takes: number, head: object = {}): string => manifestOf([{ takes }], head);
const WARNS = { budget: { cap: 9, warn_at: "50%" } };
const FILES = {
  "base.yaml": film(10),
  "shots.yaml": film(12),
  "warns.yaml": film(10, WARNS),
  "wrong.yaml": manifestOf([{ duration: 99 }]),
  "free.yaml": manifestOf([{ id: "other" }]),
};

const plan = async (args: readonly string[], machine: Machine = {}): Promise<Output> =>
  await topsheet(["plan", ...args], { files: FILES, ...machine });
const diff = async (args: readonly string[], machine: Machine = {}): Promise<Output> =>
  await topsheet(["diff", "base.yaml", ...args], { files: FILES, ...machine });

test.for([
  [["--max-usd", "8.40"], 0, ""],
  [
    ["--max-usd", "8.399999"],
    3,
    "--max-usd of $8.399999 is exceeded by $0.000001: the plan costs $8.40",
  ],
  [["--max-increase", "20%"], 0, ""],
  [
    ["--max-increase", "19.999999%"],
    3,
    "--max-increase of 19.999999% is exceeded by $0.000001: the plan costs $8.40, $1.40 more than the $7.00 before; 19.999999% allows $1.399999",
  ],
  [["--max-increase", "1.4"], 0, ""],
  [
    ["--max-increase", "1"],
    3,
    "--max-increase of $1.00 is exceeded by $0.40: the plan costs $8.40, $1.40 more than the $7.00 before",
  ],
  [["--fail-on", "warn"], 0, ""],
] as const)(
  "plan and diff with %j exit with %i, and say why in one line",
  async ([args, code, why]) => {
    const err = why === "" ? "" : `error: ${why}\n`;
    const planned = await plan(["shots.yaml", "--base", "base.yaml", ...args]);
    expect([planned.code, planned.err]).toEqual([code, err]);
    const differed = await diff(["shots.yaml", ...args]);
    expect([differed.code, differed.err]).toEqual([code, err]);
    // What a gate says goes nowhere else: the table is as without it.
    expect(planned.out).toBe((await plan(["shots.yaml", "--base", "base.yaml"])).out);
    expect(differed.out).toBe((await diff(["shots.yaml"])).out);
  },
);

test("prints each failed gate on a line of its own, after the warnings", async () => {
  const args = ["--max-usd", "1", "--max-increase", "0%", "--fail-on", "warn"];
  const told = await plan(["warns.yaml", "--base", "free.yaml", ...args]);
  expect(told.code).toBe(3);
  expect(told.err.split("\n").slice(-6)).toEqual([
    "",
    "1 warning",
    "error: --max-usd of $1.00 is exceeded by $6.00: the plan costs $7.00",
    "error: --max-increase of 0% is exceeded by $6.30: the plan costs $7.00, $6.30 more than the $0.70 before; 0% allows $0.00",
    "error: --fail-on warn fails: the plan has 1 warning",
    "",
  ]);
});

test("--quiet hides warnings, but neither failed gates nor the warning that fails one", async () => {
  const told = await plan(["warns.yaml", "-q", "--fail-on", "warn"]);
  expect([told.code, told.err]).toEqual([
    3,
    "error: --fail-on warn fails: the plan has 1 warning\n",
  ]);
  expect((await plan(["warns.yaml"])).code).toBe(0);
});

test("diff prints the second plan's warnings if they fail it, a saved plan's too", async () => {
  const odd = { budget: { by_scene: { "9": 1 } } };
  const files = { ...FILES, "odd.yaml": film(10, odd) };
  const read = await diff(["odd.yaml", "--fail-on", "warn"], { files });
  expect(read.code).toBe(3);
  expect(read.err).toMatch(
    /^odd\.yaml:1:\d+: warning: no shot has scene "9": this cap applies to nothing\n/,
  );
  expect(read.err).toMatch(/\n1 warning\nerror: --fail-on warn fails: the plan has 1 warning\n$/);
  const { files: saved } = await plan(["odd.yaml", "-o", "odd.json"], { files });
  const again = await diff(["odd.json", "--fail-on", "warn"], { files: { ...files, ...saved } });
  expect(again.code).toBe(3);
  expect(again.err).toMatch(
    /^warning: odd\.yaml:1:\d+: no shot has scene "9": this cap applies to nothing\n/,
  );
  // The first plan's warnings are of the past.
  const args = ["diff", "odd.json", "base.yaml", "--fail-on", "warn"];
  expect(await topsheet(args, { files: { ...files, ...saved } })).toMatchObject({
    code: 0,
    err: "",
  });
});

test("diff takes no warning from a saved plan that is over its caps, and does not judge those caps", async () => {
  const { files: over } = await plan(["warns.yaml", "--cap", "1", "-o", "a.json"]);
  expect(over["a.json"]).toContain('"severity":"error"');
  const told = await diff(["a.json", "--fail-on", "warn"], { files: { ...FILES, ...over } });
  expect(told).toMatchObject({ code: 0, err: "" });
  const { files: saved } = await plan(["warns.yaml", "-o", "a.json"]);
  const bent = (saved["a.json"] ?? "").replace('"message":"cap: ', '"message":"\\u001b[2J\\ncap: ');
  const shown = await diff(["a.json", "--fail-on", "warn"], {
    files: { ...FILES, "a.json": bent },
  });
  expect(shown.err).toMatch(/^warning: warns\.yaml:1:\d+: \\u001b\[2J\\ncap: \$7\.00 of \$9\.00/);
});

test("refuses a saved plan whose diagnostics were tampered with", async () => {
  const { files: saved } = await plan(["warns.yaml", "-o", "a.json"]);
  const bent = {
    "a.json": (saved["a.json"] ?? "").replace('"severity":"warning"', '"severity":"w"'),
  };
  expect(bent["a.json"]).toContain('"severity":"w"');
  const told = await diff(["a.json", "--fail-on", "warn"], { files: { ...FILES, ...bent } });
  expect(told).toMatchObject({
    code: 2,
    err: "  its diagnostics are not those of a plan\nerror: a.json is not a plan that can be read\n",
  });
});

test.for([
  [["--max-usd", "$5"], '--max-usd takes US dollars such as 180 or 0.5, not "$5"'],
  [["--max-usd", "10%"], '--max-usd takes US dollars such as 180 or 0.5, not "10%"'],
  [
    ["--base", "base.yaml", "--max-increase", "ten"],
    '--max-increase takes a share such as 10% or US dollars such as 5 or 0.5, not "ten"',
  ],
  [
    ["--base", "base.yaml", "--max-increase=-5%"],
    '--max-increase takes a share such as 10% or US dollars such as 5 or 0.5, not "-5%"',
  ],
  [
    ["--max-increase", "10%"],
    "--max-increase needs something to compare with: name a manifest or a saved plan with --base FILE",
  ],
  [
    ["--fail-on", "warnings"],
    "option '--fail-on <severity>' argument 'warnings' is invalid. Allowed choices are warn.\ntopsheet plan --help lists the options",
  ],
  [["--comment", "c.md"], "--comment is written with --format github only"],
  [
    ["--format", "github", "--comment", "-"],
    "--comment takes a file: standard output is for GitHub's commands",
  ],
  [["-", "--base", "-"], "only one of them can be standard input"],
] as const)("plan refuses %j, and says what it accepts", async ([args, why]) => {
  const told = await plan(["shots.yaml", ...args]);
  expect(told).toMatchObject({ code: 2, out: "", files: {}, err: `error: ${why}\n` });
});

test.for([
  ["--max-usd", "5 USD"],
  ["--max-increase", "5 %"],
  ["--fail-on", "error"],
  ["--comment", "c.md"],
  ["--base", "base.yaml"],
])("diff refuses %s %s", async ([option = "", value = ""]) => {
  const told = await diff(["shots.yaml", option, value]);
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toMatch(/^error: /);
});

test("exits with 2 for a wrong manifest and 3 for a plan over its caps, whatever the gates say", async () => {
  const wrong = await plan(["wrong.yaml", "--max-usd", "0", "--fail-on", "warn"]);
  expect([wrong.code, wrong.out, wrong.err.includes("--max-usd")]).toEqual([2, "", false]);
  expect((await diff(["wrong.yaml", "--max-usd", "0"])).code).toBe(2);
  const over = await plan(["warns.yaml", "--cap", "1", "--max-usd", "100"]);
  expect([over.code, over.err.includes("--max-usd")]).toEqual([3, false]);
});

test("exits with 3, not 8, if a gate fails, and with 1 if a file cannot be written as well", async () => {
  expect((await diff(["shots.yaml", "--exit-code", "--max-usd", "1"])).code).toBe(3);
  expect((await diff(["shots.yaml", "--exit-code", "--max-usd", "9"])).code).toBe(8);
  const unwritable = { "x.csv": { fault: "denied" } } as const;
  const told = await plan(["shots.yaml", "-o", "x.csv", "--max-usd", "1"], { unwritable });
  expect(told.code).toBe(1);
  expect(told.err).toMatch(/\nerror: --max-usd of \$1\.00 is exceeded/);
});

test("prints gates in JSON only if they were asked for, and never in a saved plan", async () => {
  const args = ["shots.yaml", "--base", "base.yaml"];
  const gates = ["--max-usd", "9", "--max-increase", "12.5%", "--fail-on", "warn"];
  const GATES = [
    { gate: "max-usd", limit: "9.00", value: "8.40", passed: true },
    { gate: "max-increase", limit: "12.5%", value: "1.40", before: "7.00", passed: false },
    { gate: "fail-on", limit: "warn", value: 0, passed: true },
  ];
  const asked = await plan([...args, ...gates, "--format", "json", "-o", "a.json"]);
  const unasked = await plan([...args, "--format", "json"]);
  expect(JSON.parse(asked.out)).toEqual({ ...JSON.parse(unasked.out), gates: GATES });
  expect(asked.files["a.json"]).toBe(unasked.out);
  expect(JSON.parse(unasked.out)).not.toHaveProperty("gates");
  const differed = await diff(["shots.yaml", ...gates, "--format", "json"]);
  expect(JSON.parse(differed.out)).toMatchObject({ schema: "topsheet/diff@1", gates: GATES });
  const plain = await diff(["shots.yaml", "--format", "json"]);
  expect(JSON.parse(plain.out)).not.toHaveProperty("gates");
  const cheaper = await topsheet(
    ["diff", "shots.yaml", "base.yaml", "--format", "json", "--max-increase", "0"],
    { files: FILES },
  );
  expect(JSON.parse(cheaper.out)).toMatchObject({
    gates: [{ gate: "max-increase", limit: "0.00", value: "-1.40", before: "8.40", passed: true }],
  });
});

test("prints no gate for a wrong manifest", async () => {
  const told = await plan(["wrong.yaml", "--max-usd", "9", "--format", "json"]);
  expect(JSON.parse(told.out)).toMatchObject({ verdict: "invalid", gates: [] });
});

test("--base shows what changes after the top sheet, from a manifest or a saved plan", async () => {
  const told = await plan(["shots.yaml", "--base", "base.yaml", "-o", "t.txt", "-o", "t.csv"]);
  const sheet = await plan(["shots.yaml"]);
  const differed = await diff(["shots.yaml"]);
  expect(told).toMatchObject({
    code: 0,
    out: `${sheet.out}\nAgainst base.yaml:\n\n${differed.out}`,
  });
  expect(told.files["t.txt"]).toBe(told.out);
  const { out: csv } = await plan(["shots.yaml", "--format", "csv"]);
  expect(told.files["t.csv"]).toBe(`\ufeff${csv}`);
  const { files: saved } = await plan(["base.yaml", "-o", "base.json"]);
  const again = await plan(["shots.yaml", "--base", "base.json"], {
    files: { ...FILES, ...saved },
  });
  expect(again.out).toBe(told.out.replace("base.yaml", "base.json"));
});

test("--only compares the same part of both, and shows what the base does not have as new", async () => {
  const files = {
    "base.yaml": manifestOf([{ takes: 10 }, { takes: 2, scene: "2" }]),
    "shots.yaml": manifestOf([{ takes: 1 }, { takes: 3, scene: "2" }, { scene: "3" }]),
  };
  const only = async (what: string): Promise<readonly [number, string]> => {
    const args = ["shots.yaml", "--base", "base.yaml", "--only", what, "--max-increase", "50%"];
    const { code, out } = await plan(args, { files });
    return [code, out.trimEnd().split("\n").at(-1) ?? ""];
  };
  expect(await only("scene:2")).toEqual([
    0,
    "$0.70 more: $1.40 for 2 lines, 10 s before, $2.10 for 3 lines, 15 s after.",
  ]);
  expect(await only("scene:3")).toEqual([
    3,
    "$0.70 more: $0.00 for 0 lines, 0 s before, $0.70 for 1 line, 5 s after.",
  ]);
});

test.for([
  ["wrong.yaml", 2, "wrong.yaml:1:"],
  ["gone.yaml", 2, "error: there is no file gone.yaml"],
] as const)("a base that cannot be used (%s) ends the command", async ([base, code, why]) => {
  const told = await plan(["shots.yaml", "--base", base, "--max-increase", "10%"]);
  expect(told).toMatchObject({ code, out: "", files: {} });
  expect(told.err).toContain(why);
  const both = await plan(["wrong.yaml", "--base", "gone.yaml"]);
  expect(both.err).toContain("there is no file gone.yaml");
  expect(both.err).toContain("duration must be");
});

test("md shows the gates and the whole change after the verdict", async () => {
  const args = ["--max-usd", "8", "--max-increase", "20%", "--format", "md"];
  const { out } = await plan(["shots.yaml", "--base", "base.yaml", ...args]);
  expect(out.slice(0, out.indexOf("<details>"))).toBe(WHOLE);
  const differed = await diff(["shots.yaml", ...args]);
  expect(differed.out).toBe(`${CHANGE}\n\n${GATES_TOLD}\n`);
});

const GATES_TOLD = `- **Failed:** --max-usd of $8.00 is exceeded by $0.40: the plan costs $8.40
- Passed: --max-increase of 20% holds: the plan costs $8.40, $1.40 more than the $7.00 before; 20% allows $1.40`;

const CHANGE = `| Shot | Change | Before | After | Moves | Why |
| --- | --- | ---: | ---: | ---: | --- |
| s0 | changed | $7.00 | $8.40 | +$1.40 | 10 → 12 takes (+$1.40) |

**$1.40 more: $7.00 for 10 lines, 50 s before, $8.40 for 12 lines, 60 s after.**`;

const WHOLE = `## film: top sheet

**No caps to hold it against.** $8.40 to spend.

${GATES_TOLD}

### What changes

${CHANGE}

### What it costs

| Scene | Model | Lines | Seconds | Cost |
| --- | --- | ---: | ---: | ---: |
| – | \`kling-v3-turbo-pro\` | 12 | 60 | $8.40 |
| **Total** |  | 12 | 60 | **$8.40** |

`;
