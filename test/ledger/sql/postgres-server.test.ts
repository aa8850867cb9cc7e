import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { type Ledger } from "../../../src/ledger/ledger.ts";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { POSTGRES_MIGRATIONS } from "../../../src/ledger/sql/tables.ts";
import {
  createPostgres,
  existsInPostgres,
  openPostgres,
} from "../../../src/ledger/sql/postgres.ts";
import { cutConnections, freshDatabase, queryRows } from "../../rig/postgres/database.ts";
import { startPostgres } from "../../rig/postgres/server.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { capped, order, step, World } from "../rig/test-ledger.ts";

const shared = await freshDatabase();
afterAll(async () => await shared.drop());
let schemas = 0;

/** Room for a ledger that has the server's clock, as the program uses it. */
function place(): string {
  return `${shared.url}?schema=own_${(schemas += 1)}`;
}

const world = new World();

async function createLedger(name: string, owner = "a"): Promise<Ledger> {
  const ledger = await createPostgres(name, "real", { ...world.as(owner), now: null });
  onTestFinished(() => ledger.close());
  return ledger;
}

async function startFilmRun(ledger: Ledger): Promise<string> {
  await ledger.agree("film", capped({}));
  return await ledger.startRun({ campaign: "film", account: null, limits: [] });
}

async function describeTrouble(work: Promise<unknown>): Promise<string> {
  const answer = await work.then(
    () => "none",
    (cause: unknown) => cause,
  );
  return answer instanceof LedgerFault ? `${answer.trouble}: ${answer.message}` : String(answer);
}

test("the server's clock counts, whatever a machine's own clock says", async () => {
  const before = Date.now();
  const ledger = await createLedger(place());
  world.at = 0;
  const run = await startFilmRun(ledger);
  const reservation = await ledger.reserve(run, order("a"));
  const at = reservation.is === "held" ? reservation.hold.reservedAt : 0;
  // The server is on the same machine; a second covers the round trip.
  expect(at).toBeGreaterThanOrEqual(before - 1_000);
  expect(at).toBeLessThanOrEqual(Date.now() + 1_000);
  expect((await ledger.entries(null)).every((entry) => entry.at >= before - 1_000)).toBe(true);
});

test("of eight processes that create the same ledger at once, one does, and the others find it", async () => {
  const name = place();
  const all = Array.from({ length: 8 }, (_, turn) => createLedger(name, `${turn}`));
  const told = await Promise.all(all.map((one) => describeTrouble(one)));
  expect(told.filter((answer) => answer === "none")).toHaveLength(1);
  expect(told.filter((answer) => answer.startsWith("there-already: "))).toHaveLength(7);
  expect(await existsInPostgres(name)).toBe(true);
  const found = await openPostgres(name, "write", { ...world.as("late"), now: null });
  onTestFinished(() => found.close());
  expect(found.purpose).toBe("real");
});

test("reports a ledger that is missing, denied or none for what it is, without the password", async () => {
  const open = async (name: string): Promise<string> =>
    (
      await describeTrouble(openPostgres(name, "write", { ...world.as("a"), now: null }))
    ).replaceAll(new URL(shared.url).pathname, "/DB");
  const url = new URL(shared.url);
  url.username = "nobody_there";
  url.password = "geheim";
  const nobody = await open(url.href);
  expect(nobody).toMatch(/^(denied|missing): /);
  expect(nobody).not.toContain("geheim");
  const gone = new URL(shared.url);
  gone.pathname = "/no_such_database";
  expect(await open(gone.href)).toBe('missing: database "no_such_database" does not exist');
  const silent = new URL(shared.url);
  silent.port = "1";
  silent.password = "geheim";
  // A mistyped name is reported at once: with this clock, no retry could happen.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const answer = await open(silent.href);
  vi.useRealTimers();
  expect(answer).toMatch(/^unreachable: connect ECONNREFUSED/);
  expect(answer).not.toContain("geheim");
  expect(await open(`${shared.url}?schema=UPPER`)).toMatch(/^missing: .* is not the address/);
  expect(await existsInPostgres(place())).toBe(false);
  await queryRows(shared.url, "CREATE SCHEMA foreign_one; ");
  await queryRows(shared.url, "CREATE TABLE foreign_one.about (name TEXT, value TEXT)");
  expect(await open(`${shared.url}?schema=foreign_one`)).toMatch(/^not-a-ledger: /);
  const newer = place();
  await createLedger(newer);
  const schema = new URL(newer).searchParams.get("schema") ?? "";
  await queryRows(shared.url, `UPDATE ${schema}.about SET value = '99' WHERE name = 'version'`);
  expect(await open(newer)).toMatch(/^newer: /);
});

test("migrates an older topsheet's ledger once when it is opened, or reports that it is old", async () => {
  const [first = ""] = POSTGRES_MIGRATIONS;
  const at = place();
  const schema = new URL(at).searchParams.get("schema") ?? "";
  const made = [
    `CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${first}`,
    "INSERT INTO about (name, value) VALUES ('version', '1'), ('id', 'old')",
    'INSERT INTO entries (at, fact) VALUES (1, \'{"kind":"purpose","purpose":"real"}\')',
    "INSERT INTO about (name, value) VALUES ('purpose', 'real')",
    `CREATE ROLE reader_${schema} LOGIN PASSWORD 'x'`,
    `GRANT USAGE ON SCHEMA ${schema} TO reader_${schema}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO reader_${schema}`,
  ];
  await queryRows(shared.url, made.join(";\n"));
  const reader = new URL(at);
  [reader.username, reader.password] = [`reader_${schema}`, "x"];
  const refused = openPostgres(reader.href, "read", { ...world.as("b"), now: null });
  expect(await describeTrouble(refused)).toMatch(
    /^denied: an older topsheet created it, and it has to be migrated first, but permission/,
  );
  let told = 0;
  const environment = { ...world.as("b"), onMigrated: () => (told += 1) };
  for (const use of ["read", "write", "read"] as const) {
    const ledger = await openPostgres(at, use, { ...environment, now: null });
    onTestFinished(() => ledger.close());
    expect(await verifyLedger(ledger)).toMatchObject({ entries: 1, problems: [] });
  }
  expect(told).toBe(1);
});

test("entries are never changed, removed or truncated, and leave no gap", async () => {
  const name = place();
  const ledger = await createLedger(name);
  const run = await startFilmRun(ledger);
  const schema = new URL(name).searchParams.get("schema") ?? "";
  for (const sql of [
    `UPDATE ${schema}.entries SET at = 1`,
    `DELETE FROM ${schema}.entries WHERE seq = 2`,
    `TRUNCATE ${schema}.entries`,
  ]) {
    await expect(queryRows(shared.url, sql)).rejects.toThrow(
      "entries are never changed or removed",
    );
  }
  await ledger.reserve(run, order("a"));
  // A transaction that is rolled back: a line of a campaign without terms.
  const reserving = ledger.reserve(run, order("b", { campaign: "other" }));
  await expect(reserving).rejects.toThrow("other has agreed to no terms");
  await ledger.reserve(run, order("c"));
  const entries = await ledger.entries(null);
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test("a write that fails does not affect those written together with it", async () => {
  const ledger = await createLedger(place());
  const run = await startFilmRun(ledger);
  const all = Array.from({ length: 30 }, (_, turn) =>
    ledger.reserve(run, order(`f${turn}`, turn === 7 ? { campaign: "other" } : {})),
  );
  const told = await Promise.allSettled(all);
  expect(told.filter(({ status }) => status === "rejected")).toHaveLength(1);
  expect(told[7]?.status).toBe("rejected");
  expect(await ledger.positions("film")).toHaveLength(29);
});

test("reconnects when connections are cut, and loses nothing and writes nothing twice", async () => {
  const name = place();
  const ledger = await createLedger(name);
  const run = await startFilmRun(ledger);
  let cut = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    const asked = describeTrouble(ledger.reserve(run, order(`f${turn}`)));
    if (turn % 3 === 0) cut += await cutConnections(shared.url);
    const answer = await asked;
    // Only if the connection was cut during the commit, nobody can tell.
    expect(answer).toMatch(/^none$|may have been written$/);
    const again = await ledger.reserve(run, order(`f${turn}`));
    expect(again.is).toMatch(/^(taken|held)$/);
  }
  expect(cut).toBeGreaterThan(5);
  expect(await ledger.positions("film")).toHaveLength(20);
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test("survives a server that stops or crashes and comes back: keeps what it confirmed, and serves those that wait", async () => {
  const server = await startPostgres();
  onTestFinished(async () => await server.remove());
  const { url } = await freshDatabase(server.url);
  const ledger = await createLedger(url);
  const run = await startFilmRun(ledger);
  const held = await ledger.reserve(run, order("a"));
  const id = held.is === "held" ? held.hold.id : "";
  expect((await ledger.advance(id, step.sending())).is).toBe("done");
  await server.crash();
  const waiting = [ledger.reserve(run, order("b")), ledger.advance(id, step.submitted("r"))];
  const reading = ledger.holds("film");
  await server.start();
  expect((await Promise.all(waiting)).map(({ is }) => is)).toEqual(["held", "done"]);
  expect((await reading).map(({ fingerprint }) => fingerprint)).toContain("a");
  await server.stop();
  const later = ledger.reserve(run, order("c"));
  await server.start();
  expect((await later).is).toBe("held");
  const states = (await ledger.positions("film")).map(({ fingerprint, state }) => [
    fingerprint,
    state,
  ]);
  expect(states).toEqual([
    ["a", "submitted"],
    ["b", "reserved"],
    ["c", "reserved"],
  ]);
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test("an older program that has the ledger open buys nothing more under it", async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const ledger = await createPostgres(url, "real", new World().as("a"));
  onTestFinished(() => ledger.close());
  // As 862f366 writes a hold, by the order of the columns that it knows; the second migration's names them.
  const first = "'h', 'film', '', 'f', 1, 'r', 'r', 'a', 'a', null, 'e', 5, 1, 'reserved'";
  const values = `${first}, null, 0, 700000, 0, null, null, null, 1, 1, null, null`;
  for (const old of [values, `${values}, DEFAULT, 0`]) {
    await expect(queryRows(url, `INSERT INTO topsheet.holds VALUES (${old})`)).rejects.toThrow(
      "an older topsheet writes no holds here",
    );
  }
  // A null in `duplicate` alone is refused too.
  const untold = `INSERT INTO topsheet.holds VALUES (${values}, DEFAULT, DEFAULT, '[]')`;
  await expect(queryRows(url, untold)).rejects.toThrow(/null value in column "duplicate"/);
});
