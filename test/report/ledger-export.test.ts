import { expect, test } from "vitest";
import { decodeFact } from "../../src/ledger/entry.ts";
import { parseUsd, sum } from "../../src/money.ts";
import { encodeEntry, encodeHolds } from "../../src/report/ledger-export.ts";
import { Bench, order, STANDINGS, step } from "../ledger/rig/test-ledger.ts";
import { sqlite } from "../ledger/rig/sqlite-ledgers.ts";

const CELL = /"((?:[^"]|"")*)"|(\d+)/g;

/** Rows of a sheet of which every text is quoted. */
function queryRows(csv: string): readonly (readonly string[])[] {
  return csv
    .trimEnd()
    .split("\r\n")
    .map((row) =>
      [...row.matchAll(CELL)].map(([, text, number]) =>
        (text ?? number ?? "").replaceAll('""', '"'),
      ),
    );
}

/** A hold in every standing, and text that a spreadsheet would run. */
async function makeEveryStanding(): Promise<Bench> {
  const bench = await Bench.create(sqlite);
  for (const standing of STANDINGS) await bench.makeHold(order(standing), standing);
  const formula = await bench.makeHold(order("=1+1", { scene: '@"x"', shot: "-a" }), "settled");
  await bench.advance(formula.id, step.delivered());
  return bench;
}

test("writes each entry as a line of JSON with all of its fields", async () => {
  const bench = await makeEveryStanding();
  const entries = await bench.ledger.entries(null);
  const lines = entries.map(encodeEntry);
  expect(lines.length).toBeGreaterThan(30);
  for (const [index, line] of lines.entries()) {
    expect(line).toMatch(/^\{.*\}\n$/);
    const { seq, at, campaign, run, hold, ...fact } = JSON.parse(line);
    const read = { seq, at: Date.parse(at), campaign, run, hold };
    expect({ ...read, fact: decodeFact(JSON.stringify(fact)) }).toEqual(entries[index]);
  }
});

test("writes each hold as a row, and the rows add up to the ledger's money", async () => {
  const bench = await makeEveryStanding();
  const holds = await bench.ledger.holds("film");
  const [head = [], ...rows] = queryRows(encodeHolds(holds));
  expect(rows).toHaveLength(STANDINGS.length + 1);
  const column = (name: string): string[] => rows.map((row) => row[head.indexOf(name)] ?? "none");
  expect(column("state")).toEqual(holds.map(({ state }) => state));
  for (const name of ["spent", "held"] as const) {
    const told = column(name).map((text) => parseUsd(text));
    expect(sum(told.filter((amount) => amount !== undefined))).toBe(
      sum(holds.map((hold) => hold[name])),
    );
    expect(told).not.toContain(undefined);
  }
  expect(column("hold")).toEqual(holds.map(({ id }) => id));
  expect(column("sha256").filter((text) => text !== "")).toHaveLength(1);
});

test("writes nothing that a spreadsheet would run as a formula", async () => {
  const bench = await makeEveryStanding();
  const [, ...rows] = queryRows(encodeHolds(await bench.ledger.holds("film")));
  const cells = rows.flat();
  expect(cells.length).toBeGreaterThan(200);
  expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  expect(cells).toContain("'=1+1~t1");
});
