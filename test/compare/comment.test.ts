import fc from "fast-check";
import { expect, test } from "vitest";
import { cutMarkdown } from "../../src/compare/pull-request.ts";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "../report/manifest-of.ts";
import { planOnGitHub } from "./plan-on-github.ts";

// The pages that a pull request's reviewers read: the job's summary, and the comment.

test("appends what --format md prints to the file of the job's summary", async () => {
  const files = { "shots.yaml": manifestOf([{}]) };
  const told = await planOnGitHub(files, ["--base", "shots.yaml"], {
    stepSummary: "/runner/summary.md",
  });
  const { out: md } = await topsheet(
    ["plan", "shots.yaml", "--base", "shots.yaml", "--format", "md"],
    {
      files,
    },
  );
  expect(told).toEqual({ code: 0, out: "", err: "", files: { "/runner/summary.md": `\n${md}` } });
  // Another format leaves it alone.
  const table = await topsheet(["plan", "shots.yaml"], { files, stepSummary: "s.md" });
  expect(table.files).toEqual({});
});

test("warns of a summary that cannot be written, without changing the exit code", async () => {
  const told = await planOnGitHub({ "shots.yaml": manifestOf([{}]) }, ["--comment", "c.md"], {
    stepSummary: "s.md",
    unwritable: { "s.md": { fault: "denied" } },
  });
  expect([told.code, told.err]).toEqual([
    0,
    "warning: no summary of the job: s.md may not be written\nc.md written.\n",
  ]);
  expect(Object.keys(told.files)).toEqual(["c.md"]);
});

test.for([
  [{ fault: "denied" }, 1, "error: c.md may not be written\n\n1 error\n"],
  [{ fault: "missing", neighbours: [] }, 2, "error: there is no folder for c.md\n\n1 error\n"],
] as const)("fails if the comment cannot be written: %j", async ([fault, code, err]) => {
  const machine = { unwritable: { "c.md": fault } };
  const told = await planOnGitHub({ "a.yaml": manifestOf([{}]) }, ["--comment", "c.md"], machine);
  expect([told.code, told.err]).toEqual([code, err]);
});

test("begins a comment with its marker, and writes it for failures and for wrong manifests too", async () => {
  const comment = async (
    text: string,
    args: readonly string[] = [],
    more: Readonly<Record<string, string>> = {},
  ): Promise<readonly [number, readonly string[]]> => {
    const told = await topsheet(
      ["plan", "a.yaml", "--format", "github", "--comment", "c.md", ...args],
      { files: { "a.yaml": text, ...more } },
    );
    return [told.code, (told.files["c.md"] ?? "").split("\n").slice(0, 4)];
  };
  const MARKER = "<!-- topsheet:film -->";
  const TITLE = "## film: top sheet";
  const fine = manifestOf([{}]);
  expect(await comment(fine)).toEqual([
    0,
    [MARKER, TITLE, "", "**No caps to hold it against.** $0.70 to spend."],
  ]);
  expect(await comment(fine, ["--max-usd", "0.5"])).toEqual([
    3,
    [MARKER, TITLE, "", "**No caps to hold it against.** $0.70 to spend."],
  ]);
  const wrong = "**The manifest is wrong: there is no plan.**";
  expect(await comment(manifestOf([{ duration: 99 }]))).toEqual([2, [MARKER, TITLE, "", wrong]]);
  // What cannot be read has no campaign of its own, but the base has.
  const unread = ["<!-- topsheet:- -->", "## topsheet: top sheet", "", wrong];
  expect(await comment("campaign: [film")).toEqual([2, unread]);
  expect(await comment(manifestOf([{}], { campaign: "--> <b>" }))).toEqual([2, unread]);
  expect(await comment("campaign: [film", ["--base", "b.yaml"], { "b.yaml": fine })).toEqual([
    2,
    [MARKER, "## topsheet: top sheet", "", wrong],
  ]);
  const stopped = [MARKER, TITLE, "", "**There is no plan.**"];
  expect(await comment(fine, ["--base", "gone.yaml"])).toEqual([2, stopped]);
  expect(await comment(fine, ["--ledger", "gone.sqlite"])).toEqual([2, stopped]);
});

test("cuts a long comment well below GitHub's limit, and a summary at a higher one", async () => {
  const names = Array.from({ length: 4_000 }, (_, at) => `${"a scene of long ".repeat(3)}${at}`);
  const by_scene = Object.fromEntries(names.map((name) => [name, 5]));
  const files = { "a.yaml": manifestOf([{}], { budget: { by_scene } }) };
  const args = ["plan", "a.yaml", "--format", "github", "--comment", "c.md"];
  const { files: written } = await topsheet(args, { files, stepSummary: "s.md" });
  const NOTICE =
    "\n\n**Cut here:** the rest is more than GitHub takes. `--format md` has it all.\n";
  for (const [path, most] of [
    ["c.md", 60_100],
    ["s.md", 250_100],
  ] as const) {
    const text = written[path] ?? "";
    expect(text.length).toBeLessThan(most);
    expect(text.length).toBeGreaterThan(most * 0.98);
    expect(text.endsWith(NOTICE)).toBe(true);
    expect(text.slice(0, -NOTICE.length)).toMatch(/this cap applies to nothing.*$/);
  }
});

test("does not close again what was closed before the cut", () => {
  const folded = "<details><summary>x</summary>\n\ny\n\n</details>\n";
  const cut = cutMarkdown(`${folded}${"z\n".repeat(500)}`, 400);
  expect(cut.match(/<\/details>/g)).toHaveLength(1);
  expect(cut).toMatch(/z\n\n\*\*Cut here:/);
});

test("cuts any text short enough, at whole lines, with nothing left open", () => {
  const line = fc.oneof(
    fc.constantFrom("<details><summary>x</summary>", "</details>", "", "| `</details>` |"),
    fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replace(/[\r\n<]/g, "")),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 60 }),
      fc.integer({ min: 200, max: 2000 }),
      (lines, most) => {
        const whole = lines.join("\n");
        const cut = cutMarkdown(whole, most);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
        const isCut = Buffer.byteLength(whole) > most;
        const notice = /(?:\n<\/details>\n)?\n\*\*Cut here:.*\n$/;
        expect([notice.test(cut), cut === whole]).toEqual([isCut, !isCut]);
        expect(`${whole}\n`.startsWith(cut.replace(notice, ""))).toBe(true);
        // Every fold that was open where it was cut is closed.
        const open = countOpenFolds(cut);
        expect(open).toBeLessThanOrEqual(isCut ? 0 : open);
      },
    ),
    { seed: 20_261_121, numRuns: 500 },
  );
});

function countOpenFolds(markdown: string): number {
  const count = (tag: RegExp): number => (markdown.match(tag) ?? []).length;
  return count(/^<details>/gm) - count(/^<\/details>/gm);
}
