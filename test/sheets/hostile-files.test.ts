import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { importSheet } from "./shotlist/import-sheet.ts";
import { cpuTime } from "../rig/cpu-time.ts";

// Hostile files: each is refused with a reason, in little time and memory.

interface Part {
  readonly path: string;
  readonly data: Uint8Array;
  /** The size that the directory declares, if it lies. */
  readonly claims?: number;
  readonly flags?: number;
  readonly claimsPacked?: number;
}

const PACKED = new WeakMap<Uint8Array, Buffer>();

function packOnce(data: Uint8Array): Buffer {
  const packed = PACKED.get(data) ?? deflateRawSync(data);
  PACKED.set(data, packed);
  return packed;
}

const LARGE = Buffer.alloc(70 * 1024 * 1024, " ");

/** Makes a ZIP file whose directory may lie. */
function makeZip(parts: readonly Part[]): Uint8Array {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { path, data, claims = data.length, flags = 0, claimsPacked } of parts) {
    const packed = packOnce(data);
    const name = Buffer.from(path);
    const size = claimsPacked ?? packed.length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(size, 20);
    entry.writeUInt32LE(claims, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    bodies.push(local, name, packed);
    entries.push(entry, name);
    at += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...bodies, directory, end]));
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPES = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** Makes the parts of a workbook with one sheet. */
function makeParts(
  sheet: string | Part,
  sheets = '<sheet name="S" sheetId="1" r:id="r1"/>',
): Part[] {
  const text = (path: string, xml: string): Part => ({ path, data: Buffer.from(xml) });
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  const relations = (inner: string): string =>
    `<Relationships xmlns="${RELATIONS}">${inner}</Relationships>`;
  return [
    text("[Content_Types].xml", `<Types xmlns="${TYPES}"/>`),
    text("_rels/.rels", relations(relation("r1", "officeDocument", "xl/workbook.xml"))),
    text(
      "xl/workbook.xml",
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets}</sheets></workbook>`,
    ),
    text("xl/_rels/workbook.xml.rels", relations(relation("r1", "worksheet", "worksheets/s.xml"))),
    typeof sheet === "string"
      ? text("xl/worksheets/s.xml", `${sheet}`)
      : { ...sheet, path: "xl/worksheets/s.xml" },
  ];
}

const makeCell = (at: string, value: string): string =>
  `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
const makeSheet = (rows: string): string =>
  `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
const HEADER = `<row r="1">${makeCell("A1", "Shot")}${makeCell("B1", "Prompt")}${makeCell("C1", "Model")}</row>`;
const SHOT = `<row r="2">${makeCell("A2", "a")}${makeCell("B2", "Lake.")}${makeCell("C2", "turbo")}</row>`;
const LIST = makeSheet(HEADER + SHOT);

async function importRefused(bytes: Uint8Array): Promise<string> {
  const began = cpuTime();
  const told = await importSheet(bytes, [], "evil.xlsx");
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(cpuTime() - began).toBeLessThan(5_000);
  return told.err;
}

test("the workbook on which the hostile ones are based can be read", async () => {
  const told = await importSheet(makeZip(makeParts(LIST)), [], "good.xlsx");
  expect(told).toMatchObject({ code: 0 });
  expect(told.out).toContain("id: a\n");
});

test("a formula whose result is not in the file is a mistake, because none is computed", async () => {
  const formula = SHOT.replace(makeCell("B2", "Lake."), '<c r="B2"><f>"La"&amp;"ke."</f></c>');
  const told = await importSheet(makeZip(makeParts(makeSheet(HEADER + formula))), [], "x.xlsx");
  expect(told.code).toBe(2);
  const says = "row 2, column Prompt: its formula's result is not in the file";
  expect(told.err).toContain(says);
});

test("a ZIP bomb that declares its size is refused", async () => {
  const bomb = makeZip(makeParts({ path: "", data: LARGE }));
  expect(bomb.length).toBeLessThan(100_000);
  expect(await importRefused(bomb)).toContain("it unpacks to more than 64 MiB");
});

test("a ZIP bomb whose directory declares a small size is unpacked only that far", async () => {
  expect(
    await importRefused(makeZip(makeParts({ path: "", data: LARGE, claims: 5_000 }))),
  ).toContain(
    "evil.xlsx cannot be read as a workbook: Decompressed size exceeds limit of 5000 bytes",
  );
});

test("a ZIP bomb that declares no size is refused", async () => {
  const unsaid = "it does not declare the length of its parts";
  expect(await importRefused(makeZip(makeParts({ path: "", data: LARGE, claims: 0 })))).toContain(
    unsaid,
  );
  const after = { path: "", data: LARGE, claims: 0, claimsPacked: 0, flags: 8 };
  expect(await importRefused(makeZip(makeParts(after)))).toContain(unsaid);
});

test("a thousand parts that share their data are refused", async () => {
  const data = Buffer.alloc(1024 * 1024, " ");
  const [first] = makeParts(LIST);
  const parts = Array.from({ length: 5_000 }, (_, index) => ({
    path: `p${index}`,
    data: Buffer.from("x"),
  }));
  expect(await importRefused(makeZip([...makeParts(LIST), ...parts]))).toContain(
    "it has 5005 parts",
  );
  const many = Array.from({ length: 80 }, (_, index) => ({ path: `p${index}`, data }));
  expect(
    await importRefused(makeZip([...(first === undefined ? [] : [first]), ...many])),
  ).toContain("it unpacks to more than");
});

test("a sheet whose two cells span seventeen thousand million is read quickly", async () => {
  const corner = `<row r="1048576">${makeCell("XFD1048576", "x")}</row>`;
  const told = await importSheet(
    makeZip(makeParts(makeSheet(HEADER + SHOT + corner))),
    [],
    "wide.xlsx",
  );
  // Cells beyond the size of any shot list are not read.
  expect(told).toMatchObject({ code: 0 });
});

test("nested entities are not expanded", async () => {
  const laughs = Array.from(
    { length: 12 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  );
  const doctype = `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs.join("")}<!ENTITY f SYSTEM "file:///etc/passwd">]>`;
  const sheet = makeSheet(HEADER + SHOT.replace("Lake.", "&l12;&f;"));
  const told = await importSheet(makeZip(makeParts(`${doctype}${sheet}`)), [], "laughs.xlsx");
  expect(told.out + told.err).not.toMatch(/haha|root:/);
  expect(told.out.length + told.err.length).toBeLessThan(2_000);
});

test("a workbook that lists one sheet ten thousand times, or whose merges overlap, is read quickly", async () => {
  const sheets = Array.from(
    { length: 10_000 },
    (_, index) => `<sheet name="S${index}" sheetId="${index + 1}" r:id="r1"/>`,
  );
  const merges = Array.from({ length: 4_000 }, () => '<mergeCell ref="D1:D200000"/>').join("");
  const far = `<row r="200000">${makeCell("D200000", "x")}</row>`;
  const sheet = makeSheet(HEADER + SHOT + far).replace(
    "</worksheet>",
    `<mergeCells>${merges}</mergeCells></worksheet>`,
  );
  const began = cpuTime();
  const told = await importSheet(
    makeZip(makeParts(sheet, sheets.slice(0, 1).join(""))),
    [],
    "m.xlsx",
  );
  expect(told.code).toBe(0);
  const all = await importSheet(makeZip(makeParts(LIST, sheets.join(""))), [], "s.xlsx");
  expect(all.code).toBe(0);
  expect(cpuTime() - began).toBeLessThan(8_000);
});

test("a workbook cut anywhere is refused, and never crashes", async () => {
  const whole = makeZip(makeParts(LIST));
  for (let length = 4; length < whole.length; length += 37) {
    expect(await importRefused(whole.slice(0, length))).toContain("cannot be read as a workbook");
  }
});

test("a workbook with one changed byte never crashes the import", async () => {
  const whole = makeZip(makeParts(LIST));
  for (let at = 4; at < whole.length; at += 11) {
    const changed = Uint8Array.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    const told = await importSheet(changed, [], "x.xlsx");
    expect([0, 2]).toContain(told.code);
  }
});

test("sixteen thousand cells that begin like a formula, a quote or a number are imported unchanged", async () => {
  const rows = Array.from(
    { length: 4_000 },
    (_, index) => `s${index},"=cmd|' /C calc'!A${index}",0:08,turbo`,
  );
  const told = await importSheet(`Shot,Prompt,Secs,Model\n${rows.join("\n")}\n`, ["-q"]);
  expect(told).toMatchObject({ code: 0, err: "" });
  expect(told.out).toContain("prompt: =cmd|' /C calc'!A3999\n");
});
