import pg from "pg";
import PgBoss from "pg-boss";
import { LedgerFault } from "../ledger/fault.ts";
import { parsePostgresUrl, hidePassword } from "../ledger/postgres-url.ts";
import { toPostgresFault } from "../ledger/sql/postgres-database.ts";
import { taskEndpoint, type Job, type Jobs, type Lane, type Task, encodeTask } from "./jobs.ts";

// Implements `Jobs` with pg-boss 10. Only its table is used: its supervision would archive and delete, and its cron
// reads the wall clock.

/** A job that its worker has not kept for so long goes to another; if that is wrong, it costs a look at the ledger. */
const KEPT_SECONDS = 10;
// A job is over when its line is, however often it was handed out.
const MAX_RETRIES = 1_000_000;
const SCHEMA_SUFFIX = "_jobs";
const MAX_SCHEMA_LENGTH = 50 - SCHEMA_SUFFIX.length;
const CONNECTIONS = 3;
const CONNECT_MS = 5_000;
const QUERY_MS = 30_000;
// Making a queue changes tables, and two changes at once deadlock.
const LOCK = "select pg_advisory_xact_lock(hashtext('topsheet'), hashtext($1))";

type Run = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/** Opens the queue of a ledger: in the same database, in a schema beside it. */
export async function openJobs(ledger: string): Promise<Jobs> {
  const place = parsePostgresUrl(ledger);
  if (place === null) {
    throw new LedgerFault("missing", `${hidePassword(ledger)} is not the address of a database`);
  }
  // A pg-boss of the user's own, of whatever version, may live there too.
  const schema = `${place.schema.slice(0, MAX_SCHEMA_LENGTH)}${SCHEMA_SUFFIX}`;
  const pool = new pg.Pool({
    connectionString: place.url,
    application_name: "topsheet jobs",
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    keepAlive: true,
  });
  // If a connection is lost while idle, the next query reports it.
  pool.on("error", () => undefined);
  const boss = makeBoss(schema, async (text, values) => await pool.query(text, values));
  try {
    await translateFault(async () => await boss.start());
  } catch (cause) {
    await pool.end();
    throw cause;
  }
  return new PgBossJobs(pool, schema, boss);
}

function makeBoss(schema: string, run: Run): PgBoss {
  const boss = new PgBoss({
    db: { executeSql: run },
    schema,
    supervise: false,
    schedule: false,
  });
  // Without a listener an `error` ends the process.
  boss.on("error", () => undefined);
  return boss;
}

/** Throws what goes wrong with the database as a ledger's fault. */
async function translateFault<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw toPostgresFault(cause);
  }
}

class PgBossJobs implements Jobs {
  readonly #pool: pg.Pool;
  readonly #schema: string;
  readonly #boss: PgBoss;

  constructor(pool: pg.Pool, schema: string, boss: PgBoss) {
    this.#pool = pool;
    this.#schema = schema;
    this.#boss = boss;
  }

  async fill(batch: string, tasks: readonly Task[]): Promise<void> {
    const lanes = new Set(tasks.map((task) => nameLane(batch, taskEndpoint(task))));
    await this.#exclusively(async (boss) => {
      for (const name of lanes) await boss.createQueue(name);
      await boss.insert(
        tasks.map((task) => ({
          name: nameLane(batch, taskEndpoint(task)),
          data: encodeTask(task),
          priority: -task.turn,
          retryLimit: MAX_RETRIES,
          expireInSeconds: KEPT_SECONDS,
        })),
      );
    });
  }

  async lanes(): Promise<readonly Lane[]> {
    const queues = await translateFault(async () => await this.#boss.getQueues());
    return queues.map(({ name }) => ({ name, batch: name.slice(0, name.indexOf(" ")) }));
  }

  async take(lane: Lane): Promise<Job | null> {
    // pg-boss treats every error here as an empty queue.
    let fault: unknown = null;
    const executeSql: Run = async (text, values) => {
      try {
        return await this.#pool.query(text, values);
      } catch (cause) {
        fault = cause;
        throw cause;
      }
    };
    return await translateFault(async () => {
      const [job] = await this.#boss.fetch(lane.name, { db: { executeSql } });
      if (fault !== null) throw fault;
      return job === undefined ? null : { id: job.id, lane, written: job.data };
    });
  }

  async keep(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const names = [...new Set(jobs.map(({ lane }) => lane.name))];
    const ids = jobs.map(({ id }) => id);
    // Later versions of pg-boss have a method for this.
    const keep = `update ${this.#schema}.job set started_on = now()
      where name = any($1) and id = any($2::uuid[]) and state = 'active'`;
    await translateFault(async () => await this.#pool.query(keep, [names, ids]));
  }

  async done({ id, lane }: Job): Promise<void> {
    await translateFault(async () => await this.#boss.deleteJob(lane.name, id));
  }

  async putBack(jobs: readonly Job[]): Promise<void> {
    const lanes = new Map<string, string[]>();
    for (const { id, lane } of jobs) lanes.set(lane.name, [...(lanes.get(lane.name) ?? []), id]);
    await translateFault(async () => {
      // A job that fails is handed out again at once.
      for (const [name, ids] of lanes) await this.#boss.fail(name, ids);
    });
  }

  async expire(): Promise<void> {
    await translateFault(async () => await this.#boss.expire());
  }

  async countLeft(lanes: readonly Lane[]): Promise<number> {
    return await translateFault(async () => {
      let left = 0;
      for (const { name } of lanes) {
        left += await this.#boss.getQueueSize(name, { before: "completed" });
      }
      return left;
    });
  }

  async drop(lanes: readonly Lane[]): Promise<void> {
    await translateFault(async () => {
      for (const { name } of lanes) await this.#boss.purgeQueue(name);
    });
  }

  async remove(lanes: readonly Lane[]): Promise<void> {
    await this.#exclusively(async (boss) => {
      for (const { name } of lanes) await boss.deleteQueue(name);
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** Works in one transaction, while no one else makes or removes lanes. */
  async #exclusively(work: (boss: PgBoss) => Promise<void>): Promise<void> {
    await translateFault(async () => {
      const client = await this.#pool.connect();
      let fault: Error | undefined;
      client.on("error", ignoreError);
      try {
        await client.query("begin");
        await client.query(LOCK, [this.#schema]);
        await work(
          makeBoss(this.#schema, async (text, values) => await client.query(text, values)),
        );
        await client.query("commit");
      } catch (cause) {
        fault = cause instanceof Error ? cause : new Error(String(cause));
        throw cause;
      } finally {
        client.off("error", ignoreError);
        // A client that failed is closed, and its transaction with it.
        client.release(fault);
      }
    });
  }
}

function ignoreError(): void {
  // The query in progress reports it too.
}

/** Names a lane: it begins with the id of its batch. */
function nameLane(batch: string, endpoint: string): string {
  return `${batch} ${endpoint}`;
}
