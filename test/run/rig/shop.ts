import { makeCaps, type SomeCaps } from "../../budget/make-caps.ts";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "libsql";
import { onTestFinished } from "vitest";
import { wallClock } from "../../../src/cli/wall-clock.ts";
import { videoStore } from "../../../src/delivery/video-store.ts";
import type { Order, RunLimit } from "../../../src/ledger/entry.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import type { Ledger, Purpose } from "../../../src/ledger/ledger.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import type { RunEvent } from "../../../src/run/events.ts";
import type { Clock, Store } from "../../../src/run/ports.ts";
import { type RunOutcome, runPlan } from "../../../src/run/run-plan.ts";
import type { Vendor } from "../../../src/run/vendor.ts";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../../src/simulator/simulator.ts";
import { type FalAccess, falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import { STORE_FILES } from "../../../src/cli/store-files.ts";
import { makeFakeLocks } from "../../ledger/rig/test-ledger.ts";
import { CAMPAIGN, keyOf } from "./orders.ts";
import { QUICK_DISK } from "../../rig/quick-disk.ts";
import { asWritten, expectSound, type Post } from "./expect-sound.ts";

export interface MarketOptions {
  /** By the line's key and, from 1, how often its POST has come in. */
  readonly script?: (key: string, time: number) => Behaviour | undefined;
  readonly simulator?: Omit<SimulatorOptions, "script" | "speed">;
  /** How many times faster than life; 500 unless given. */
  readonly speed?: number;
  readonly caps?: SomeCaps;
  /** Whether every purchase has to be in an approved plan. */
  readonly required?: boolean;
  /** Null: the first answer says what the ledger is for. */
  readonly purpose?: Purpose;
  readonly access?: Partial<FalAccess>;
  /** In place of one that passes `speed` times faster. */
  readonly clock?: Clock;
  /** By way of fal's proxy convention. */
  readonly proxied?: boolean;
}

export interface BuyOptions {
  readonly total?: number;
  readonly byModel?: readonly { readonly endpoint: string; readonly lines: number }[];
  readonly stopsAtCap?: boolean;
  readonly limits?: readonly RunLimit[];
  readonly account?: string | null;
  /** The approved plan that every purchase has to be in, or any. */
  readonly approval?: string;
  /** After so many lines in a row that failed nothing more is started. */
  readonly mostFailures?: number;
  /** Simulated milliseconds; an hour unless given. */
  readonly patience?: number;
  readonly ledger?: (ledger: Ledger) => Ledger;
  readonly vendor?: (vendor: Vendor) => Vendor;
  readonly store?: (store: Store) => Store;
  readonly clock?: (clock: Clock) => Clock;
  /** Called with each event as it happens, and what it may do to the run. */
  readonly on?: (event: RunEvent, reins: Reins) => void;
  /** Another process than the one before: its name. */
  readonly owner?: string;
  /** What the simulator takes counts as bought; false where fal was played for one that does not. */
  readonly counts?: boolean;
}

export interface Reins {
  readonly stop: () => void;
  readonly leave: () => void;
}

export interface Bought extends RunOutcome {
  readonly events: readonly RunEvent[];
  readonly holds: readonly Hold[];
}

/** Everything a run needs, for real: an empty ledger in a file, a folder for videos, a simulator. */
export interface Market {
  readonly folder: string;
  readonly out: string;
  readonly ledgerFile: string;
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly speed: number;
  readonly posts: readonly Post[];
  /** How often a line's POST came in. */
  posted(key: string): number;
  /** A run of its own process, from beginning to end. */
  buy(orders: readonly Order[], options?: BuyOptions): Promise<Bought>;
  ledger(owner?: string): Promise<Ledger>;
  holds(): Promise<readonly Hold[]>;
  /** The process of that name is gone. */
  kill(owner: string): void;
}

const QUICK = { queueSeconds: 1, generateSeconds: 4 };

export async function startMarket(options: MarketOptions = {}): Promise<Market> {
  const { speed = 500, script = () => undefined, proxied = false, purpose = "rehearsal" } = options;
  const folder = await mkdtemp(join(QUICK_DISK, "topsheet-run-"));
  const ledgerFile = join(folder, "ledger.sqlite");
  const out = join(folder, "out");
  const clock = options.clock ?? wallClock(speed);
  const posts: Post[] = [];
  const gone = new Set<string>();
  const locks = makeFakeLocks((owner) => !gone.has(owner));
  const open: { close(): void }[] = [];
  const around = (owner: string) => ({
    now: clock.now,
    newId: randomUUID,
    owner,
    locks: locks(owner),
  });
  const posted = (key: string): number => posts.filter((post) => post.key === key).length;
  const made = await createSqlite(ledgerFile, purpose, around("first"));
  open.push(made);
  await made.agree(CAMPAIGN, {
    timezone: "UTC",
    caps: makeCaps(options.caps ?? {}),
    approval: options.required === true ? "required" : "optional",
  });
  const witness = new Database(ledgerFile, { readonly: true });
  open.push(witness);
  const simulator = await startSimulator({
    seed: 7,
    latency: QUICK,
    ...options.simulator,
    speed,
    script: ({ endpoint, input }) => {
      const key = keyOf(input);
      const time = posted(key) + 1;
      const seen = asWritten(witness, key);
      posts.push({ key, endpoint, at: performance.now(), time, ...seen, beside: beside() });
      return script(key, time);
    },
  });
  const beside = (): readonly string[] =>
    simulator.jobs.filter((job) => job.state !== "COMPLETED").map((job) => job.endpoint);
  onTestFinished(async () => {
    await simulator.close();
    for (const each of open) each.close();
    await rm(folder, { recursive: true, force: true });
  });
  const access: FalAccess = {
    credentials: "test-key-of-topsheet",
    proxyUrl: proxied ? `${simulator.url}/api/fal/proxy` : null,
    queueUrl: proxied ? null : simulator.url,
    fetch,
    silence: { first: 200, between: 400 },
    simulated: purpose === "rehearsal",
    ...options.access,
  };
  const ledger = async (owner = "first"): Promise<Ledger> => {
    const opened = await openSqlite(ledgerFile, "write", around(owner));
    open.push(opened);
    return opened;
  };
  const holds = async (): Promise<readonly Hold[]> => await made.holds(CAMPAIGN);

  return {
    folder,
    out,
    ledgerFile,
    simulator,
    clock,
    speed,
    posts,
    posted,
    ledger,
    holds,
    kill: (owner) => gone.add(owner),
    buy: async (orders, chosen = {}) => {
      const { owner = `process ${open.length}` } = chosen;
      const own = await ledger(owner);
      const events: RunEvent[] = [];
      const stop = new AbortController();
      const leave = new AbortController();
      const reins = { stop: () => stop.abort(), leave: () => leave.abort() };
      const store = videoStore({
        out,
        fetch: access.fetch,
        files: STORE_FILES,
        clock,
        rehearsal: purpose === "rehearsal",
        ledger: own.id,
      });
      const vendor = falVendor(access);
      const outcome = await runPlan(
        {
          campaign: CAMPAIGN,
          orders,
          account: chosen.account ?? null,
          limits: chosen.limits ?? [],
          approval: chosen.approval ?? null,
          started: null,
          mostFailures: chosen.mostFailures ?? null,
          stopsAtCap: chosen.stopsAtCap ?? true,
          concurrency: { total: chosen.total ?? 2, byModel: chosen.byModel ?? [] },
          patience: chosen.patience ?? 3_600_000,
        },
        {
          ledger: chosen.ledger?.(own) ?? own,
          vendor: chosen.vendor?.(vendor) ?? vendor,
          store: chosen.store?.(store) ?? store,
          clock: chosen.clock?.(clock) ?? clock,
          tell: (event) => {
            events.push(event);
            chosen.on?.(event, reins);
          },
          stop: stop.signal,
          leave: leave.signal,
        },
      );
      await expectSound(own, posts, chosen.counts === false ? null : simulator);
      return { ...outcome, events, holds: await own.holds(CAMPAIGN) };
    },
  };
}
