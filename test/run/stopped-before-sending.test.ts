import { describe, expect, onTestFinished, test } from "vitest";
import { wallClock } from "../../src/cli/wall-clock.ts";
import type { Person } from "../../src/ledger/entry.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { RunEvent } from "../../src/run/events.ts";
import type { Clock, Moment, Store } from "../../src/run/ports.ts";
import { type RunOutcome, runPlan } from "../../src/run/run-plan.ts";
import type { Vendor } from "../../src/run/vendor.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { falVendor } from "../../src/vendors/fal/fal-vendor.ts";
import { postgres } from "../ledger/rig/postgres-ledgers.ts";
import { capped, type Database, World } from "../ledger/rig/test-ledger.ts";
import { sqlite } from "../ledger/rig/sqlite-ledgers.ts";
import { only, order, told } from "./rig/orders.ts";

// A process that stands still between a durable `sending` and the first byte of its order, on a host that shares
// nothing with the other but the ledger, while everybody else continues.

const QUICK = wallClock(500);
const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const LEASE = 60 * SECOND;
const WAIT = LEASE + 120 * SECOND;
const JO: Person = { by: "Jo", why: "fal has no such request" };
const NOT_CHARGED = { kind: "released", why: "not billed", person: JO } as const;

/** Which of a machine's clocks tell that time has passed. */
type Tells = "both clocks" | "the steady clock" | "the wall clock";

class Hosts {
  readonly world = new World();
  readonly simulator: Simulator;
  readonly #database: Database;
  readonly #place: string;

  private constructor(database: Database, place: string, simulator: Simulator) {
    this.#database = database;
    this.#place = place;
    this.simulator = simulator;
  }

  static async of(database: Database): Promise<Hosts> {
    const simulator = await startSimulator({
      seed: 7,
      speed: 500,
      latency: { queueSeconds: 1, generateSeconds: 4 },
    });
    onTestFinished(async () => await simulator.close());
    const hosts = new Hosts(database, await database.place(), simulator);
    const ledger = await database.create(hosts.#place, "real", hosts.world.as("maker"));
    await ledger.agree("film", capped({}));
    return hosts;
  }

  /** What one host has of the ledger: of the other's runs, it sees no lock. */
  async ledger(owner: string): Promise<Ledger> {
    this.world.elsewhere.add(owner);
    return await this.#database.open(this.#place, "write", this.world.as(owner));
  }

  /** A run of one line. What is given is awaited when the connection stands, before the last look. */
  async buy(
    owner: string,
    {
      still = async () => {},
      tells = "both clocks",
    }: { still?: () => Promise<void>; tells?: Tells } = {},
  ): Promise<RunOutcome & { readonly events: readonly RunEvent[] }> {
    const events: RunEvent[] = [];
    const vendor = falVendor({
      credentials: "test-key-of-topsheet",
      proxyUrl: null,
      queueUrl: this.simulator.url,
      fetch,
      silence: { first: 200, between: 400 },
      simulated: true,
    });
    const stopping: Vendor = {
      ...vendor,
      submit: async (sent, leave, clearance) =>
        await vendor.submit(sent, leave, async () => {
          await still();
          return await clearance();
        }),
    };
    const outcome = await runPlan(
      {
        campaign: "film",
        orders: [order("a")],
        account: null,
        limits: [],
        approval: null,
        started: null,
        mostFailures: null,
        stopsAtCap: true,
        concurrency: { total: 1, byModel: [] },
        patience: 3_600_000,
      },
      {
        ledger: await this.ledger(owner),
        vendor: stopping,
        store: NOWHERE,
        clock: this.#clock(tells),
        tell: (event) => events.push(event),
        stop: new AbortController().signal,
        leave: new AbortController().signal,
      },
    );
    return { ...outcome, events };
  }

  #clock(tells: Tells): Clock {
    const { world } = this;
    const began = world.at;
    return {
      now: () => world.at,
      moment: (): Moment => ({
        steady: tells === "the wall clock" ? 0 : world.at - began,
        wall: tells === "the steady clock" ? began : world.at,
      }),
      // What stands still says no word for its lease: not even one that was on its way.
      sleep: async (ms, signal) => await QUICK.sleep(ms === LEASE / 4 ? DAY : ms, signal),
    };
  }
}

const NOWHERE: Store = {
  deliver: async () => ({ is: "undelivered", trouble: "disk", why: "nobody keeps it here" }),
};

describe.for([
  ["a file that two hosts see", sqlite],
  ["PostgreSQL", postgres()],
] as const)("%s", ([, database]) => {
  test("sends nothing when it wakes, if others gave it up, settled the line and bought it again", async () => {
    const hosts = await Hosts.of(database);
    const other = await hosts.ledger("b");
    let second: RunOutcome | null = null;
    const first = await hosts.buy("a", {
      still: async () => {
        if (second !== null) return;
        const sentAt = hosts.world.at;
        hosts.world.at = sentAt + LEASE;
        const [hold, ...more] = await other.reclaimDeadRuns("film");
        expect(more).toEqual([]);
        expect(hold?.state).toBe("unknown");
        const { id = "" } = hold ?? {};
        hosts.world.at = sentAt + WAIT - 1;
        expect(await other.advance(id, NOT_CHARGED)).toEqual({
          is: "early",
          hold,
          from: sentAt + WAIT,
        });
        expect(await other.reserve("none", order("a"))).toMatchObject({ is: "run-over" });
        hosts.world.at = sentAt + WAIT;
        expect(await other.advance(id, NOT_CHARGED)).toMatchObject({ is: "done" });
        second = await hosts.buy("b");
      },
    });
    expect(second).toMatchObject({ ends: ["settled"] });
    expect(first).toMatchObject({ ends: ["taken"] });
    expect(only(first.events, "taken")).toMatchObject([{ key: "a", state: "released" }]);
    expect(hosts.simulator.bill).toEqual({ dollars: "0.56", accepted: 1, submits: 1 });
    expect((await other.holds("film")).map(told)).toEqual([
      ["a", "released", "0.00", "0.00"],
      ["a", "settled", "0.56", "0.00"],
    ]);
  });

  test("settles the line itself when it wakes, if others gave it up and nobody settled the line", async () => {
    const hosts = await Hosts.of(database);
    const other = await hosts.ledger("b");
    const first = await hosts.buy("a", {
      still: async () => {
        hosts.world.at += LEASE;
        expect((await other.reclaimDeadRuns("film")).map(({ state }) => state)).toEqual([
          "unknown",
        ]);
      },
    });
    expect(first).toMatchObject({ ends: ["failed"], halt: "taken-for-dead" });
    expect(only(first.events, "released")).toMatchObject([{ fault: { kind: "not-cleared" } }]);
    expect(hosts.simulator.counts.submit).toBe(0);
    const [hold] = await other.holds("film");
    expect(hold).toMatchObject({ state: "released", why: "not sent: its run was taken for dead" });
    expect(await hosts.buy("b")).toMatchObject({ ends: ["settled"] });
    expect(hosts.simulator.bill).toEqual({ dollars: "0.56", accepted: 1, submits: 1 });
  });

  // Half a lease: nobody else has touched it yet.
  test.for<[tells: Tells, ms: number, posts: number]>([
    ["the steady clock", 30 * SECOND, 1],
    ["the wall clock", 30 * SECOND, 1],
    ["both clocks", 30 * SECOND, 1],
    ["the wall clock", -1, 1],
    ["both clocks", 30 * SECOND - 1, 0],
  ])(
    "%s shows that it stood still for %d ms: refuses so many times and sends once: %d",
    async (row) => {
      const [tells, ms, refusals] = row;
      const hosts = await Hosts.of(database);
      let times = 0;
      const { ends, events } = await hosts.buy("a", {
        tells,
        still: async () => {
          times += 1;
          if (times === 1) hosts.world.at += ms;
        },
      });
      expect(ends).toEqual(["settled"]);
      expect(only(events, "released").map(({ fault, again }) => [fault.why, again])).toEqual(
        Array.from({ length: refusals }, () => [
          "not sent: it was about to be sent for too long, or the clock was set back",
          true,
        ]),
      );
      expect(hosts.simulator.counts.submit).toBe(1);
    },
  );
});
