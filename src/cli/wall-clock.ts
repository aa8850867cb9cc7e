import type { Clock } from "../run/ports.ts";

// A longer timer would fire at once, so longer sleeps are taken in pieces.
const LONGEST_TIMER_MS = 2 ** 30;

/** Returns the real clock, or one that runs `speed` times faster from now on. */
export function wallClock(speed: number): Clock {
  const began = Date.now();
  return {
    now: () => (speed === 1 ? Date.now() : Math.round(began + (Date.now() - began) * speed)),
    moment: () => ({ steady: performance.now(), wall: Date.now() }),
    sleep: async (ms, signal) => await sleep(ms / speed, signal),
  };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true || ms <= 0) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
    function wake(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
    signal?.addEventListener("abort", wake, { once: true });
  });
}
