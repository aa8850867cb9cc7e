// A child process with a ledger: `child-process.ts WORK PATH ...`. It prints what it found to stdout.

import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import pLimit from "p-limit";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { type Ledger, NO_LOCKS, type LedgerEnvironment } from "../../../src/ledger/ledger.ts";
import { isPostgres } from "../../../src/ledger/postgres-url.ts";
import { createRunLocks } from "../../../src/ledger/run-lock.ts";
import { openPostgres } from "../../../src/ledger/sql/postgres.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { capped, order, step, usd } from "./test-ledger.ts";

const [, , work = "", path = "", name = "a"] = process.argv;

let ids = 0;
const environment: LedgerEnvironment = {
  now: Date.now,
  newId: () => `${name}-${(ids += 1)}`,
  owner: name,
  locks: { ...NO_LOCKS, lives: () => true },
};
const start = { campaign: "film", account: null, limits: [] };

/** Opens a ledger by its name, as the program does. */
async function openLedger(name: string, use: "read" | "write"): Promise<Ledger> {
  if (isPostgres(name)) return await openPostgres(name, use, { ...environment, now: null });
  return await openSqlite(name, use, environment);
}

function print(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function describeTrouble(cause: unknown): string {
  if (cause instanceof LedgerFault) return cause.trouble;
  throw cause;
}

/** Waits for the test's signal, so that all can begin at once. */
async function signal(): Promise<void> {
  print("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
}

const WORKS: Readonly<Record<string, () => Promise<void>>> = {
  read: async () => {
    const ledger = await openLedger(path, "read");
    await ledger.terms("film");
    await ledger.openRuns("film");
    print((await ledger.positions("film")).length);
    ledger.close();
  },

  /** Makes 250 attempts, twice round 125 purchases, each process starting at another one. */
  race: async () => {
    const ledger = await openLedger(path, "write");
    const run = await ledger.startRun(start);
    await signal();
    const told: string[] = [];
    const first = Number(name) * 15;
    for (let turn = first; turn < first + 250; turn += 1) {
      const reservation = await ledger.reserve(run, order(`f${turn % 125}`, { cost: usd(0.1) }));
      told.push(reservation.is);
      await sleep(1);
    }
    print(told);
  },

  /** Reserves as many as there are, many at a time: what a studio's machines ask for in a night. */
  flood: async () => {
    const ledger = await openLedger(path, "write");
    const run = await ledger.startRun(start);
    await signal();
    const told = new Map<string, number>();
    const limit = pLimit(16);
    const attempt = async (turn: number): Promise<void> => {
      const wanted = order(`${name}-${turn}`, { cost: usd(0.14) });
      const { is } = await ledger.reserve(run, wanted);
      told.set(is, (told.get(is) ?? 0) + 1);
    };
    await Promise.all(
      Array.from({ length: Number(process.argv[5]) }, (_, turn) => limit(() => attempt(turn))),
    );
    print(Object.fromEntries(told));
    ledger.close();
  },

  /** Asks, in a form of its own, for what sixty approved lines cover, each process starting at another one. */
  "race for approvals": async () => {
    const ledger = await openLedger(path, "write");
    const run = await ledger.startRun({ ...start, approval: "any" });
    await signal();
    const told: string[] = [];
    const first = Number(name) * 7;
    for (let turn = first; turn < first + 120; turn += 1) {
      const gist = `gist of ${turn % 60}`;
      const form = order(`${turn % 60} by ${name}`, { gist, cost: usd(0.1) });
      const reservation = await ledger.reserve(run, form);
      told.push(reservation.is === "unapproved" ? reservation.why : reservation.is);
      await sleep(1);
    }
    print(told);
  },

  /** Tries to be the process that sends, hold by hold, each at a signal. */
  send: async () => {
    const ledger = await openLedger(path, "write");
    for (const { id } of await ledger.positions("film")) {
      await signal();
      print((await ledger.advance(id, step.sending())).is);
    }
  },

  /** Is killed right after it has marked a hold as sending. */
  crash: async () => {
    const ledger = await openLedger(path, "write");
    const run = await ledger.startRun(start);
    const reservation = await ledger.reserve(run, order("b"));
    if (reservation.is === "held") await ledger.advance(reservation.hold.id, step.sending());
    process.kill(process.pid, "SIGKILL");
    await signal();
  },

  /** Starts a run that lives by its lock, prints its id, and ends it on a signal. */
  live: async () => {
    const ledger = await openSqlite(path, "write", { ...environment, locks: createRunLocks(path) });
    const run = await ledger.startRun(start);
    print(run);
    await new Promise((resolve) => process.stdin.once("data", resolve));
    await ledger.endRun(run);
    print("ended");
    ledger.close();
  },

  /** Reports whether runs live, as often as it is asked. */
  ask: async () => {
    const locks = createRunLocks(path);
    for (;;) {
      await signal();
      print(locks.lives(name));
    }
  },

  /** Reports what opening two ledgers for reading and for writing comes to. */
  open: async () => {
    const told: string[] = [];
    for (const at of [path, name]) {
      for (const use of ["read", "write"] as const) {
        const opened = openLedger(at, use);
        told.push(await opened.then(() => "a ledger", describeTrouble));
      }
    }
    print(told);
  },

  /** Reports how often it heard that the ledger was migrated. */
  "open old": async () => {
    await signal();
    let told = 0;
    const ledger = await openSqlite(path, "write", {
      ...environment,
      onMigrated: () => (told += 1),
    });
    ledger.close();
    print(told);
  },

  /** Holds one line after the other until it is stopped. */
  "write on": async () => {
    const ledger = await openLedger(path, "write");
    const run = await ledger.startRun(start);
    await signal();
    let [held, stopped] = [0, false];
    process.stdin.once("data", () => (stopped = true));
    for (; !stopped; held += 1) await ledger.reserve(run, order(`${name}-${held}`));
    print(held);
    ledger.close();
  },

  /** Keeps a read transaction open until a signal. */
  "read and wait": async () => {
    const raw = new Database(path);
    raw.exec("BEGIN; CREATE TEMP TABLE seen AS SELECT count(*) FROM entries");
    await signal();
    raw.exec("COMMIT");
  },

  /** Reports whether another process could begin to write at this moment. */
  "try to write": async () => {
    const raw = new Database(path);
    try {
      raw.exec("BEGIN IMMEDIATE; ROLLBACK");
      print("free");
    } catch {
      print("locked");
    }
  },

  /** Creates a ledger where it cannot be written, and again when it can. */
  "make twice": async () => {
    await signal();
    print(await createSqlite(path, "real", environment).then(() => "made", describeTrouble));
    await signal();
    print(await createSqlite(path, "real", environment).then(() => "made", describeTrouble));
  },

  /** Reserves until the disk is full, reports that, and continues when the test has made room. */
  fill: async () => {
    const ledger = await createSqlite(path, "real", environment);
    await ledger.agree("film", capped({}));
    const run = await ledger.startRun(start);
    let held = 0;
    const attempt = async (): Promise<string> => {
      const key = `${held}`.padStart(2_000, "x");
      const reserved = ledger.reserve(run, order(`f${held}`, { key }));
      const is = await reserved.then((reservation) => reservation.is, describeTrouble);
      if (is === "held") held += 1;
      return is;
    };
    let last = "held";
    for (let turn = 0; turn < 9_999 && last === "held"; turn += 1) last = await attempt();
    print({
      held,
      last,
      again: await attempt(),
      positions: (await ledger.positions("film")).length,
    });
    await signal();
    const after = await attempt();
    print({ after, positions: (await ledger.positions("film")).length });
    ledger.close();
  },
};

await WORKS[work]?.();
process.stdin.destroy();
