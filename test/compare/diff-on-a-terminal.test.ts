import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { savePlan } from "./diff-plans.ts";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "../report/manifest-of.ts";

const WIDTHS = [40, 60, 80, 100, 200];

async function renderDiff(
  before: readonly object[],
  after: readonly object[],
  width = 100,
  colour = false,
): Promise<string> {
  const files = { "a.yaml": manifestOf(before), "b.yaml": manifestOf(after) };
  const { out } = await topsheet(["diff", "a.yaml", "b.yaml"], { files, width, colour });
  return out;
}

const tooWide = (text: string, width: number): readonly string[] =>
  text.split("\n").filter((line) => stringWidth(line) > width);

const id = fc
  .tuple(
    fc.constantFrom("a", "Z", "7"),
    fc.stringMatching(/^[A-Za-z0-9._-]{0,63}$/),
    fc.constantFrom(0, 40, 64),
  )
  .map(([first, rest, least]) => (first + rest).padEnd(least, "_"));
const shot = fc.record(
  {
    id,
    takes: fc.constantFrom(1, 3, 900),
    duration: fc.constantFrom(3, 15),
    model: fc.constantFrom("kling-v3-pro", "kling-o3-4k", "kling-v3-turbo-pro"),
  },
  { requiredKeys: ["id", "model"] },
);
const shots = fc.uniqueArray(shot, {
  minLength: 1,
  maxLength: 5,
  selector: (each) => each.id.toLowerCase(),
});

test("prints no difference wider than the terminal, and breaks no figure apart", async () => {
  await fc.assert(
    fc.asyncProperty(shots, shots, fc.constantFrom(...WIDTHS), async (old, others, width) => {
      // Some of the old under other settings, and some that are new.
      const now = [...old.map((each) => ({ ...each, duration: 9 })), ...others].filter(
        (each, index, all) =>
          all.findIndex((other) => other.id.toLowerCase() === each.id.toLowerCase()) === index,
      );
      const out = await renderDiff(old, now, width);
      expect(out).not.toBe("");
      expect(tooWide(out, width)).toEqual([]);
      // A dollar sign has its figure behind it, and no line begins in the middle of one.
      expect(out.match(/\$(?!\d)|\d\.$|^ *\.?\d+\)/gm)).toBeNull();
    }),
    { seed: 20_261_121, numRuns: 60 },
  );
});

const BEFORE = [{ id: "skyline-at-dusk", duration: 7, takes: 2 }];
const AFTER = [{ id: "skyline-at-dusk", duration: 9, takes: 3, model: "kling-v3-pro" }];

test("drops the column of the change before that of its reasons on a narrow terminal", async () => {
  expect(await renderDiff(BEFORE, AFTER, 60)).toBe(NARROW);
  expect(await renderDiff(BEFORE, AFTER, 40)).toBe(NARROWEST);
});

const ORANGE = "\u001b[33m";
const GREEN = "\u001b[32m";

test("paints only the verdict: yellow if it costs more, else green", async () => {
  const more = await renderDiff(BEFORE, AFTER, 100, true);
  expect(more).toContain(`\n\n${ORANGE}$2.576 more: `);
  expect(await renderDiff(AFTER, BEFORE, 100, true)).toContain(`\n\n${GREEN}$2.576 less: `);
  const same = await renderDiff(BEFORE, [{ ...BEFORE[0], prompt: "Sea." }], 100, true);
  expect(same).toContain(`\n\n${GREEN}The cost stays the same: `);
  expect(more.split("\n\n")[0]).not.toMatch(/\u001b/);
});

const DOZENS = Array.from({ length: 41 }, (_, index) => ({
  id: `s${index}`,
  duration: 3 + (index % 7),
}));

test("shows the 20 of 41 shots that move the cost most, in the second plan's order, and sums the others", async () => {
  const out = await renderDiff(
    DOZENS,
    DOZENS.map((each) => ({ ...each, duration: 15 })),
  );
  const ids = [...out.matchAll(/^s(\d+) /gm)].map(([, index]) => Number(index));
  // Those of 3, 4 and 5 seconds, and the first two of 6.
  const most = [...DOZENS.keys()].filter((index) => index % 7 < 3 || [3, 10].includes(index));
  expect(ids).toEqual(most);
  expect(out).toMatch(/^and 21 more +\$\d+\.\d\d +\$44\.10 +\+\$\d+\.\d\d$/m);
});

test("counts a shot that becomes much cheaper among those that move the cost most", async () => {
  const [first = { id: "", duration: 3 }] = DOZENS;
  const old = [{ ...first, takes: 9 }, ...DOZENS.slice(1)];
  const now = DOZENS.map((each) => ({ ...each, duration: 10 }));
  expect(await renderDiff(old, now)).toMatch(/^s0 +changed +\$3\.78 +\$1\.40 +-\$2\.38 /m);
});

test("shows all of 40 shots", async () => {
  const forty = DOZENS.slice(0, 40);
  const out = await renderDiff(
    forty,
    forty.map((each) => ({ ...each, duration: 15 })),
  );
  expect(out.match(/^s\d+ /gm)).toHaveLength(40);
  expect(out).not.toContain("more +");
});

const HOSTILE = [
  "a | b",
  "a \\| b",
  "back\\",
  "` a ``` b",
  "<script>alert(1)</script>",
  "</details> <!--",
  "**bold** _it_ [x](https://evil.example) www.evil.example",
  "@octocat #181",
  "line\nbreak\r\n\r\n# title",
  "\u001b[31mred\u001b]0;title\u0007",
  "\u202egnp.exe",
  "第一場 屋上の夕暮れ、雨のレンズ".repeat(4),
  "👩‍🚀🎬🇩🇪 rooftop".repeat(6),
];

/** A difference in which the text stands wherever a file can put it: a plan that was saved may say anything. */
async function renderHostile(text: string, format: string, width = 100): Promise<string> {
  const shot = { scene: text, tags: [text], prompt: `A \${{ matrix.c }}. ${text}` };
  const plan = await savePlan(manifestOf([{ ...shot, matrix: { c: [text, "x"] } }]));
  const quoted = JSON.stringify(text);
  const told = plan
    .replaceAll('"model":"kling-v3-turbo-pro"', `"model":${quoted}`)
    .replaceAll('"endpoint":"fal-ai/kling', `"endpoint":"other/kling`);
  const after = manifestOf([{ ...shot, matrix: { c: [text, "y"] }, takes: 2 }]);
  const files = { "a.json": told, "b.yaml": after };
  const { out, err } = await topsheet(["diff", "a.json", "b.yaml", "--format", format], {
    files,
    width,
  });
  expect(err).toBe("");
  return out;
}

test.for(HOSTILE)("shows %j without breaking a table, a document or a terminal", async (text) => {
  for (const width of WIDTHS) {
    const table = await renderHostile(text, "table", width);
    expect(tooWide(table, width)).toEqual([]);
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/);
  }
  const { shots: told } = JSON.parse(await renderHostile(text, "json"));
  expect(told[0].reasons[0]).toMatchObject({ what: "model", before: text });
  const md = await renderHostile(text, "md");
  const [head = "", , ...rows] = md.split("\n\n")[0]?.split("\n") ?? [];
  const columns = (row: string): number => row.split(/(?<!\\)\|/).length - 2;
  expect(rows.map(columns)).toEqual([columns(head)]);
  expect(md).not.toMatch(/<[a-z!/]|(?<!\\)[[\]`]|https?:\/\/|www\.evil|@octocat|#181/i);
});

const NARROW = `\
Shot             After   Moves  Why
skyline-at-dusk  $4.54  +$2.58  7 s → 9 s (+$0.56);
                                kling-v3-turbo-pro →
                                kling-v3-pro (+$0.504); 2 →
                                3 takes (+$1.512)
Total            $4.54  +$2.58

$2.576 more: $1.96 for 2 lines, 14 s before, $4.536 for 3
lines, 27 s after.
`;

const NARROWEST = `\
Shot              Moves  Why
skyline-at-dusk  +$2.58  7 s → 9 s
                         (+$0.56);
                         kling-v3-turbo-
                         pro
                         → kling-v3-pro
                         (+$0.504); 2 →
                         3 takes
                         (+$1.512)
Total            +$2.58

$2.576 more: $1.96 for 2 lines, 14 s
before, $4.536 for 3 lines, 27 s after.
`;
