import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 600_000;

/** Looks again and again, a thousand times a second, until `look` returns something. The limit only finds what hangs. */
export async function waitUntil<Seen>(
  what: string,
  look: () => Seen | null | Promise<Seen | null>,
  every = 1,
): Promise<Seen> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const seen = await look();
    if (seen !== null) return seen;
    await sleep(every);
  }
  throw new Error(`waited in vain for ${what}`);
}
