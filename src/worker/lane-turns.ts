import type { Batch } from "../ledger/ledger.ts";
import type { Clock } from "../run/clock.ts";
import type { Job, Jobs, Lane } from "./jobs.ts";
import { turnOf } from "./task.ts";

// How soon an empty lane, or one whose model was at its limit, is tried again; and then one job at a time, so that no
// whole handful finds out the same. Milliseconds.
const EMPTY_MS = 500;
const BUSY_MS = 500;
const PROBE_MS = 100;

/** Whose turn it is: the oldest batch's first, and in a batch the first in run order of what its lanes have. */
export class LaneTurns {
  readonly #clock: Clock;
  readonly #jobs: Jobs;
  /** Of each lane, the job that was taken and has not had its turn. */
  readonly #heads = new Map<string, Job>();
  readonly #rests = new Map<string, number>();
  readonly #empty = new Set<string>();
  readonly #probed = new Set<string>();
  lanes: readonly Lane[] = [];

  constructor(clock: Clock, jobs: Jobs) {
    this.#clock = clock;
    this.#jobs = jobs;
  }

  get heads(): readonly Job[] {
    return [...this.#heads.values()];
  }

  /** The batches that are open, oldest first; what is left of others comes last. */
  know(lanes: readonly Lane[], open: readonly Batch[]): void {
    const age = new Map(open.map(({ id }, index) => [id, index]));
    const rank = (lane: Lane): number => age.get(lane.batch) ?? Infinity;
    this.lanes = lanes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
    const known = new Set(lanes.map(({ name }) => name));
    for (const map of [this.#heads, this.#rests, this.#empty, this.#probed]) {
      for (const name of map.keys()) if (!known.has(name)) map.delete(name);
    }
  }

  /** Whether there was nothing in them when they were last looked into. */
  areEmpty(lanes: readonly Lane[]): boolean {
    return lanes.every(({ name }) => this.#empty.has(name));
  }

  async next(): Promise<Job | null> {
    const batches = new Set(this.lanes.map(({ batch }) => batch));
    for (const batch of batches) {
      const heads: Job[] = [];
      for (const lane of this.lanes) {
        const head = lane.batch === batch ? await this.#head(lane) : null;
        if (head !== null) heads.push(head);
      }
      const first = heads.toSorted((a, b) => turnOf(a.written) - turnOf(b.written))[0];
      if (first === undefined) continue;
      this.#heads.delete(first.lane.name);
      return first;
    }
    return null;
  }

  /** As many of its lines are under way as may be. */
  rest({ name }: Lane): void {
    this.#rests.set(name, this.#clock.now() + BUSY_MS);
    this.#probed.add(name);
  }

  /** What was taken and has no place. */
  async giveBack(): Promise<void> {
    const heads = this.heads;
    if (heads.length === 0) return;
    this.#heads.clear();
    await this.#jobs.putBack(heads);
  }

  async #head(lane: Lane): Promise<Job | null> {
    const { name } = lane;
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const now = this.#clock.now();
    if (now < (this.#rests.get(name) ?? 0)) return null;
    const job = await this.#jobs.take(lane);
    if (job === null) {
      this.#empty.add(name);
      this.#rests.set(name, now + EMPTY_MS);
      return null;
    }
    this.#empty.delete(name);
    if (this.#probed.has(name)) this.#rests.set(name, now + PROBE_MS);
    this.#heads.set(name, job);
    return job;
  }
}
