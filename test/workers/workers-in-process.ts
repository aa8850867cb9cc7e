import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { makeCaps, type SomeCaps } from "../budget/make-caps.ts";
import { checkInput } from "../../src/catalogue/check-input.ts";
import { findModel } from "../../src/catalogue/models.ts";
import { wallClock } from "../../src/cli/wall-clock.ts";
import { videoStore } from "../../src/delivery/video-store.ts";
import { falVendor } from "../../src/vendors/fal/fal-vendor.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import type { AtOnce, Entry, Order } from "../../src/ledger/entry.ts";
import type { Hold } from "../../src/ledger/hold.ts";
import type { Ledger, RunEnd } from "../../src/ledger/ledger.ts";
import { createPostgres, openPostgres } from "../../src/ledger/sql/postgres.ts";
import { usd } from "../run/rig/orders.ts";
import { makeFingerprint } from "../../src/plan/fingerprint.ts";
import type { RunEvent } from "../../src/run/events.ts";
import type { Store } from "../../src/run/ports.ts";
import type { Vendor } from "../../src/run/vendor.ts";
import { openJobs } from "../../src/workers/pg-boss-jobs.ts";
import type { WorkerNews } from "../../src/workers/jobs.ts";
import { startBatch, type StartedBatch } from "../../src/workers/start-batch.ts";
import { work, type WorkerEnd } from "../../src/workers/worker.ts";
import { STORE_FILES } from "../../src/cli/store-files.ts";
import { makeFakeLocks } from "../ledger/rig/test-ledger.ts";
import { QUICK_DISK } from "../rig/quick-disk.ts";
import { freshDatabase, queryRows } from "../rig/postgres/database.ts";

const FILM = "film";
/** Of the simulator, and of the workers' own clock; the database has the wall's. */
const USUAL_SPEED = 10;

interface Worker {
  readonly events: readonly (RunEvent | WorkerNews)[];
  /** Takes nothing more, and waits for what it has. */
  readonly stop: () => void;
  /** Waits no longer either. */
  readonly leave: () => void;
  /** From here on it does nothing, and its process is gone. */
  readonly die: () => void;
  readonly ended: Promise<WorkerEnd>;
}

interface WorkerOptions {
  readonly places?: number;
  readonly untilDone?: boolean;
  readonly store?: (store: Store, die: () => void) => Store;
  readonly vendor?: (vendor: Vendor, die: () => void) => Vendor;
}

/** A ledger and a queue on PostgreSQL, a simulator, and workers in this process. */
export interface Site {
  readonly url: string;
  readonly ledger: Ledger;
  readonly simulator: Simulator;
  /** Prompts of the orders that came in, in order. */
  readonly posts: () => readonly string[];
  readonly batch: (orders: readonly Order[], atOnce?: AtOnce) => Promise<StartedBatch>;
  readonly worker: (options?: WorkerOptions) => Promise<Worker>;
  readonly holds: () => Promise<readonly Hold[]>;
  readonly entries: () => Promise<readonly Entry[]>;
  /** How a batch ended, once it has. */
  readonly over: (batch: StartedBatch) => Promise<RunEnd>;
  /** Jobs that nobody has kept go to someone else after a while: now. */
  readonly forgetKeepers: () => Promise<void>;
}

export async function site(caps: SomeCaps = {}, speed: number = USUAL_SPEED): Promise<Site> {
  const database = await freshDatabase();
  onTestFinished(database.drop);
  const { url } = database;
  const folder = await mkdtemp(join(QUICK_DISK, "topsheet-worker-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const gone = new Set<string>();
  const locks = makeFakeLocks((owner) => !gone.has(owner));
  const around = (owner: string) => ({
    now: null,
    newId: randomUUID,
    owner,
    locks: locks(owner),
  });
  const ledger = await createPostgres(url, "rehearsal", around("the site"));
  onTestFinished(() => ledger.close());
  await ledger.agree(FILM, {
    timezone: "UTC",
    caps: makeCaps(caps),
    approval: "optional",
  });
  const jobs = await openJobs(url);
  onTestFinished(async () => await jobs.close());
  const simulator = await startSimulator({
    seed: 7,
    speed,
    latency: { queueSeconds: 0.5, generateSeconds: 2 },
  });
  onTestFinished(async () => await simulator.close());
  const clock = wallClock(speed);
  const holds = async (): Promise<readonly Hold[]> => await ledger.holds(FILM);
  let workers = 0;

  return {
    url,
    ledger,
    simulator,
    posts: () => simulator.jobs.map(({ input }) => String(input["prompt"])),
    holds,
    entries: async () => await ledger.entries(FILM),
    batch: async (orders, atOnce = { total: 100, byModel: [] }) => {
      const start = { campaign: FILM, account: null, limits: [], atOnce };
      const started = await startBatch({ ledger, jobs }, start, orders);
      if (started === null) throw new Error("there was nothing to put on the queue");
      return started;
    },
    worker: async ({ places = 4, untilDone = true, ...meddle } = {}) => {
      workers += 1;
      const owner = `worker ${workers}`;
      const stop = new AbortController();
      const leave = new AbortController();
      let dead = false;
      const die = (): void => {
        dead = true;
        gone.add(owner);
      };
      const mortal = <Of extends object>(of: Of): Of => stillWhen(() => dead, of);
      const own = await openPostgres(url, "write", around(owner));
      const queue = await openJobs(url);
      onTestFinished(async () => {
        die();
        own.close();
        await queue.close();
      });
      const vendor = falVendor({
        credentials: "test-key-of-topsheet",
        proxyUrl: null,
        queueUrl: simulator.url,
        fetch,
        silence: { first: 200, between: 400 },
        simulated: true,
      });
      const store = videoStore({
        out: join(folder, "out"),
        fetch,
        files: STORE_FILES,
        clock,
        rehearsal: true,
        ledger: own.id,
      });
      const events: (RunEvent | WorkerNews)[] = [];
      const ended = work(
        { places, untilDone, patience: 3_600_000, downloads: places },
        {
          ledger: mortal(own),
          jobs: mortal(queue),
          vendor: mortal(meddle.vendor?.(vendor, die) ?? vendor),
          store: mortal(meddle.store?.(store, die) ?? store),
          clock: mortal(clock),
          tell: (_, event) => void events.push(event),
          stop: stop.signal,
          leave: leave.signal,
        },
      );
      return {
        events,
        stop: () => stop.abort(),
        leave: () => {
          stop.abort();
          leave.abort();
        },
        die,
        ended,
      };
    },
    over: async ({ id }) => {
      for (;;) {
        const end = await ledger.runEnd(id);
        if (end !== null) return end;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    forgetKeepers: async () => {
      await queryRows(
        url,
        "update topsheet_jobs.job set started_on = started_on - interval '1 minute' where state = 'active'",
      );
    },
  };
}

/** Whatever is asked of it once it is still is never answered. */
function stillWhen<Of extends object>(still: () => boolean, of: Of): Of {
  return new Proxy(of, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (still() && name !== "now" && name !== "close") return new Promise(() => undefined);
        const answer: unknown = Reflect.apply(value, target, args);
        if (!(answer instanceof Promise)) return answer;
        // Dead before the answer came.
        return answer.then((result: unknown) => (still() ? new Promise(() => undefined) : result));
      };
    },
  });
}

/** A line of three seconds, $0.42 on turbo pro; its prompt is its key. */
export function line(key: string, alias = "kling-v3-turbo-pro"): Order {
  const model = findModel(alias);
  if (model === undefined) throw new Error(`there is no model ${alias}`);
  const { ready } = checkInput(model, { prompt: key, duration: 3 });
  if (ready === null) throw new Error(`${key} cannot be sent`);
  return {
    campaign: FILM,
    edition: "",
    fingerprint: makeFingerprint(model.endpoint, ready.complete),
    ordinal: 1,
    key,
    shot: key,
    scene: null,
    model: model.alias,
    endpoint: model.endpoint,
    seconds: ready.seconds,
    input: { ...ready.send },
    cost: usd(0.42),
    unitPrice: null,
  };
}

export function lines(count: number, alias?: string): readonly Order[] {
  const name = alias ?? "line";
  return Array.from({ length: count }, (_, index) => line(`${name} ${index + 1}`, alias));
}

/** The most that were under way at once, counted from a ledger's entries alone. */
export function mostAtOnce(entries: readonly Entry[], endpoint?: string): number {
  const underWay = new Set<string>();
  let most = 0;
  for (const { hold, fact } of entries) {
    if (hold === null) continue;
    if (fact.kind === "reserved") {
      if (endpoint === undefined || fact.order.endpoint === endpoint) underWay.add(hold);
    } else if (["settled", "released", "failed", "unknown"].includes(fact.kind)) {
      underWay.delete(hold);
    }
    most = Math.max(most, underWay.size);
  }
  return most;
}
