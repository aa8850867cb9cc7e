import { createFalClient } from "@fal-ai/client";
import { expect, test } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { readProjectFile } from "../../rig/in-process.ts";
import {
  createAccess,
  allowSending,
  INPUT,
  KEY,
  QUEUE,
  startTestSimulator,
  V3_PRO,
} from "./fal-access.ts";

// If the client no longer sends twice by itself, it has changed: read its queue.js and retry.js again. If it sends twice
// through the guard, do not release.

const TROUBLE: readonly (readonly [name: string, behaviour: Behaviour])[] = [
  ["a lost answer", { submit: "reset" }],
  ["a 429 that says to wait for a minute", { submit: 429, retryAfterSeconds: 60 }],
  ["a 502", { submit: 502, acceptedAnyway: true }],
  ["a 503", { submit: 503, acceptedAnyway: true }],
  ["a 504", { submit: 504, acceptedAnyway: true }],
  // For these two it is fetch that sends again.
  ["a 307", { submit: 307, acceptedAnyway: true }],
  ["a 421", { submit: 421 }],
];

/** Counts the orders that arrive if the first one fails and later ones succeed. All at once, for the client is slow. */
async function sentUnder(
  send: (to: Simulator) => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const counted = await Promise.all(
    TROUBLE.map(async ([name, behaviour]) => {
      const to = await startTestSimulator({ script: ({ turn }) => (turn === 1 ? behaviour : {}) });
      await send(to);
      return [name, to.counts.submit] as const;
    }),
  );
  return Object.fromEntries(counted);
}

const counts = (count: number) => Object.fromEntries(TROUBLE.map(([name]) => [name, count]));

const unguarded = async ({ url }: Simulator): Promise<void> => {
  const client = createFalClient({
    credentials: KEY,
    // The client ignores this setting.
    retry: { maxRetries: 0 },
    fetch: async (input, init) => {
      const to = input instanceof Request ? input.url : String(input);
      return await fetch(to.replace(QUEUE, url), init);
    },
  });
  await client.queue.submit(V3_PRO, { input: { ...INPUT, duration: "5" } });
};

const guarded = async (to: Simulator): Promise<void> => {
  const order = { endpoint: V3_PRO, input: INPUT };
  const submission = await falVendor(createAccess(to)).submit(
    order,
    new AbortController().signal,
    allowSending,
  );
  expect(submission.is).toBe("fault");
  // The client pauses for a second before another try, a quarter more or less.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
};

test("sends a paid order once through the guard, though the client by itself sends it again", async () => {
  const [again, once] = await Promise.all([sentUnder(unguarded), sentUnder(guarded)]);
  expect(again).toEqual(counts(2));
  expect(once).toEqual(counts(1));
});

test("uses the version 1.10.1 of the client, in which this was found", async () => {
  const manifest: unknown = JSON.parse(
    await readProjectFile("node_modules/@fal-ai/client/package.json"),
  );
  expect(manifest).toMatchObject({ version: "1.10.1" });
  const own: unknown = JSON.parse(await readProjectFile("package.json"));
  expect(own).toMatchObject({ dependencies: { "@fal-ai/client": "1.10.1" } });
});
