import * as XLSX from "@e965/xlsx";
import { expect, test } from "vitest";
import { makeCaps } from "../budget/make-caps.ts";
import { type MicroUsd, microUsd, NOTHING } from "../../src/money.ts";
import { type CostReport, type Costs, followMoney } from "../../src/report/cost-report.ts";
import { makeReportDocument } from "../../src/report/cost-document.ts";
import { renderCsv } from "../../src/sheets/csv.ts";
import { toWorkbook } from "../../src/sheets/workbook.ts";
import { writeWorkbook } from "../../src/sheets/write-workbook.ts";
import { NOW } from "../rig/in-process.ts";
import { computeFormula } from "./formulas.ts";

function makeCosts(
  budget: number,
  actual: number,
  committed: number,
  etc: number,
  more = 0,
): Costs {
  const usd = (amount: number): MicroUsd => microUsd(amount);
  const efc = actual + committed + etc;
  return {
    budget: usd(budget),
    overages: usd(more),
    actual: usd(actual),
    committed: usd(committed),
    etc: usd(etc),
    efc: usd(efc),
    left: usd(budget + more - efc),
  };
}

const HERO = makeCosts(1_176_000, 1_176_000, 0, 0);
const LOST = makeCosts(1_176_000, 0, 1_176_000, 0);
const REPORT: CostReport = {
  campaign: "film",
  purpose: "real",
  ledger: "l",
  timezone: "UTC",
  now: NOW,
  day: null,
  planned: true,
  unknown: NOTHING,
  overages: [],
  separation: null,
  misbilled: [],
  resolutions: [],
  duplicates: NOTHING,
  boughtTwice: { keys: [], held: false },
  total: makeCosts(3_052_000, 1_176_000, 1_176_000, 900_000, 500_000),
  scenes: [
    {
      scene: "1",
      ...makeCosts(2_352_000, 1_176_000, 1_176_000, 0, 250_000),
      shots: [
        {
          shot: "=hero",
          ...makeCosts(2_352_000, 1_176_000, 1_176_000, 0),
          takes: [
            { key: "=hero~t1", ...HERO },
            { key: "=hero~t2", ...LOST },
          ],
        },
      ],
    },
    {
      scene: null,
      ...makeCosts(700_000, 0, 0, 900_000),
      shots: [
        {
          shot: "b",
          ...makeCosts(700_000, 0, 0, 900_000),
          takes: [{ key: "b~t1", ...makeCosts(700_000, 0, 0, 900_000) }],
        },
      ],
    },
  ],
  overTime: null,
};

async function writeAndRead(report: CostReport): Promise<XLSX.WorkBook> {
  const bytes = await writeWorkbook(toWorkbook(makeReportDocument(report)));
  if (!(bytes instanceof Uint8Array)) throw new Error("too long");
  return XLSX.read(bytes, { cellFormula: true, cellNF: true });
}

function readShown(workbook: XLSX.WorkBook, name: string): readonly string[] {
  const sheet = workbook.Sheets[name] ?? {};
  const rows = XLSX.utils.sheet_to_json<string[]>(sheet, { header: 1, raw: false, defval: "" });
  return rows.map((row) => row.join(" | "));
}

test("the workbook of a cost report has amounts in dollars, and its computed sums and final costs add up", async () => {
  const over = {
    caps: makeCaps({ cap: microUsd(9_000_000) }),
    timezone: "UTC",
    overages: [],
    now: NOW,
  };
  const money = { spent: microUsd(1_176_000), held: microUsd(1_176_000), reservedAt: NOW };
  const overTime = followMoney(over, [money]);
  const workbook = await writeAndRead({ ...REPORT, overTime });
  expect(readShown(workbook, "Cost report")).toEqual([
    "Scene | Budget | Overages | Actual | Committed | ETC | EFC | Left",
    "1 | $2.352 | $0.250 | $1.176 | $1.176 | $0.000 | $2.352 | $0.250",
    " | $0.700 | $0.000 | $0.000 | $0.000 | $0.900 | $0.900 | -$0.200",
    "Total | $3.052 |  | $1.176 | $1.176 | $0.900 | $3.252 | ",
  ]);
  expect(readShown(workbook, "Lines")).toEqual([
    "Key | Shot | Scene | Budget | Actual | Committed | ETC | EFC | Left",
    "'=hero~t1 | '=hero | 1 | $1.176 | $1.176 | $0.000 | $0.000 | $1.176 | $0.000",
    "'=hero~t2 | '=hero | 1 | $1.176 | $0.000 | $1.176 | $0.000 | $1.176 | $0.000",
    "b~t1 | b |  | $0.700 | $0.000 | $0.000 | $0.900 | $0.900 | -$0.200",
    "Total |  |  | $3.052 | $1.176 | $1.176 | $0.900 | $3.252 | -$0.200",
  ]);
  expect(readShown(workbook, "Days")).toEqual([
    "Day | Spent | Held | So far | Cap | Cap a day",
    "2026-11-21 | $1.176 | $1.176 | $2.352 | $9.000 | ",
    "Total | $1.176 | $1.176 |  |  | ",
  ]);
  expect(readShown(workbook, "About").slice(0, 3)).toEqual([
    "What | Is | Made (UTC) | Overages | Over (-) or under",
    "Campaign | film | 2026-11-21 09:00 | $0.500 | $0.300",
    "Verdict | $0.30 under |  |  | ",
  ]);
  let looked = 0;
  for (const name of workbook.SheetNames) {
    for (const [at, cell] of Object.entries<XLSX.CellObject>(workbook.Sheets[name] ?? {})) {
      if (at.startsWith("!") || cell.f === undefined) continue;
      expect([name, at, cell.v]).toEqual([name, at, computeFormula(workbook, name, cell.f)]);
      looked += 1;
    }
  }
  // Two formulas in each row, and the sums: 2 scenes and 5 sums, 3 lines and 6 sums, 2 sums of days.
  expect(looked).toBe(2 * 2 + 5 + 3 * 2 + 6 + 2);
});

test("CSV of a cost report has a row for each line, exact amounts, and no name that runs as a formula", () => {
  expect(renderCsv(makeReportDocument(REPORT), { path: null })).toBe(
    [
      '"key","shot","scene","budget","actual","committed","etc","efc","left"',
      `"'=hero~t1","'=hero",1,"1.176","1.176","0.00","0.00","1.176","0.00"`,
      `"'=hero~t2","'=hero",1,"1.176","0.00","1.176","0.00","1.176","0.00"`,
      '"b~t1","b",,"0.70","0.00","0.00","0.90","0.90","-0.20"',
      "",
    ].join("\r\n"),
  );
});

test("a sheet without a plan has only what is known, and that of yesterday has no estimate", async () => {
  const unplanned = await writeAndRead({ ...REPORT, planned: false });
  expect(readShown(unplanned, "Lines")[0]).toBe("Key | Shot | Scene | Actual | Committed");
  const hot = await writeAndRead({ ...REPORT, day: { from: NOW - 1, to: NOW } });
  expect(readShown(hot, "Cost report")[0]).toBe(
    "Scene | Budget | Overages | Actual | Committed | Cost | Left",
  );
});
