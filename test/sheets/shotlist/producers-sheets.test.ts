import * as XLSX from "@e965/xlsx";
import { expect, test } from "vitest";
import { topsheet } from "../../rig/in-process.ts";
import { importSheet } from "./import-sheet.ts";

// Shot lists as producers make them. The whole output is in golden/.

const AGENCY = `Acme Spring Campaign;;;;;;;;;
Prepared by: Jo Park;;;01.11.2026;;;;;;
;;;;;;;;;
Scene;Shot #;Description;Action;Dur. (s);Aspect;AI model;Sound;Qty;Camera
1;1;A neon-lit skyline at dusk, slow dolly in;;8s;16x9;Kling 3.0 Pro;yes;2;Wide
1;2;"She says ""now"" and
walks off";;0:07;vertical;v3 pro;no;;Tele
SCENE 2 - ROOFTOP;;;;;;;;;
2;1;Mist clears from a lake;;6 sec;1:1;Kling Turbo;yes;1;
2;2;;She jumps;;landscape;turbo;-;1;
Scene;Shot #;Description;Action;Dur. (s);Aspect;AI model;Sound;Qty;Camera
2;3;Packshot;;5,0;square;turbo;;3x;
;;;;;;;;;
TOTAL;;;;26;;;;;
`;

test("an agency's CSV is imported: title lines, semicolons, quoted line ends, headings, a repeated header, a total", async () => {
  const told = await importSheet(AGENCY, [], "acme spring.csv");
  const seen = `exit ${told.code}\n\n${told.err}\n${told.out}`;
  await expect(seen).toMatchFileSnapshot("golden/agency.txt");
});

test("all mistakes are reported at once, each with its row and column", async () => {
  const told = await importSheet(
    [
      "Shot,Prompt,Secs,Ratio,Engine,Audio,Takes,Priority,Promt 2,Negativ",
      "1A,A lake.,20,16:9,v3 pro,yes,1,high,x,",
      "1a,,8,16:9,v3 pro,maybe,two,,,",
      "x/y,A hill.,soon,4:3,kling o4,no,0,urgent,,",
      "z,A hill.,7,banana,v3 pro,no,1,1,,",
    ].join("\r\n"),
  );
  const seen = `exit ${told.code}\n\n${told.err}\n${told.out}`;
  await expect(seen).toMatchFileSnapshot("golden/mistakes.txt");
});

/** Makes a workbook with SheetJS. */
function makeWorkbook(
  sheets: Readonly<Record<string, readonly (readonly unknown[])[]>>,
  touch: (sheets: XLSX.WorkBook["Sheets"], book: XLSX.WorkBook) => void = () => undefined,
): Uint8Array {
  const book = XLSX.utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(rows.map((row) => [...row])), name);
  }
  touch(book.Sheets, book);
  return new Uint8Array(XLSX.write(book, { type: "array", bookType: "xlsx" }));
}

const makeTimeCell = (hours: number, minutes: number, seconds = 0): XLSX.CellObject => ({
  t: "n",
  v: (hours * 3600 + minutes * 60 + seconds) / 86_400,
  z: seconds > 0 ? "h:mm:ss" : "h:mm",
});

test("a workbook is imported in which ratios and lengths became times and a scene is merged over its shots", async () => {
  const bytes = makeWorkbook(
    {
      Cover: [["Acme"], ["Shot list, final FINAL"]],
      Shots: [
        ["Acme: shots", null, null, null, null],
        ["Scene", "Shot", "Prompt", "Length", "Format", "Model", "Cost"],
        [1, "1-1", "A lake.", makeTimeCell(0, 8), makeTimeCell(16, 9), "turbo", 1.12],
        [null, 2, "A hill.", makeTimeCell(0, 0, 7), makeTimeCell(9, 16), "turbo"],
        [null, "3", 2001, "9", makeTimeCell(1, 1), "turbo"],
        [2, "4", "A road.", 5.5, "16:9", "turbo"],
      ],
      Old: [
        ["Shot", "Prompt"],
        ["old", "Gone."],
      ],
    },
    ({ Shots: shots = {} }) => {
      shots["!merges"] = [XLSX.utils.decode_range("A1:E1"), XLSX.utils.decode_range("A3:A5")];
      shots["B3"] = { t: "n", v: 46_023, z: "d-mmm" };
    },
  );
  const told = await importSheet(bytes, [], "acme.xlsx");
  const seen = `exit ${told.code}\n\n${told.err}\n${told.out}`;
  await expect(seen).toMatchFileSnapshot("golden/workbook.txt");
});

test("--sheet reads another sheet, even a hidden one, and suggests a name for one that does not exist", async () => {
  const bytes = makeWorkbook(
    {
      Shots: [
        ["Shot", "Prompt"],
        ["a", "A lake."],
      ],
      Drafts: [
        ["Shot", "Prompt"],
        ["b", "A hill."],
      ],
    },
    (_, book) => {
      book.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }] };
    },
  );
  const options = ["--model", "turbo", "-q"];
  const model = ["--model", "kling-v3-turbo-pro", "-q"];
  expect((await importSheet(bytes, options, "x.xlsx")).err).toContain('there is no model "turbo"');
  expect((await importSheet(bytes, model, "x.xlsx")).out).toContain("- id: a\n");
  expect((await importSheet(bytes, [...model, "--sheet", "drafts"], "x.xlsx")).out).toContain(
    "- id: b\n",
  );
  const wrong = await importSheet(bytes, [...model, "--sheet", "Draft"], "x.xlsx");
  expect(wrong).toMatchObject({ code: 2, out: "" });
  expect(wrong.err).toContain('there is no sheet "Draft"\n  hint: did you mean "Drafts"?');
});

test("formulas are read by their saved results; one that failed or was never computed is a mistake", async () => {
  const bytes = makeWorkbook(
    {
      S: [
        ["Shot", "Prompt", "Secs"],
        ["a", "Lake.", 1],
        ["b", "Hill.", 1],
        ["c", "Road.", 1],
      ],
    },
    ({ S: sheet = {} }) => {
      sheet["C2"] = { t: "n", v: 8, f: "4*2" };
      sheet["C3"] = { t: "e", v: 0x17, f: "1/0" };
      sheet["B4"] = { t: "s", v: "R", f: 'HYPERLINK("http://x")' };
    },
  );
  const told = await importSheet(bytes, ["--model", "kling-v3-turbo-pro"], "x.xlsx");
  expect(told.code).toBe(2);
  expect(told.out).toContain("duration: 8");
  expect(told.out).toContain("prompt: R\n");
  expect(told.err).toContain("row 3, column Secs: its formula has failed");
});

const LIST = "Shot\tPrompt\tModel\r\n1\tCafé “night” – 20 €\tturbo\r\n";

test.for([
  ["UTF-16 as Excel's Unicode text", Buffer.from(`\ufeff${LIST}`, "utf16le")],
  ["big-endian UTF-16", Buffer.from(`\ufeff${LIST}`, "utf16le").swap16()],
  ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${LIST}`)],
  ["UTF-8", Buffer.from(LIST)],
  ["CSV with the line ends of an old Mac", Buffer.from(LIST.replaceAll("\r\n", "\r"))],
  ["CSV with Excel's declaration of the delimiter", Buffer.from(`sep=\t\r\n${LIST}`)],
] as const)("%s is read", async ([, bytes]) => {
  const told = await importSheet(new Uint8Array(bytes));
  expect(told.err).not.toContain("warning");
  expect(told).toMatchObject({ code: 0 });
  expect(told.out).toContain('id: "1"');
  expect(told.out).toContain("prompt: Café “night” – 20 €\n");
});

test("a file that is not UTF-8 is read as Windows-1252, with a warning", async () => {
  const bytes = Buffer.concat([
    Buffer.from("Shot,Prompt,Model\n1,Caf"),
    Buffer.from([0xe9, 0x20, 0x93, 0x78, 0x94]),
    Buffer.from(",turbo\n"),
  ]);
  const told = await importSheet(new Uint8Array(bytes));
  expect(told.code).toBe(0);
  expect(told.out).toContain("prompt: Café “x”\n");
  expect(told.err).toContain("shots.csv is not UTF-8: it was read as Windows-1252");
});

test.for([
  ["8", 8],
  ["8s", 8],
  ["8 sec.", 8],
  ["8 Seconds", 8],
  ["0:08", 8],
  ["00:08", 8],
  ["00:00:08", 8],
  ["00:00:08:00", 8],
  ['8"', 8],
  ["8''", 8],
  ["~8s", 8],
  ["8,0", 8],
  ["1:00", 60],
])("a length of %s is read as %d seconds", async ([written, seconds]) => {
  const cell = `"${String(written).replaceAll('"', '""')}"`;
  const { out } = await importSheet(`Shot,Prompt,Secs,Model\n1,Lake.,${cell},turbo\n`, ["-q"]);
  expect(out).toContain(`duration: ${seconds}\n`);
});

test.for([
  ["16:9", "16:9"],
  ["16x9", "16:9"],
  ["16 X 9", "16:9"],
  ["9/16", "9:16"],
  ["9 : 16", "9:16"],
  ["1×1", "1:1"],
  ["Vertical", "9:16"],
  ["TikTok", "9:16"],
  ["SQUARE", "1:1"],
])("a ratio of %s is read as %s", async ([written, ratio]) => {
  const { out } = await importSheet(`Shot,Prompt,Ratio,Model\n1,Lake.,${written},turbo\n`, ["-q"]);
  expect(out).toContain(`aspect_ratio: "${ratio}"\n`);
});

test.for([
  ["Kling 3.0 Pro", "kling-v3-pro"],
  ["kling v3 4K", "kling-v3-4k"],
  ["KLING-O3-4K", "kling-o3-4k"],
  ["o3 4k reference", "kling-o3-4k-reference"],
  ["Kling 3 Turbo", "kling-v3-turbo-pro"],
  ["fal-ai/kling-video/v3/pro/text-to-video", "kling-v3-pro"],
])("a model called %s is read as %s", async ([written, alias]) => {
  const { out } = await importSheet(`Shot,Prompt,Model\n1,Lake.,${written}\n`, ["-q"]);
  expect(out).toContain(`model: ${alias}\n`);
});

test("a model that could be several is not guessed", async () => {
  const told = await importSheet("Shot,Prompt,Model\n1,Lake.,Kling\n2,Hill.,Veo 3\n");
  expect(told.code).toBe(2);
  expect(told.err).toContain('row 2, column Model: there is no model "Kling"');
  expect(told.err).toContain('row 3, column Model: there is no model "Veo 3"');
});

test("ids of the sheet are kept if they are legal and unique without regard to case, else changed", async () => {
  const { out, err } = await importSheet(
    [
      "Shot,Prompt,Model",
      "hero,A.,turbo",
      "Hero,B.,turbo",
      "Shot 3/A – wide,C.,turbo",
      ",Über den Wolken fliegt ein Vogel.,turbo",
      ",雪の夜,turbo",
      `${"x".repeat(80)},F.,turbo`,
      "hero-2,G.,turbo",
    ].join("\n"),
  );
  expect([...out.matchAll(/id: (.*)/g)].map(([, id]) => id)).toEqual([
    "hero",
    "Hero-3",
    "Shot-3-A-wide",
    "uber-den-wolken-fliegt",
    "shot-5",
    "x".repeat(64),
    "hero-2",
  ]);
  expect(err).toContain(
    `Row 3, column Shot: "Hero" is also the id of another shot: this one became Hero-3.`,
  );
});

test("shots that are numbered anew in each scene get the scene in their ids", async () => {
  const { out } = await importSheet(
    "Scene,Shot,Prompt,Model\n1,1,A.,turbo\n1,2,B.,turbo\n2,1,C.,turbo\n",
    ["-q"],
  );
  expect([...out.matchAll(/id: (.*)/g)].map(([, id]) => id)).toEqual(["1-1", "1-2", "2-1"]);
});

test("--map assigns a column to a field or leaves it out, by title or letter, and the report says so", async () => {
  const sheet =
    "Nr,What we see,Look,Sekunden,Comment,\nA,Lake,at dawn,8,secret,x\nB,Hill,at dusk,7,,\n";
  const options = ["--model", "kling-v3-turbo-pro", "--map", "what we see=prompt"];
  const more = ["--map", "Look=description", "--map", "D=secs", "--map", "Comment=-"];
  const told = await importSheet(sheet, [...options, ...more]);
  expect(told.code).toBe(0);
  expect(told.out).toContain("prompt: |-\n      Lake\n      at dawn\n");
  expect(told.out).toContain("duration: 8\n");
  expect(told.out).not.toContain("secret");
  expect(told.err).toContain("\nNr           id\n");
  expect(told.err).toContain("\nWhat we see  prompt (by --map)\n");
  expect(told.err).toContain("\nComment      left out: by --map\n");
  expect(told.err).toContain("\ncolumn F     left out: it has no title\n");
});

test.for([
  [["--map", "Secs"], '--map takes "Column=field", or "Column=-" to leave it out, not "Secs"'],
  [["--map", "Secs=dura"], 'there is no field "dura"; did you mean "duration"?'],
  [
    ["--map", "Sec=duration"],
    '--map names a column "Sec" that is not in the sheet\n  hint: did you mean "Secs"?',
  ],
  [["--campaign", "a b"], "--campaign takes a name such as aurora-launch"],
  [["-o", "shots.csv"], "a manifest is YAML: name it shots.csv.yaml"],
] as const)("%j is refused", async ([options, says]) => {
  const told = await importSheet("Shot,Prompt,Secs,Model\n1,Lake.,8,turbo\n", options);
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain(says);
});

test("a column with a misspelt title is left out with a suggestion", async () => {
  const { err } = await importSheet("Shot,Description,Durration,Model\n1,Lake.,8,turbo\n");
  expect(err).toContain(
    '\nDurration    left out: no such field; did you mean duration? --map "Durration=duration"\n',
  );
});

test("a missing model is reported once", async () => {
  const told = await importSheet("Shot,Prompt\n1,Lake.\n2,Hill.\n");
  expect(told.code).toBe(2);
  expect(told.err.match(/model makes the shots/g)).toHaveLength(1);
  expect(told.err).toContain("1 error\n");
});

test("-o writes the manifest and its schema, and replaces a file only with --replace", async () => {
  const files = { "s.csv": "Shot,Prompt,Model\n1,Lake.,turbo\n" };
  const made = await topsheet(["import", "s.csv", "-o", "film/m.yaml"], { files });
  expect(made).toMatchObject({ code: 0, out: "" });
  expect(Object.keys(made.files).toSorted()).toEqual(["film/m.yaml", "film/topsheet.schema.json"]);
  expect(made.err).toContain("It passes `check`: 1 line, $0.70 at list prices.\n");
  expect(made.err).toContain("film/m.yaml written. Next: topsheet plan film/m.yaml\n");
  const again = { files: { ...files, ...made.files } };
  const kept = await topsheet(["import", "s.csv", "-o", "film/m.yaml"], again);
  expect(kept).toMatchObject({ code: 2, files: {} });
  expect(kept.err).toContain(
    "film/m.yaml is there already\n  hint: name another file, or add --replace",
  );
  const told = await topsheet(["import", "s.csv", "-o", "film/m.yaml", "--replace"], again);
  expect(told.files).toEqual({ "film/m.yaml": made.files["film/m.yaml"] });
});

test("a manifest that does not pass check is written, and the next step is to import again", async () => {
  const files = { "s.csv": "Shot,Prompt\n1,Lake.\n" };
  const made = await topsheet(["import", "s.csv", "-o", "m.yaml"], { files });
  expect(made.code).toBe(2);
  expect(Object.keys(made.files)).toContain("m.yaml");
  expect(made.err).toContain(
    "m.yaml written. It has what could be read; --replace lets the next import write over it.\n",
  );
  expect(made.err).not.toContain("Next: topsheet plan");
});

test("a file of another kind is refused with a reason", async () => {
  const says = async (bytes: string | Uint8Array) => {
    const told = await importSheet(bytes);
    expect(told).toMatchObject({ code: 2, out: "" });
    return told.err;
  };
  expect(await says("")).toContain("no row looks like the header of a shot list");
  expect(await says("a,b\n1,2\n")).toContain("no row looks like the header of a shot list");
  expect(await says("Shot,Prompt\n")).toContain("there are no shots under the header");
  expect(await says('Shot,Prompt\n1,"Lake.\n2,Hill.\n')).toContain(
    "a quote is opened and never closed",
  );
  expect(await says(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0, 0]))).toContain(
    "an old .xls workbook",
  );
  expect(await says(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]))).toContain("it is cut short");
  const missing = await topsheet(["import", "shot.csv"], { files: { "shots.csv": "" } });
  expect(missing.err).toContain('there is no file shot.csv\n  hint: did you mean "shots.csv"?');
});
