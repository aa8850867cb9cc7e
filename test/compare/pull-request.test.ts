import fc from "fast-check";
import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "../report/manifest-of.ts";

async function renderPlanMarkdown(shots: readonly object[], head: object = {}): Promise<string> {
  const files = { "shots.yaml": manifestOf(shots, head) };
  return (await topsheet(["plan", "shots.yaml", "--format", "md"], { files })).out;
}

/** A cell of matrix values that GitHub would see as itself: what stands between backticks is taken out. */
const withoutCode = (text: string): string =>
  text.replace(/\\`/g, "").replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, "CODE");

/** Columns of a table row as GFM splits it: at a bar with no backslash before it, in code or not. */
function countColumns(row: string): number {
  return row.split(/(?<!\\)\|/).length - 2;
}

const HOSTILE = [
  "a | b",
  "a \\| b",
  "a \\\\| b",
  "back\\",
  "`",
  "a ` b `` c",
  "```",
  "<script>alert(1)</script>",
  "<!-- ",
  "</details>",
  "**bold** _it_ ~~no~~",
  "[x](https://evil.example)",
  "![x](https://evil.example/p.png)",
  "https://evil.example",
  "&lt;b&gt; &#64;octocat",
  "line\nbreak",
  "line\r\n\r\n# title",
  "\u001b[31mred",
  "- item",
  "| --- |",
];

test.for(HOSTILE)(
  "shows %j as scene, tag, matrix value and prompt without breaking a table",
  async (text) => {
    const shots = [
      { scene: text, tags: [text], prompt: `x ${text}` },
      { prompt: "A ${{ matrix.c }}.", matrix: { c: [text] } },
    ];
    const told = await renderPlanMarkdown(shots, { budget: { by_scene: { [text]: 5 } } });
    const tables = told.split("\n\n").filter((block) => block.startsWith("|"));
    expect(tables.map((table) => table.split("\n").length)).toEqual([5, 3, 4]);
    for (const table of tables) {
      const [head = "", ...rows] = table.split("\n");
      expect(rows.map(countColumns)).toEqual(rows.map(() => countColumns(head)));
    }
  },
);

test("never shows text from outside as mark-up, a link, a tag or an entity", async () => {
  const text = fc.array(fc.constantFrom(...HOSTILE, "a", " "), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const scene = parts.join("");
      const told = await renderPlanMarkdown([
        { scene },
        { prompt: "A ${{ matrix.c }}.", matrix: { c: [scene] } },
      ]);
      const lines = told.split("\n");
      const own = /^<details><summary>2 lines<\/summary>$|^<\/details>$|<br>$/;
      const prose = withoutCode(lines.map((line) => line.replace(own, "")).join("\n"));
      expect(prose.match(/<[a-z!/]/i)).toBeNull();
      expect(prose.match(/(?<!\\)[[\]`]/)).toBeNull();
      expect(prose.match(/https?:\/\//)).toBeNull();
      // What was written as an entity shows as it was written.
      expect(prose.match(/&(?:lt|gt);b|&#64;octocat/)).toBeNull();
    }),
    { seed: 20_261_121, numRuns: 100 },
  );
});

// GitHub looks for mentions and references after Markdown: neither a backslash nor &#64; stops it
// (github/cmark-gfm#181), only something between the sign and the name, such as &#8203; or <!-- -->.
test.for([
  ["@octocat", /(?:@|&#64;|&commat;)octocat/],
  ["@octo-org/team", /(?:@|&#64;|&commat;)octo-org/],
  ["#181", /(?:#|&#35;|&num;)181/],
] as const)(
  "notifies nobody and links nothing for %s in a scene, a message or a cap",
  async ([text, called]) => {
    const told = await renderPlanMarkdown([{ scene: text, takes: 9 }], {
      budget: { by_scene: { [text]: 1, [`${text}x`]: 1 } },
    });
    expect(withoutCode(told)).not.toMatch(called);
  },
);

test("makes no link of a web address without a scheme", async () => {
  // GFM's autolinks take www. too.
  expect(withoutCode(await renderPlanMarkdown([{ scene: "www.evil.example" }]))).not.toMatch(
    /www\.evil/,
  );
});

test("shows a whole plan for a pull request", async () => {
  const shots = [
    { scene: "2", takes: 2 },
    { scene: "1", model: "kling-v3-pro", duration: 7 },
  ];
  const budget = { cap: 2.5, per_day: 1.4, warn_at: "50%" };
  expect(await renderPlanMarkdown(shots, { budget })).toBe(WHOLE);
});

test("shows the diagnostics of a wrong manifest and no table", async () => {
  const told = await renderPlanMarkdown([{ duration: 99, scene: "|" }]);
  expect(told).toMatch(
    /^## film: top sheet\n\n\*\*The manifest is wrong: there is no plan\.\*\*\n\n- /,
  );
  expect(told).not.toMatch(/^\|/m);
});

test("shows the 20 dearest of 41 lines and sums the rest", async () => {
  const told = await renderPlanMarkdown([{ takes: 40 }, { model: "kling-v3-4k" }]);
  expect(told).toContain("<summary>41 lines</summary>");
  expect(told).toContain("| `s1~t1` | `kling-v3-4k` | 5 s × $0.42 | $2.10 | to buy |");
  expect(told).toContain("| and 21 more |  | 105 s | $14.70 |  |");
});

const WHOLE = `## film: top sheet

**Over budget.** $1.40 to spend.

| Scene | Model | Lines | Seconds | Cost |
| --- | --- | ---: | ---: | ---: |
| 1 | \`kling-v3-pro\` | 1 | 7 | $1.18 |
| 2 | \`kling-v3-turbo-pro\` | 2 | 10 | $1.40 |
| **Total** |  | 3 | 17 | **$2.58** |

| Cap | Limit | Spent | Held | Planned | Left |  |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
| cap | $2.50 | $0.00 | $0.00 | $2.58 | -$0.08 | over |
| per\\_day | $1.40 | $0.00 | $0.00 | $1.40 | $0.00 | warn |

- shots.yaml:1:49: error: cap of $2.50 is passed by $0.076 (would not start: s1\\~t1)
- shots.yaml:1:63: warning: per\\_day: $1.40 of $1.40 is planned (warn\\_at: 50%)

<details><summary>3 lines</summary>

| Line | Model | Price | Cost | State |
| --- | --- | ---: | ---: | --- |
| \`s0~t1\` | \`kling-v3-turbo-pro\` | 5 s × $0.14 | $0.70 | to buy |
| \`s0~t2\` | \`kling-v3-turbo-pro\` | 5 s × $0.14 | $0.70 | to buy |
| \`s1~t1\` | \`kling-v3-pro\` | 7 s × $0.168\\* | $1.18 | over cap |

</details>

List prices of 2026-10-01, in US dollars a second.<br>
Costs are shown to the cent; sums are made of exact amounts.<br>
\\* kling-v3-pro: the model's own page gives no price; this one is from another page of fal's.<br>
No ledger: everything counts as unbought.
`;
