import { createHash } from "node:crypto";
import * as XLSX from "@e965/xlsx";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readProjectFile, topsheet } from "../rig/in-process.ts";
import { readZip } from "./zip.ts";
import { manifestOf } from "../report/manifest-of.ts";
import { computeFormula } from "./formulas.ts";

// Workbooks are read by SheetJS, which shares no code with the library that writes them.

async function planAsBytes(manifest: string, options: readonly string[] = []): Promise<Uint8Array> {
  const told = await topsheet(["plan", "shots.yaml", "-o", "x.xlsx", "-q", ...options], {
    files: { "shots.yaml": manifest },
  });
  const bytes = told.bytes?.["x.xlsx"];
  if (bytes === undefined) throw new Error(told.err);
  return bytes;
}

async function planAsWorkbook(
  manifest: string,
  options?: readonly string[],
): Promise<XLSX.WorkBook> {
  return XLSX.read(await planAsBytes(manifest, options), { cellFormula: true, cellNF: true });
}

/** Returns what a person sees, row by row. */
function readShown(workbook: XLSX.WorkBook, sheet: string): readonly (readonly string[])[] {
  const cells = workbook.Sheets[sheet];
  if (cells === undefined) throw new Error(`no sheet ${sheet}`);
  return XLSX.utils.sheet_to_json<string[]>(cells, { header: 1, raw: false, defval: "" });
}

/** Lists every formula of a workbook with its place, its cached result, and its computed result. */
function listFormulas(workbook: XLSX.WorkBook) {
  return workbook.SheetNames.flatMap((name) =>
    Object.entries<XLSX.CellObject>(workbook.Sheets[name] ?? {}).flatMap(([at, cell]) =>
      at.startsWith("!") || cell.f === undefined
        ? []
        : [{ at: `${name}!${at}`, cached: cell.v, comes: computeFormula(workbook, name, cell.f) }],
    ),
  );
}

test("the workbook of aurora-launch shows a producer these cells", async () => {
  const aurora = await readProjectFile("manifests/aurora-launch.yaml");
  const workbook = await planAsWorkbook(aurora);
  const sheets = workbook.SheetNames.map((name) => {
    const rows = readShown(workbook, name).map((row) => row.join(" | ").replace(/[ |]+$/, ""));
    return `== ${name}\n${rows.join("\n")}`;
  });
  await expect(`${sheets.join("\n\n")}\n`).toMatchFileSnapshot("golden/aurora-workbook.txt");
  const found = listFormulas(workbook);
  // 12 lines, 5 rows of 3 on the top sheet, 9 caps, and 3 + 2 sums.
  expect(found.length).toBe(12 + 15 + 9 + 5);
  for (const { at, cached, comes } of found) expect([at, cached]).toEqual([at, comes]);
});

test("amounts in a workbook are exact numbers, shown as dollars with every decimal", async () => {
  const workbook = await planAsWorkbook(
    manifestOf([{ model: "kling-v3-pro", duration: 7, takes: 3 }]),
    ["--cap", "1"],
  );
  const [head = [], ...rows] = readShown(workbook, "Lines");
  const cost = head.indexOf("Cost");
  const cells = rows.map((row, index) => {
    const at = XLSX.utils.encode_cell({ r: index + 1, c: cost });
    const cell: XLSX.CellObject = workbook.Sheets["Lines"]?.[at];
    return [cell.t, cell.v, row[cost]];
  });
  expect(cells).toEqual([
    ...Array.from({ length: 3 }, () => ["n", 1.176, "$1.176"]),
    // 3 × 1.176 in doubles is 3.5279999999999996.
    ["n", 3.528, "$3.528"],
  ]);
  expect(readShown(workbook, "Caps")[1]).toEqual([
    "cap",
    "",
    "",
    "$1.000",
    "$0.000",
    "$0.000",
    "$3.528",
    "-$2.528",
    "over",
  ]);
});

test("in generated plans every formula equals its saved result and every sheet adds up to the plan's cost", async () => {
  const scene = fc.constantFrom("1", "10", "0", "a", "A", ">5", "*", "", null, "1 ", "TRUE");
  const shot = fc.record({
    scene,
    model: fc.constantFrom("kling-v3-turbo-pro", "kling-v3-pro", "kling-o3-4k"),
    duration: fc.integer({ min: 3, max: 15 }),
    takes: fc.integer({ min: 1, max: 3 }),
  });
  let looked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(shot, { minLength: 1, maxLength: 8 }), async (shots) => {
      const workbook = await planAsWorkbook(
        manifestOf(shots, { budget: { cap: 500, per_day: 3 } }),
      );
      for (const { at, cached, comes } of listFormulas(workbook)) {
        expect([at, cached]).toEqual([at, comes]);
        looked += 1;
      }
      const totals = ["Top sheet", "Lines"].map((name) => {
        const [head = [], ...rows] = readShown(workbook, name);
        return rows.at(-1)?.[head.indexOf("Cost")];
      });
      expect(totals[0]).toBe(totals[1]);
    }),
    { seed: 20_261_121, numRuns: 25 },
  );
  expect(looked).toBeGreaterThan(250);
});

test("scenes that a spreadsheet cannot tell apart are summed separately", async () => {
  const shots = ["a", "A", "a"].map((scene) => ({ scene, model: "kling-v3-turbo-pro" }));
  const workbook = await planAsWorkbook(manifestOf(shots));
  expect(readShown(workbook, "Top sheet").slice(1)).toEqual([
    ["a", "kling-v3-turbo-pro", "2", "10", "$1.40"],
    ["A", "kling-v3-turbo-pro", "1", "5", "$0.70"],
    ["Total", "", "3", "15", "$2.10"],
  ]);
  for (const { at, cached, comes } of listFormulas(workbook))
    expect([at, cached]).toEqual([at, comes]);
});

test.for(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "'=1+1", "＝1+1"])(
  "a prompt that begins with %j is text in its cell, and stays text as CSV",
  async (prompt) => {
    const workbook = await planAsWorkbook(manifestOf([{ prompt, scene: prompt, tags: [prompt] }]));
    const lines = workbook.Sheets["Lines"] ?? {};
    const [head = []] = readShown(workbook, "Lines");
    const at = XLSX.utils.encode_cell({ r: 1, c: head.indexOf("Prompt") });
    expect(lines[at]).toMatchObject({ t: "s", v: `'${prompt}`, z: "@" });
    // As Excel does if someone saves the workbook as CSV and opens that. (SheetJS itself would end the row at a lone
    // carriage return, which Excel quotes.)
    const csv = XLSX.utils.sheet_to_csv(lines, { forceQuotes: true });
    const again = XLSX.read(csv, { type: "string", cellFormula: true });
    for (const sheet of Object.values(again.Sheets)) {
      const cells = Object.entries<XLSX.CellObject>(sheet).filter(
        ([name]) => !name.startsWith("!"),
      );
      expect(cells.length).toBeGreaterThan(20);
      expect(cells.filter(([, cell]) => cell.f !== undefined)).toEqual([]);
    }
    expect(listFormulas(workbook).length).toBe(1 + 3 + 3 + 2);
  },
);

test("a hostile prompt survives a workbook: control characters, markup, escapes of the format, emoji", async () => {
  const prompt = "<script>_x000D_ ]]> & \u0001\u0085\ufffe \u202e 🎬 a\r\nb  ";
  const workbook = await planAsWorkbook(manifestOf([{ prompt }]));
  const [head = [], row = []] = readShown(workbook, "Lines");
  // SheetJS normalizes line ends as XML does.
  expect(row[head.indexOf("Prompt")]).toBe(prompt.replace("\r\n", "\n"));
});

test("a sheet has a frozen header with filters, columns that fit their contents, and no links", async () => {
  const manifest = manifestOf([{ prompt: "A lake at dawn. ".repeat(20) }]);
  const files = readZip(await planAsBytes(manifest));
  const sheets = Object.entries(files).filter(([path]) => path.startsWith("xl/worksheets/sheet"));
  expect(sheets.length).toBe(4);
  for (const [, xml] of sheets) {
    expect(xml).toContain('<pane ySplit="1" topLeftCell="A2" state="frozen"');
    expect(xml).toMatch(/<autoFilter ref="A1:[A-Z]+\d+"\/>/);
  }
  // The row of sums is outside the filter, so that it is not sorted among the others.
  expect(files["xl/worksheets/sheet2.xml"]).toContain('<autoFilter ref="A1:AB2"/>');
  expect(files["xl/worksheets/sheet2.xml"]).toContain('<col min="15" max="15" width="60"');
  const all = Object.values(files).join("\n");
  expect(all).not.toMatch(/externalLink|TargetMode="External"|hyperlink|vbaProject|oleObject/i);
});

test("the same plan at the same moment gives the same bytes", async () => {
  const prints = new Set<string>();
  for (let time = 0; time < 2; time += 1) {
    const bytes = await planAsBytes(manifestOf([{ prompt: "Lake.", takes: 2 }]));
    prints.add(createHash("sha256").update(bytes).digest("hex"));
  }
  expect(prints.size).toBe(1);
});

test("--format xlsx writes to a pipe, and refuses a terminal", async () => {
  const files = { "shots.yaml": manifestOf([{}]) };
  const piped = await topsheet(["plan", "shots.yaml", "--format", "xlsx"], { files });
  expect(piped).toMatchObject({ code: 0, out: "", err: "" });
  expect(XLSX.read(piped.bytes?.["-"]).SheetNames).toEqual(["Top sheet", "Lines", "Caps", "About"]);
  const seen = await topsheet(["plan", "shots.yaml", "--format", "xlsx"], {
    files,
    terminal: true,
  });
  expect(seen).toMatchObject({ code: 2, out: "" });
  expect(seen.bytes).toBeUndefined();
  expect(seen.err).toBe(
    "error: a workbook is no text for a terminal: write it with -o FILE.xlsx\n",
  );
});

test("a text that is too long for a cell is reported, and nothing is written", async () => {
  const multi = [{ prompt: "x".repeat(40_000), duration: 3 }];
  const told = await topsheet(["plan", "shots.yaml", "-o", "x.xlsx", "-o", "x.csv", "-q"], {
    files: { "shots.yaml": manifestOf([{ prompt: null, multi_prompt: multi }]) },
  });
  expect(told.code).toBe(1);
  expect(told.bytes).toBeUndefined();
  expect(told.err).toContain(
    "row 2 of Lines, column Prompt: no cell of a workbook holds a text that long",
  );
  expect(Object.keys(told.files)).toEqual(["x.csv"]);
});

test("a file whose name ends with .caps.csv contains the caps", async () => {
  const files = {
    "shots.yaml": manifestOf([{ scene: "=1" }], { budget: { by_scene: { "=1": 0.5 } } }),
  };
  const told = await topsheet(["plan", "shots.yaml", "-o", "film.caps.csv"], { files });
  expect(told.code).toBe(3);
  expect(told.files["film.caps.csv"]).toBe(
    '\ufeff"cap","of","from","limit","spent","held","planned","left","verdict"\r\n' +
      '"by_scene","\'=1",,"0.50","0.00","0.00","0.70","-0.20","over"\r\n',
  );
});
