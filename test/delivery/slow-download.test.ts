import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fetch } from "../../src/run/ports.ts";
import {
  deliver,
  makeFilm,
  listFiles,
  makeSettledHold,
  createStore,
  makeTemporaryFolder,
} from "./deliver.ts";

const BYTES = await makeFilm();

describe("gives up a download that is silent for a minute", () => {
  /** A time that passes only when the test says so. */
  function minutes(): void {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
  }

  /** A fetch that ends only when it is aborted. */
  const aborted = async (signal: AbortSignal | null | undefined): Promise<never> =>
    await new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });

  test.for<readonly [name: string, made: Fetch]>([
    ["before its first byte", async (_, { signal }) => await aborted(signal)],
    [
      "in its middle",
      async (_, { signal }) =>
        new Response(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(new Uint8Array(10));
              signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
            },
          }),
        ),
    ],
  ])("%s", async ([, made]) => {
    minutes();
    const out = await makeTemporaryFolder();
    let asked = 0;
    const counted: Fetch = async (url, init) => {
      asked += 1;
      return await made(url, init);
    };
    let ended = false;
    const delivering = deliver(
      createStore(out, { fetch: counted }),
      makeSettledHold("https://example.org/a"),
    );
    const ending = delivering.then((told) => {
      ended = true;
      return told;
    });
    await vi.waitUntil(() => asked === 1, { timeout: 600_000 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect([asked, ended]).toEqual([1, false]);
    for (const turn of [2, 3, 4]) {
      await vi.advanceTimersByTimeAsync(60_000);
      // The disk takes its own time.
      await vi.waitUntil(() => asked === turn, { timeout: 600_000 });
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ending).toMatchObject({ is: "undelivered", trouble: "unreachable" });
    expect(await listFiles(out)).toEqual([]);
  });
});

describe("wants 600 kB in each minute of waiting", () => {
  /** Downloads so many bytes every ten seconds, and then a whole video. */
  async function paced(bytes: number, times: number) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let asked = 0;
    let told = 0;
    let awaited = 0;
    const slow: Fetch = async (_, { signal }) => {
      asked += 1;
      if (asked > 1) return new Response(new Uint8Array(BYTES));
      let sent = 0;
      return new Response(
        new ReadableStream<Uint8Array>(
          {
            start: (stream) => {
              signal?.addEventListener("abort", () => stream.error(signal.reason));
            },
            pull: async (stream) => {
              awaited += 1;
              await new Promise((resolve) => setTimeout(resolve, 10_000));
              if (signal?.aborted === true) return;
              sent += 1;
              stream.enqueue(new Uint8Array(bytes));
              if (sent === times) stream.close();
            },
          },
          { highWaterMark: 0 },
        ),
      );
    };
    const out = await makeTemporaryFolder();
    const hold = makeSettledHold("https://example.org/a");
    const { signal } = new AbortController();
    const tell = (count: number): void => {
      told = count;
    };
    const ending = createStore(out, { fetch: slow }).deliver(
      hold,
      hold.videoUrl ?? "",
      tell,
      signal,
    );
    // The disk takes its own time, which does not count.
    const until = async (is: () => boolean): Promise<void> => {
      while (!is() && asked < 2) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let turn = 1; turn <= times && asked < 2; turn += 1) {
      await until(() => awaited === turn);
      await vi.advanceTimersByTimeAsync(10_000);
      await until(() => told === turn * bytes);
    }
    return { end: await ending, asked };
  }

  test("gives up a slower download, and starts it again", async () => {
    const { end, asked } = await paced(90_000, 12);
    expect(asked).toBe(2);
    expect(end).toMatchObject({ is: "delivered", delivery: { bytes: BYTES.length } });
  });

  test("waits for a slow download that is faster", async () => {
    const { end, asked } = await paced(130_000, 14);
    expect(asked).toBe(1);
    expect(end).toMatchObject({ is: "delivered", delivery: { bytes: 14 * 130_000 } });
  });
});
