import { expect, test } from "vitest";
import * as z from "zod";
import { readProjectFile, topsheet } from "../../rig/in-process.ts";

// rows.json and invalid.json are a second opinion, made without src/: README.md beside them says how.

const FOLDER = "test/stories/price-table";

/** A field's value as it stands in the JSON; `{ "repeat": ["x", 2501] }` is a text too long to store. */
const shot = z.record(z.string(), z.unknown());

const row = z.strictObject({
  name: z.string(),
  shot,
  lines: z.array(
    z.strictObject({ seconds: z.number(), unit_price: z.string(), cost: z.string() }),
  ),
  total: z.string(),
});

const invalidRow = z.strictObject({
  name: z.string(),
  shot,
  severity: z.enum(["error", "warning"]),
  field: z.string(),
  why: z.string(),
});

const plan = z.object({
  verdict: z.string(),
  lines: z.array(z.object({ seconds: z.number(), unit_price: z.string(), cost: z.string() })),
  totals: z.object({ lines: z.number(), seconds: z.number(), cost: z.string() }).nullable(),
  diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })),
});

const checked = z.object({
  diagnostics: z.array(
    z.object({ severity: z.string(), message: z.string(), line: z.number().nullable() }),
  ),
});

const rows = z.array(row).parse(JSON.parse(await readProjectFile(`${FOLDER}/rows.json`)));
const invalid = z.array(invalidRow).parse(JSON.parse(await readProjectFile(`${FOLDER}/invalid.json`)));

test("has every row of the table", () => {
  expect(rows.length).toBe(71);
  expect(rows.flatMap(({ lines }) => lines).length).toBe(180);
  expect(invalid.length).toBe(58);
  expect(invalid.filter(({ severity }) => severity === "warning").length).toBe(7);
});

test.for(rows)("prices $name", async ({ shot, lines, total }) => {
  const told = await topsheet(["plan", "shot.yaml", "--format", "json"], {
    files: { "shot.yaml": manifestOf(shot).text },
  });
  const made = plan.parse(JSON.parse(told.out));
  expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(
    made.lines.map(({ seconds, unit_price, cost }) => ({ seconds, unit_price, cost })),
  ).toEqual(lines);
  expect(made.totals).toMatchObject({
    lines: lines.length,
    seconds: lines.reduce((sum, { seconds }) => sum + seconds, 0),
    cost: total,
  });
  expect(told.code).toBe(0);
});

test.for(invalid)("reports the $severity of $name", async ({ shot, severity, field }) => {
  const { text, lineOf } = manifestOf(shot);
  const told = await topsheet(["check", "shot.yaml", "--format", "json"], {
    files: { "shot.yaml": text },
  });
  const { diagnostics } = checked.parse(JSON.parse(told.out));
  const there = { severity, line: lineOf(field) };
  expect(diagnostics).toContainEqual(expect.objectContaining(there));
  // A warning's row has no error, and no row has a second mistake elsewhere.
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const lines = new Set(errors.map(({ line }) => line));
  expect([...lines]).toEqual(severity === "error" ? [there.line] : []);
  expect(told.code).toBe(severity === "error" ? 2 : 0);
});

/** A manifest of that one shot, a line for each of its fields; what is not there is said at the shot's id. */
function manifestOf(shot: z.output<typeof row>["shot"]): {
  readonly text: string;
  readonly lineOf: (field: string) => number;
} {
  const head = ["topsheet: 1", "campaign: table", "shots:", "  - id: it"];
  const fields = Object.entries(shot);
  const lines = fields.map(([key, value]) => `    ${key}: ${JSON.stringify(unfolded(value))}`);
  return {
    text: `${[...head, ...lines].join("\n")}\n`,
    lineOf: (field) => {
      const at = fields.findIndex(([key, value]) => key === field && value !== null);
      return at === -1 ? head.length : head.length + at + 1;
    },
  };
}

const repeat = z.strictObject({ repeat: z.tuple([z.string(), z.number()]) });

function unfolded(value: unknown): unknown {
  const folded = repeat.safeParse(value);
  if (folded.success) return folded.data.repeat[0].repeat(folded.data.repeat[1]);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) => {
    const inner = z.record(z.string(), z.unknown()).safeParse(item);
    if (!inner.success) return item;
    return Object.fromEntries(
      Object.entries(inner.data).map(([key, field]) => [key, unfolded(field)]),
    );
  });
}
