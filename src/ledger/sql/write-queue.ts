import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { LedgerFault, type LedgerTrouble } from "../fault.ts";
import type { SqlRoutine } from "./database.ts";

// How both databases write: together what comes in together, and again while something passing is in the way.

/** Writes something; what it returns is called when that is durable. */
export type Write = () => SqlRoutine<() => void>;

/** Commits what it takes in one transaction, and returns what the writes return. */
type Commit = (take: () => readonly Write[]) => Promise<readonly (() => void)[]>;

interface Waiting {
  readonly write: Write;
  readonly reject: (cause: unknown) => void;
}

const TROUBLES_OF_ALL: ReadonlySet<LedgerTrouble> = new Set(["unreachable", "locked", "missing"]);

/** Commits one group of writes after the other: twenty lines at once wait for one lock and one disk, not for twenty. */
export class WriteQueue {
  readonly #commit: Commit;
  readonly #most: number;
  #waiting: Waiting[] = [];
  #writing = false;

  /** `most`: how many writes a group may have. */
  constructor(commit: Commit, most: number) {
    this.#commit = commit;
    this.#most = most;
  }

  /** Resolves when the work is durable. It may run more than once. */
  async add<Result>(work: () => SqlRoutine<Result>): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      const write = function* (): SqlRoutine<() => void> {
        const result = yield* work();
        return () => resolve(result);
      };
      this.#waiting.push({ write, reject });
      if (!this.#writing) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      // What the commit before has kept from being heard comes in first.
      await setImmediate();
      const first = this.#waiting.length;
      let group: readonly Waiting[] = [];
      try {
        const take = (): readonly Write[] => {
          group = this.#waiting.splice(0, this.#most);
          return group.map(({ write }) => write);
        };
        for (const answer of await this.#commit(take)) answer();
      } catch (cause) {
        // If it could not begin, those that have waited for it hear of it.
        if (group.length === 0) rejectAll(this.#waiting.splice(0, first), cause);
        else await this.#commitOneByOne(group, cause);
      }
    }
    this.#writing = false;
  }

  /** One of them cannot be written: commits each by itself, so that only that one fails. */
  async #commitOneByOne(group: readonly Waiting[], cause: unknown): Promise<void> {
    const all = cause instanceof LedgerFault && TROUBLES_OF_ALL.has(cause.trouble);
    if (all || group.length === 1) return rejectAll(group, cause);
    for (const { write, reject } of group) {
      await this.#commit(() => [write]).then(([answer]) => answer?.(), reject);
    }
  }
}

function rejectAll(group: readonly Waiting[], cause: unknown): void {
  for (const { reject } of group) reject(cause);
}

const PATIENCE_MS = 30_000;

/** Which faults pass, and how long to wait for it between two attempts: from `first` to `most` milliseconds. */
interface Passing {
  readonly toFault: (cause: unknown) => LedgerFault;
  readonly passes: (fault: LedgerFault) => boolean;
  readonly first: number;
  readonly most: number;
}

/** Retries for half a minute while what is in the way passes, without blocking the program. */
export async function retryWhile<Result>(
  { toFault, passes, first, most }: Passing,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const until = performance.now() + PATIENCE_MS;
  for (let wait = first; ; wait = Math.min(wait * 1.5, most)) {
    try {
      return await work();
    } catch (cause) {
      const fault = toFault(cause);
      if (!passes(fault) || performance.now() > until) throw fault;
    }
    // Not in step with another that waits for the same.
    await sleep(wait * (0.5 + Math.random()));
  }
}
