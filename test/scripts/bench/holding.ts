import { makeCaps } from "../../budget/make-caps.ts";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import Database from "libsql";
import pLimit from "p-limit";
import pg from "pg";
import { NO_LOCKS, type Ledger } from "../../../src/ledger/ledger.ts";
import { createPostgres } from "../../../src/ledger/sql/postgres.ts";
import { createSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { microUsd } from "../../../src/money.ts";
import { freshDatabase } from "../../rig/postgres/database.ts";
import { startPostgres } from "../../rig/postgres/server.ts";

const HOLDS = 2_000;
const TEXT = "x".repeat(400);
const AROUND = { now: null, newId: randomUUID, owner: "bench", locks: NO_LOCKS };

/** Holds a second in one process, one after the other and twenty at once, against bare durable inserts into the same. */
export async function holding(folder: string): Promise<string> {
  const file = await createSqlite(join(folder, "holds.sqlite"), "rehearsal", AROUND);
  const inFile = await compared("a file", file, async () => bareFile(join(folder, "bare.sqlite")));
  const server = await startPostgres();
  try {
    const { url } = await freshDatabase(server.url);
    const ledger = await createPostgres(url, "rehearsal", AROUND);
    return `${inFile}\n${await compared("PostgreSQL", ledger, async () => await bareServer(url))}`;
  } finally {
    await server.remove();
  }
}

async function compared(
  where: string,
  ledger: Ledger,
  bare: () => Promise<number>,
): Promise<string> {
  const caps = makeCaps({ cap: microUsd(1e12), per_day: microUsd(1e12) });
  await ledger.agree("bench", { timezone: "Europe/London", caps, approval: "optional" });
  const [one, many] = [await held(ledger, "a", 1), await held(ledger, "b", 20)];
  ledger.close();
  const yardstick = await bare();
  const told = (took: number): string =>
    `time × ${(took / yardstick).toFixed(2)}; ${Math.round((HOLDS / took) * 1_000)} holds a second on this machine`;
  return [
    `ledger in ${where}, ${HOLDS} holds under two caps`,
    "  against as many bare inserts one after the other, each durable",
    `  one after the other: ${told(one)}`,
    `  twenty at once: ${told(many)}\n`,
  ].join("\n");
}

async function held(ledger: Ledger, fingerprint: string, atOnce: number): Promise<number> {
  const run = await ledger.startRun({ campaign: "bench", account: null, limits: [] });
  const limit = pLimit(atOnce);
  const hold = async (ordinal: number): Promise<void> => {
    const reservation = await ledger.reserve(run, {
      campaign: "bench",
      edition: "",
      fingerprint: fingerprint.repeat(64),
      ordinal,
      key: `line-${ordinal}`,
      shot: "shot",
      scene: null,
      model: "kling-v3-turbo-pro",
      endpoint: "fal-ai/kling-video/v3/turbo/pro/text-to-video",
      seconds: 5,
      input: { prompt: "A neon-lit skyline at dusk, slow dolly in.", duration: "5" },
      cost: microUsd(700_000),
      unitPrice: null,
    });
    if (reservation.is !== "held") throw new Error(`not held: ${reservation.is}`);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: HOLDS }, (_, turn) => limit(() => hold(turn + 1))));
  return performance.now() - started;
}

function bareFile(path: string): number {
  const database = new Database(path);
  database.exec(
    "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; CREATE TABLE holds (line TEXT)",
  );
  const insert = database.prepare<[string]>("INSERT INTO holds VALUES (?)");
  const started = performance.now();
  for (let turn = 0; turn < HOLDS; turn += 1) insert.run(TEXT);
  const took = performance.now() - started;
  database.close();
  return took;
}

async function bareServer(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("CREATE TABLE bare (line TEXT)");
  const started = performance.now();
  for (let turn = 0; turn < HOLDS; turn += 1) {
    await client.query("INSERT INTO bare VALUES ($1)", [TEXT]);
  }
  const took = performance.now() - started;
  await client.end();
  return took;
}
