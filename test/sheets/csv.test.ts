import fc from "fast-check";
import { expect, test } from "vitest";
import { unescapeFormula } from "../../src/sheets/grid.ts";
import { topsheet } from "../rig/in-process.ts";
import { planManifest } from "../plan/make-plan.ts";
import { manifestOf } from "../report/manifest-of.ts";

/** Reads RFC 4180 character by character: quotes, doubled quotes, and rows that end in CR LF. */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    let cell = "";
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (at >= text.length) throw new Error("a quote that never ends");
        if (text[at] === '"') at += 1;
        cell += text[at];
      }
      at += 1;
    } else {
      while (at < text.length && text[at] !== "," && !text.startsWith("\r\n", at)) {
        if (/["\r\n]/.test(text[at] ?? ""))
          throw new Error(`a bare ${JSON.stringify(text[at])} in a cell`);
        cell += text[at];
        at += 1;
      }
    }
    row.push(cell);
    if (text.startsWith("\r\n", at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else if (text[at] === ",") at += 1;
    else throw new Error(`neither a comma nor a line end at ${at}`);
  }
  return rows;
}

const HEAD =
  "key,shot,scene,tags,priority,take,variant,model,endpoint,seconds,unit_price,cost,basis,state,prompt,fingerprint,ordinal,campaign," +
  "multi_prompt,generate_audio,shot_type,aspect_ratio,negative_prompt,cfg_scale,start_image_url,end_image_url,image_urls,elements";

const FIELDS = HEAD.split(",").slice(18);

async function planAsCsv(shots: readonly object[]): Promise<string> {
  const told = await topsheet(["plan", "shots.yaml", "--format", "csv"], {
    files: { "shots.yaml": manifestOf(shots) },
  });
  if (told.code !== 0) throw new Error(told.err);
  return told.out;
}

async function readColumn(shots: readonly object[], column: string): Promise<readonly string[]> {
  const [head = [], ...rows] = readCsv(await planAsCsv(shots));
  return rows.map((row) => row[head.indexOf(column)] ?? "");
}

test("CSV has a row for each line under a row of titles, with the figures of the JSON", async () => {
  const shots = [
    { prompt: "Lake.", takes: 2, scene: "1", tags: ["a", "b"], priority: 9 },
    { prompt: "A ${{ matrix.c }}, wet.", matrix: { c: ["red", "blue"], aspect_ratio: ["1:1"] } },
    {
      model: "kling-v3-pro",
      prompt: null,
      multi_prompt: [{ prompt: "Wide." }, { prompt: "Close.", duration: 2 }],
    },
  ];
  const csv = await planAsCsv(shots);
  const { lines } = await planManifest({ "shots.yaml": manifestOf(shots) });
  const [head, ...rows] = readCsv(csv);
  expect(head).toEqual(HEAD.split(","));
  expect(rows).toEqual(
    lines.map((line) =>
      [
        line.key,
        line.shot,
        line.scene ?? "",
        line.tags.join(" "),
        line.priority,
        line.take,
        Object.entries(line.variant)
          .map(([name, value]) => `${name}=${value}`)
          .join(" "),
        line.model,
        line.endpoint,
        line.seconds,
        line.unit_price,
        line.cost,
        line.basis,
        line.state,
        line.shot === "s2" ? "Wide. / Close." : line.input["prompt"],
        line.fingerprint,
        line.ordinal,
        "film",
        ...FIELDS.map((field) => {
          const value = line.input[field] ?? "";
          return typeof value === "string" ? value : JSON.stringify(value);
        }),
      ].map(String),
    ),
  );
});

test.for([
  ["=1+1", "an equals sign"],
  ["+1+1", "a plus"],
  ["-1+1", "a minus"],
  ["@SUM(A1)", "an at sign"],
  ["\t=1+1", "a tab"],
  ["\r=1+1", "a carriage return"],
  ["＝1+1", "a full-width equals sign"],
])("a prompt, scene and tag that begin with %j are no formula", async ([text = ""]) => {
  const shots = [{ prompt: text, scene: text, tags: [text] }];
  for (const column of ["prompt", "scene"]) {
    expect(await readColumn(shots, column)).toEqual([`'${text}`]);
  }
  // Tags that are not single words are written as a list in brackets.
  const [tags = ""] = await readColumn(shots, "tags");
  expect(/\s/.test(text) ? JSON.parse(tags) : [tags]).toEqual([
    /\s/.test(text) ? text : `'${text}`,
  ]);
});

test("a formula hidden behind a line end starts no row of its own", async () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const prompt = `A lake.${end}=1+1`;
    expect(await readColumn([{ prompt }, { prompt: "Hill." }], "prompt")).toEqual([
      prompt,
      "Hill.",
    ]);
  }
});

test("any prompt is read back unchanged from CSV, and every row has every cell", async () => {
  const nasty = fc.string({
    unit: fc.constantFrom(...("ab\"',;=+-@\t\r\n |é漢🎬".match(/./gsu) ?? [])),
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 4 }), async (prompts) => {
      const shots = prompts.map((prompt) => ({ prompt: `x${prompt}x`, scene: prompt }));
      const rows = readCsv(await planAsCsv(shots));
      expect(rows.map((row) => row.length)).toEqual(
        Array.from({ length: shots.length + 1 }, () => 28),
      );
      expect(rows.slice(1).map((row) => row[14])).toEqual(shots.map((shot) => shot.prompt));
      expect(rows.slice(1).map((row) => unescapeFormula(row[2] ?? ""))).toEqual(prompts);
      for (const row of rows) expect(row[2]).not.toMatch(/^[=+\-@\t\r\n]/);
    }),
    { seed: 20_261_121, numRuns: 150 },
  );
});

test("a negative priority stays a number, because it cannot run as a formula", async () => {
  expect(await readColumn([{ prompt: "Lake.", priority: -5 }], "priority")).toEqual(["-5"]);
});

test("a CSV file begins with the byte order mark that Excel needs; a pipe has none", async () => {
  const machine = { files: { "shots.yaml": manifestOf([{ prompt: "Café." }]) } };
  const told = await topsheet(["plan", "shots.yaml", "--format", "csv", "-o", "x.csv"], machine);
  expect(told.out.startsWith(HEAD.replace(/\w+/g, '"$&"'))).toBe(true);
  expect(told.files).toEqual({ "x.csv": `\ufeff${told.out}` });
});
