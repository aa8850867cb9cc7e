import fc from "fast-check";
import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "../report/manifest-of.ts";
import { planOnGitHub } from "./plan-on-github.ts";

/** What GitHub's runner sees as lines. */
const linesOf = (out: string): readonly string[] =>
  out === "" ? [] : out.replace(/\n$/, "").split(/\r\n|\r|\n/);
const ANNOTATION = /^::(?:error|warning) (?:file=[^:,]*,line=\d+,col=\d+,)?title=[^:,]*::/;

// The runner takes `::name …::` after blanks at the start of a line, and `##[name …]` anywhere.
const isCommand = (line: string): boolean => /^\s*::/.test(line) || line.includes("##[");

test("annotates failed gates first, then errors at their lines, then warnings", async () => {
  const budget = { cap: 1, warn_at: "50%", by_scene: { "9": 1 }, per_day: 9 };
  const files = { "shots.yaml": manifestOf([{ takes: 2 }], { budget }) };
  const told = await planOnGitHub(files, ["--max-usd", "1.39", "--fail-on", "warn"]);
  expect(told).toEqual({
    code: 3,
    out: [
      "::error title=topsheet max-usd::--max-usd of $1.39 is exceeded by $0.01: the plan costs $1.40",
      "::error title=topsheet fail-on::--fail-on warn fails: the plan has 1 warning",
      "::error file=shots.yaml,line=1,col=49,title=topsheet over-cap::cap of $1.00 is passed by $0.40%0Awould not start: s0~t2",
      '::warning file=shots.yaml,line=1,col=83,title=topsheet budget::no shot has scene "9": this cap applies to nothing%0Ano shot has a scene',
      "",
    ].join("\n"),
    err: [
      "1 error, 1 warning",
      "error: --max-usd of $1.39 is exceeded by $0.01: the plan costs $1.40",
      "error: --fail-on warn fails: the plan has 1 warning",
      "",
    ].join("\n"),
    files: {},
  });
});

test("escapes a message so that GitHub's runner shows it unchanged", async () => {
  const text = "50%0A off: a,b %25";
  const files = { "a,b: 5%.yaml": manifestOf([{}], { budget: { by_scene: { [text]: 1 } } }) };
  const { out } = await planOnGitHub(files);
  const [, file, data = ""] = /^::warning file=([^:,]*),.*?title=[^:,]*::(.*)\n$/.exec(out) ?? [];
  // In the runner's order: the percent sign last.
  const unescaped = (escaped = ""): string =>
    escaped
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  expect(unescaped(file)).toBe("a,b: 5%.yaml");
  expect(unescaped(data)).toBe(
    `no shot has scene "${text}": this cap applies to nothing\nno shot has a scene`,
  );
});

test("prints no annotation for a plan without diagnostics", async () => {
  const files = { "shots.yaml": manifestOf([{}]) };
  const silent = { code: 0, out: "", err: "", files: {} };
  expect(await planOnGitHub(files)).toEqual(silent);
  expect(await planOnGitHub(files, ["--max-usd", "0.70", "--fail-on", "warn"])).toEqual(silent);
});

test.for([10, 11, 250])(
  "shows ten of %i errors and ten of the warnings, the last of which counts the rest",
  async (count) => {
    const scenes = Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, 1]));
    const files = {
      "a.yaml": manifestOf([{ scene: "1" }], { budget: { by_scene: scenes } }),
    };
    const { out } = await planOnGitHub(files);
    expect(linesOf(out)).toHaveLength(10);
    const more = `::warning title=topsheet::and ${count - 9} more warnings: GitHub shows 10 of a step`;
    expect(out.includes(more)).toBe(count > 10);
    const wrong = { "a.yaml": manifestOf(Array.from({ length: count }, () => ({ duration: 99 }))) };
    const { out: errors, code } = await planOnGitHub(wrong, ["--max-usd", "1"]);
    expect([code, linesOf(errors).length]).toEqual([2, 10]);
    expect(linesOf(errors).at(-1)).toMatch(
      count > 10
        ? `::error title=topsheet::and ${count - 9} more errors: `
        : /title=topsheet limit::|value::/,
    );
  },
);

test("keeps ten places for warnings, and always shows failed gates", async () => {
  const files = { "a.yaml": manifestOf([{}], { budget: { by_scene: scenesOf(30) } }) };
  const { out } = await planOnGitHub(files, ["--fail-on", "warn", "--max-usd", "0"]);
  expect(linesOf(out).map((line) => line.split(" ", 1)[0])).toEqual([
    "::error",
    "::error",
    ...Array.from({ length: 10 }, () => "::warning"),
  ]);
});

const scenesOf = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, 1]));

const HOSTILE = [
  "::set-output name=a::b",
  "\n::set-output name=a::b",
  "\r::add-mask::b",
  "\r\n::stop-commands::x",
  "##[set-output name=a]b",
  "###[add-path]/tmp",
  "%0A::error::x",
  "%",
  "a,b:c",
  "::",
  "\u2028::warning::",
  "\u0085::error::",
  "</details>",
  "<!-- topsheet:film -->",
  "@octocat #1",
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 8 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(""));

test("prints only annotations on standard output and no other command, whatever the text", async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(hostile, hostile, fc.boolean(), async (text, name, fits) => {
      const shots = [
        { scene: text, tags: [text], prompt: `x ${text}`, takes: 2 },
        { [text]: text, ...(fits ? {} : { model: text, duration: text }) },
        { prompt: "A ${{ matrix.c }}.", matrix: { c: [text] } },
      ].slice(fits ? 2 : 0);
      const budget = { cap: 0.1, by_scene: { [text]: 0.1, [`${text}!`]: 1 } };
      const path = `${name}.yaml`.replace(/^-+/, "");
      const files = { [path]: manifestOf(shots, { budget }) };
      const args = ["--max-usd", "0", "--comment", "c.md", "--base", path, "-o", `x${name}.md`];
      const { out, err, files: written } = await planOnGitHub(files, args, { stepSummary: "s.md" });
      for (const line of linesOf(out)) expect(line).toMatch(ANNOTATION);
      expect(linesOf(err).filter(isCommand)).toEqual([]);
      const comment = written["c.md"] ?? "";
      expect(comment.match(/^[^\S\n]*<(?:!--|\/?details>)/gm)).toEqual(
        fits ? ["<!--", "<details>", "</details>"] : ["<!--"],
      );
      expect(comment.split("\n", 1)).toEqual(["<!-- topsheet:film -->"]);
      told += linesOf(out).length;
    }),
    { seed: 20_261_121, numRuns: 150 },
  );
  expect(told).toBeGreaterThan(300);
});

test("diff does the same, whichever of the two is wrong", async () => {
  const odd = { budget: { by_scene: { "##[add-mask]\n::error::": 1 } } };
  const files = {
    "::a.yaml": manifestOf([{}], odd),
    "b\n::c.yaml": manifestOf([{ takes: 2 }], odd),
    "w\n::d.yaml": manifestOf([{ duration: "\n::error::" }]),
  };
  for (const [before, after, code] of [
    ["::a.yaml", "b\n::c.yaml", 3],
    ["::a.yaml", "w\n::d.yaml", 2],
    ["w\n::d.yaml", "b\n::c.yaml", 2],
    ["w\n::d.yaml", "gone\n::x.yaml", 2],
  ] as const) {
    const args = [
      "diff",
      before,
      after,
      "--format",
      "github",
      "--max-usd",
      "1",
      "--comment",
      "c.md",
    ];
    const told = await topsheet(args, { files });
    expect([after, told.code]).toEqual([after, code]);
    for (const line of linesOf(told.out)) expect(line).toMatch(ANNOTATION);
    expect(linesOf(told.out).length).toBeGreaterThan(0);
    expect(linesOf(told.err).filter(isCommand)).toEqual([]);
    expect(told.files["c.md"]).toMatch(/^<!-- topsheet:film -->\n## film: what changes\n\n/);
  }
});

test("tells GitHub what stops a plan", async () => {
  const files = { "a.yaml": manifestOf([{}]) };
  const told = await planOnGitHub(files, ["--ledger", "gone.sqlite"]);
  expect(told.out).toBe(
    "::error title=topsheet file::there is no ledger gone.sqlite: name one that is there with --ledger\n",
  );
  const base = await planOnGitHub(files, ["--base", "gone.yaml"]);
  expect([base.code, base.out]).toEqual([
    2,
    "::error title=topsheet file::there is no file gone.yaml\n",
  ]);
});
