import { makeCaps, type SomeCaps } from "../../budget/make-caps.ts";
import type { Terms } from "../../../src/budget/terms.ts";
import type { Charge, Delivery, Order, Step } from "../../../src/ledger/entry.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import {
  type Ledger,
  NO_LOCKS,
  type Purpose,
  type RunLocks,
  type LedgerEnvironment,
} from "../../../src/ledger/ledger.ts";
import { type MicroUsd, microUsd, NOTHING } from "../../../src/money.ts";

/** 2026-11-21T09:00:00Z, a Saturday. */
const NOW = Date.UTC(2026, 10, 21, 9);

/** A kind of database that keeps ledgers: all that the contract's suite needs to know. */
export interface Database {
  /** The share of generated stories to try, from 0 to 1: a server takes longer than a file. */
  readonly share: number;
  /** Returns a place for one ledger, which is removed after the test. */
  place(): Promise<string>;
  create(place: string, purpose: Purpose, environment: LedgerEnvironment): Promise<Ledger>;
  /** Opens the same ledger again, as another process would. */
  open(place: string, use: "read" | "write", environment: LedgerEnvironment): Promise<Ledger>;
}

/** A clock that tests set, ids that count up, and processes that live until a test kills them. */
export class World {
  at = NOW;
  /** Processes that are gone. */
  readonly dead = new Set<string>();
  /** Processes of another machine, of which nobody here can tell whether they live. */
  readonly elsewhere = new Set<string>();
  readonly #locks = makeFakeLocks((owner) =>
    this.elsewhere.has(owner) ? null : !this.dead.has(owner),
  );
  #ids = 0;

  as(owner: string): LedgerEnvironment {
    return {
      owner,
      now: () => this.at,
      newId: () => `id-${(this.#ids += 1)}`,
      locks: this.#locks(owner),
    };
  }
}

/** Locks by owner: a run lives as long as its owner does; null if nobody can tell from here. */
export function makeFakeLocks(
  lives: (owner: string) => boolean | null,
): (owner: string) => RunLocks {
  const owners = new Map<string, string>();
  return (owner) => ({
    ...NO_LOCKS,
    take: (run) => void owners.set(run, owner),
    lives: (run) => {
      const taker = owners.get(run);
      return taker === undefined ? null : lives(taker);
    },
  });
}

export const usd = (dollars: number): MicroUsd => microUsd(Math.round(dollars * 1_000_000));

export const capped = (caps: SomeCaps, timezone = "UTC"): Terms => ({
  timezone,
  caps: makeCaps(caps),
  approval: "optional",
});

/** Makes an order of one dollar: the first of its fingerprint, unless stated otherwise. */
export function order(fingerprint: string, more: Partial<Order> = {}): Order {
  return {
    campaign: "film",
    edition: "",
    fingerprint,
    ordinal: 1,
    key: `${fingerprint}~t1`,
    shot: fingerprint,
    scene: null,
    model: "one",
    endpoint: "fal-ai/one",
    seconds: 5,
    input: { prompt: "Rain." },
    cost: usd(1),
    unitPrice: null,
    ...more,
  };
}

export const delivery: Delivery = {
  path: "out/film/a~t1.mp4",
  sha256: "0".repeat(64),
  bytes: 1_000,
  seconds: 5,
  width: 1_920,
  height: 1_080,
  audio: true,
  warnings: ["it is half a second short"],
};

const person = { by: "Ada", why: "fal's dashboard says so" };
let requests = 0;

/** Makes every step, with invented values for what does not matter. */
export const step = {
  sending: (): Step => ({ kind: "sending" }),
  submitted: (id = `request-${(requests += 1)}`): Step => ({
    kind: "submitted",
    request: { id, statusUrl: `https://fal/${id}/status`, responseUrl: null, cancelUrl: null },
    person: null,
  }),
  /** As a person has found it. */
  found: (id = `found-${(requests += 1)}`): Step => ({
    kind: "submitted",
    request: { id, statusUrl: null, responseUrl: null, cancelUrl: null },
    person,
  }),
  settled: (excess: MicroUsd = NOTHING): Extract<Step, { readonly kind: "settled" }> => ({
    kind: "settled",
    videoUrl: "https://fal/video.mp4",
    size: 1_000,
    billableUnits: "5.0",
    excess,
    headers: { "x-fal-billable-units": "5.0" },
  }),
  released: (): Step => ({ kind: "released", why: "refused", person: null }),
  freed: (): Step => ({ kind: "released", why: "not billed", person }),
  failed: (charge: Charge): Step => ({
    kind: "failed",
    charge,
    why: "moderation",
    headers: {},
    person: null,
  }),
  /** As a person says. */
  billed: (): Step => ({
    kind: "failed",
    charge: "charged",
    why: "billed",
    headers: {},
    person,
  }),
  unknown: (): Step => ({ kind: "unknown", why: "the answer was lost" }),
  charge: (charge: "none" | "charged"): Step => ({ kind: "charge", charge, person }),
  missing: (): Step => ({ kind: "missing", why: "fal does not know it" }),
  cancel: (): Step => ({ kind: "cancel", answer: "CANCELLATION_REQUESTED" }),
  delivered: (): Step => ({ kind: "delivered", delivery }),
};

export const STANDINGS = [
  "reserved",
  "sending",
  "submitted",
  "settled",
  "released",
  "failed, charge none",
  "failed, charge unknown",
  "failed, charged",
  "unknown",
] as const;

/** A state of a hold, with what is known about its charge. */
export type Standing = (typeof STANDINGS)[number];

const SUBMITTED = [step.sending, step.submitted];

/** The steps that lead to each state. */
const WAYS: Readonly<Record<Standing, readonly (() => Step)[]>> = {
  reserved: [],
  sending: [step.sending],
  submitted: SUBMITTED,
  settled: [...SUBMITTED, step.settled],
  released: [step.released],
  "failed, charge none": [...SUBMITTED, () => step.failed("none")],
  "failed, charge unknown": [...SUBMITTED, () => step.failed("unknown")],
  "failed, charged": [...SUBMITTED, () => step.failed("charged")],
  unknown: [step.sending, step.unknown],
};

/** A ledger for a test, with a campaign's terms and an open run of process "a". */
export class Bench {
  readonly world: World;
  readonly ledger: Ledger;
  readonly run: string;
  readonly #database: Database;
  readonly #place: string;

  private constructor(
    database: Database,
    place: string,
    world: World,
    ledger: Ledger,
    run: string,
  ) {
    this.#database = database;
    this.#place = place;
    this.world = world;
    this.ledger = ledger;
    this.run = run;
  }

  static async create(database: Database, terms: Terms = capped({})): Promise<Bench> {
    const world = new World();
    const place = await database.place();
    const ledger = await database.create(place, "real", world.as("a"));
    await ledger.agree("film", terms);
    const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
    return new Bench(database, place, world, ledger, run);
  }

  /** Opens the ledger as another process would. */
  async openElsewhere(owner: string): Promise<Ledger> {
    return await this.#database.open(this.#place, "write", this.world.as(owner));
  }

  async openReader(): Promise<Ledger> {
    return await this.#database.open(this.#place, "read", this.world.as("reader"));
  }

  async reserve(wanted: Order, run = this.run): Promise<Hold> {
    const reservation = await this.ledger.reserve(run, wanted);
    if (reservation.is !== "held") throw new Error(`${wanted.key} is ${reservation.is}`);
    return reservation.hold;
  }

  async advance(hold: string, taken: Step): Promise<Hold> {
    const advance = await this.ledger.advance(hold, taken);
    if (advance.is !== "done") throw new Error(`${taken.kind} is ${advance.is}`);
    return advance.hold;
  }

  /** Makes a hold in this state. */
  async makeHold(wanted: Order, where: Standing): Promise<Hold> {
    let hold = await this.reserve(wanted);
    for (const make of WAYS[where]) hold = await this.advance(hold.id, make());
    return hold;
  }

  async countEntries(): Promise<number> {
    return (await this.ledger.entries(null)).length;
  }
}
