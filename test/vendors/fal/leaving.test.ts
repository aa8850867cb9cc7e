import { describe, expect, onTestFinished, test, vi } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { Vendor } from "../../../src/run/vendor.ts";
import {
  createAccess,
  allowSending,
  INPUT,
  makePlacedOrder,
  startTestSimulator,
  V3_PRO,
} from "./fal-access.ts";
import { recordRequests } from "./record-requests.ts";

/** A fal that never answers, to see how long it is waited for. */
async function silent(): Promise<{ readonly vendor: Vendor; readonly asked: () => number }> {
  const { fetch, left } = recordRequests(async (_, __, { body, signal }) => {
    await new Response(body ?? null).text();
    return await new Promise((_resolve, reject) => {
      const leaving = (): void => reject(new DOMException("left", "AbortError"));
      if (signal?.aborted === true) leaving();
      signal?.addEventListener("abort", leaving);
    });
  });
  return {
    vendor: falVendor(createAccess(await startTestSimulator(), { fetch })),
    asked: () => left.length,
  };
}

describe("when told to leave", () => {
  test("waits five seconds more for the answer to an order, to have its id", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { vendor, asked } = await silent();
    const leave = new AbortController();
    let ended = false;
    const submitting = vendor.submit(
      { endpoint: V3_PRO, input: INPUT },
      leave.signal,
      allowSending,
    );
    const ending = submitting.then((submission) => {
      ended = true;
      return submission;
    });
    await vi.waitUntil(() => asked() === 1, { timeout: 600_000 });
    leave.abort();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    // The order may have been accepted.
    expect(await ending).toMatchObject({ is: "fault", fault: { kind: "answer-lost" } });
    expect(asked()).toBe(1);
  });

  test("does not wait for the answer to a question", async () => {
    // There is no time-out.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { vendor, asked } = await silent();
    const soon = (): AbortSignal => {
      const before = asked();
      const leave = new AbortController();
      void vi
        .waitUntil(() => asked() > before, { timeout: 600_000, interval: 5 })
        .then(() => leave.abort());
      return leave.signal;
    };
    expect(await vendor.ask(makePlacedOrder("1"), soon())).toMatchObject({
      fault: { kind: "unreachable" },
    });
    expect(await vendor.collect(makePlacedOrder("1"), null, soon())).toMatchObject({ is: "fault" });
    expect(await vendor.watch(makePlacedOrder("1"), () => undefined, soon())).toEqual({
      is: "ended",
    });
    expect(asked()).toBe(3);
  });
});
