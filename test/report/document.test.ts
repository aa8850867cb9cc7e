import { expect, test } from "vitest";
import { FORMATS } from "../../src/report/formats.ts";
import { EVERY_BLOCK } from "./every-block.ts";

async function renderAs(format: string, width = 80): Promise<unknown> {
  const render = await FORMATS[format]?.load();
  const target = { path: null, screen: { width, colour: false }, exists: async () => false };
  return await render?.(EVERY_BLOCK, target);
}

test("shows every block on a terminal but those for pages, and drops an empty column", async () => {
  expect(await renderAs("table")).toBe(`film · everything

Costs

Line         Cost
a*b         $1.25
and 2 more  $0.50
Total       $1.75
1 more cap.

Over budget. Too dear by far.

one @jo
two

Rules
- Failed: it
  since

$ paste

inside

for a terminal
`);
});

test("folds sentences between words on a narrow terminal", async () => {
  expect(await renderAs("table", 12)).toContain("\nOver budget.\nToo dear by\nfar.\n");
});

test("shows every block on a page but those for terminals, escapes text and folds long parts", async () => {
  expect(await renderAs("md")).toBe(`## film: everything

### Costs

| Scene | Line | Cost | Path |
| --- | --- | ---: | --- |
|  | \`a*b\` | $1.25 | a\\|b |
| and 2 more |  | $0.50 |  |

**Over budget.** Too dear by far.

one @&#8203;jo<br>
two

### Rules

- **Failed:** it
  since

    $ paste

<details><summary>1 line</summary>

inside

</details>

for a page
`);
});

test("writes the data of a document as JSON", async () => {
  expect(await renderAs("json")).toBe(`{
  "all": [
    1
  ]
}
`);
});
