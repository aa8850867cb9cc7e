import type { Clock } from "../../../src/run/ports.ts";

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that moves only when everybody sleeps, and then at once to whoever is to wake first. */
export interface VirtualClock extends Clock {
  /** Moves on until the promise is settled, but not while something else is at work. */
  run<Result>(promise: Promise<Result>, atWork?: () => boolean): Promise<Result>;
  /** Milliseconds that have passed, whatever the time on the wall was set to. */
  elapsed(): number;
  /** Sets the time on the wall, as a person or a time server does; who sleeps, sleeps as long as before. */
  set(now: number): void;
}

export function virtualClock(start = Date.UTC(2026, 10, 21, 9)): VirtualClock {
  let elapsed = 0;
  let offset = start;
  let count = 0;
  const sleepers: Sleeper[] = [];

  const add = (sleeper: Sleeper): void => {
    // Binary search: a thousand sleepers, a hundred thousand times.
    let [low, high] = [0, sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = sleepers[middle];
      if (other !== undefined && isBefore(other, sleeper)) low = middle + 1;
      else high = middle;
    }
    sleepers.splice(low, 0, sleeper);
  };

  return {
    now: () => Math.round(offset + elapsed),
    moment: () => ({ steady: elapsed, wall: offset + elapsed }),
    elapsed: () => elapsed,
    set: (now) => {
      offset = now - elapsed;
    },
    sleep: async (ms, signal) => {
      if (ms <= 0 || signal?.aborted === true) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        const sleeper = { at: elapsed + ms, order: (count += 1), wake };
        const leave = (): void => {
          const index = sleepers.indexOf(sleeper);
          if (index !== -1) sleepers.splice(index, 1);
          resolve();
        };
        add(sleeper);
        signal?.addEventListener("abort", leave, { once: true });
      });
    },
    run: async (promise, atWork = () => false) => {
      let settled = false;
      const watched = promise.finally(() => {
        settled = true;
      });
      watched.catch(() => undefined);
      for (;;) {
        await idle(atWork);
        if (settled) return await watched;
        const next = sleepers.shift();
        if (next === undefined) continue;
        elapsed = Math.max(elapsed, next.at);
        next.wake();
      }
    },
  };
}

/** Everything that can go on without time going on has gone on. */
async function idle(atWork: () => boolean): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (atWork());
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
