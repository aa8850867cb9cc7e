import type { ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { Progress, Watched } from "../../../src/run/vendor.ts";
import {
  createAccess,
  allowSending,
  makePlacedOrder,
  startTestSimulator,
  V3_PRO,
} from "./fal-access.ts";
import { startEndlessServer, startServer } from "./small-server.ts";
import { createJsonResponse, recordRequests } from "./record-requests.ts";

const SILENCE = { first: 200, between: 200 };
// Longer than any test: if a stream ends sooner, silence is not the reason.
const PATIENT = { first: 3_600_000, between: 3_600_000 };

/** Watches the stream of a server of its own. Returns what was told, and how it ended. */
async function watched(
  send: (response: ServerResponse) => void,
  {
    signal = new AbortController().signal,
    silence = PATIENT,
    told = [],
  }: {
    readonly signal?: AbortSignal;
    readonly silence?: typeof PATIENT;
    readonly told?: Progress[];
  } = {},
): Promise<{ readonly end: Watched; readonly told: readonly Progress[]; readonly ms: number }> {
  const url = await startServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    send(response);
  });
  const vendor = falVendor({
    credentials: "k",
    proxyUrl: null,
    queueUrl: url,
    fetch,
    silence,
    simulated: false,
  });
  const began = performance.now();
  const end = await vendor.watch(makePlacedOrder("1"), (progress) => told.push(progress), signal);
  return { end, told, ms: performance.now() - began };
}

const says = (response: ServerResponse, status: string, more: object = {}): void => {
  response.write(`data: ${JSON.stringify({ status, ...more })}\n\n`);
};

test("follows a job to its end with one request", async () => {
  const played = await startTestSimulator({
    speed: 30,
    concurrency: 1,
    // The first job waits three real seconds, so that the question about the second is in time even on a busy machine.
    script: () => ({ queueSeconds: 90, generateSeconds: 10 }),
  });
  const vendor = falVendor(createAccess(played, { silence: PATIENT }));
  const input = { prompt: "a" };
  const never = new AbortController().signal;
  await vendor.submit({ endpoint: V3_PRO, input }, never, allowSending);
  const submission = await vendor.submit({ endpoint: V3_PRO, input }, never, allowSending);
  if (submission.is !== "accepted") throw new Error("not accepted");
  const told: Progress[] = [];
  const { request } = submission;
  const end = await vendor.watch(
    { endpoint: V3_PRO, seconds: 5, request },
    (progress) => told.push(progress),
    never,
  );
  expect(end).toEqual({ is: "done", failure: null });
  expect(told.map(({ stage, position }) => `${stage} ${position}`)).toEqual([
    "queued 1",
    "queued 0",
    "generating null",
  ]);
  expect(played.jobs[1]?.state).toBe("COMPLETED");
  expect(played.counts).toMatchObject({ stream: 1, status: 0 });
});

describe("a job is done only if the stream says so", () => {
  test("COMPLETED ends the stream, even if the other side continues", async () => {
    const { end, told } = await watched((response) => {
      says(response, "IN_QUEUE", { queue_position: 3 });
      says(response, "IN_PROGRESS", { logs: null });
      says(response, "COMPLETED", { error: "broken", error_type: "runner_server_error" });
    });
    expect(end).toEqual({ is: "done", failure: "broken, runner_server_error" });
    expect(told).toHaveLength(2);
  });

  test.for<readonly [name: string, send: (response: ServerResponse) => void]>([
    ["a stream that merely closes", (response) => response.end()],
    [
      "one that closes in the middle",
      (response) => {
        says(response, "IN_PROGRESS");
        response.end('data: {"status":"COMPL');
      },
    ],
    [
      "one that is cut",
      (response) => {
        says(response, "IN_PROGRESS");
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ["one that is no JSON", (response) => response.write("data: hello\n\n")],
    ["one that says nothing", () => undefined],
    ["one that says only that it is there", (response) => response.write(": alive\n\n")],
    [
      "one that falls silent",
      (response) => {
        says(response, "IN_PROGRESS");
      },
    ],
    ["one of no status", (response) => response.write("data: null\n\ndata: [1]\n\n")],
  ])("%s has merely ended", async ([, send]) => {
    const { end } = await watched(send, { silence: SILENCE });
    expect(end).toEqual({ is: "ended" });
  });
});

test.for(["FAILED", "CANCELLED", "completed"])(
  "reports the undocumented status %s as it is",
  async (status) => {
    const { end } = await watched((response) => says(response, status));
    expect(end).toEqual({ is: "unfamiliar", status });
  },
);

test("ignores the end of another request", async () => {
  const { end, told } = await watched((response) => {
    says(response, "IN_PROGRESS");
    response.write('data: {"status":"COMPLETED","request_id":"another"}\n\n');
  });
  expect(end).toMatchObject({ is: "fault", fault: { kind: "unreachable" } });
  expect(told).toHaveLength(1);
});

const status = `data: ${JSON.stringify({ status: "IN_PROGRESS", logs: null })}\n\n`;

test.for<readonly [name: string, type: string, piece: string, first: string]>([
  ["an event without an end", "text/event-stream", "a", "data: "],
  ["an event of more and more lines", "text/event-stream", "data: 1\r\n", ""],
  ["more and more events", "text/event-stream", status, ""],
  ["more and more events after one that is no JSON", "text/event-stream", status, "data: {\n\n"],
  ["a page without an end in its place", "text/html", "<p>", ""],
])("ends %s", async ([, type, piece, first]) => {
  const { url, sent, closed } = await startEndlessServer({ "content-type": type }, piece, first);
  const access = { credentials: "k", proxyUrl: null, queueUrl: url, fetch, simulated: false };
  const vendor = falVendor({ ...access, silence: { first: 60_000, between: 60_000 } });
  const { signal } = new AbortController();
  const end = await vendor.watch(makePlacedOrder("1"), () => undefined, signal);
  expect(end.is === "fault" ? end.fault.kind : end.is).toBe(
    type === "text/html" ? "unreachable" : "ended",
  );
  await closed;
  // This is what was read and what was on its way.
  expect(sent()).toBeLessThan(30_000_000);
});

test("restarts the time-out of silence with each event", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const silence = { first: 600, between: 600 };
  const streams: ServerResponse[] = [];
  const told: Progress[] = [];
  const watching = watched((response) => streams.push(response), { silence, told });
  await vi.waitUntil(() => streams.length === 1, { timeout: 600_000 });
  const send = (status: string): void => streams.forEach((response) => says(response, status));
  for (let turn = 1; turn <= 7; turn += 1) {
    send("IN_PROGRESS");
    await vi.waitUntil(() => told.length === turn, { timeout: 600_000 });
    await vi.advanceTimersByTimeAsync(400);
  }
  send("COMPLETED");
  expect((await watching).end).toEqual({ is: "done", failure: null });
  expect(told).toHaveLength(7);
});

describe("the stream is closed at once when told to leave", () => {
  test("while it is silent", async () => {
    const leave = new AbortController();
    let closed = false;
    const { end, ms } = await watched(
      (response) => {
        response.on("close", () => (closed = true));
        setTimeout(() => leave.abort(), 20);
      },
      { signal: leave.signal, silence: PATIENT },
    );
    expect(end).toEqual({ is: "ended" });
    expect(ms).toBeLessThan(PATIENT.first);
    await expect.poll(() => closed).toBe(true);
  });

  test("before it began", async () => {
    const left = { signal: AbortSignal.abort(), silence: PATIENT };
    const { end, ms } = await watched(() => undefined, left);
    expect(end).toEqual({ is: "ended" });
    expect(ms).toBeLessThan(PATIENT.first);
  });

  test("while nothing has answered yet", async () => {
    const { fetch } = recordRequests(
      (_, __, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    const vendor = falVendor(createAccess(await startTestSimulator(), { fetch, silence: SILENCE }));
    const end = await vendor.watch(makePlacedOrder("1"), () => undefined, AbortSignal.timeout(20));
    expect(end).toEqual({ is: "ended" });
  });
});

describe("an answer in place of a stream", () => {
  test.for([
    [404, "not-found"],
    [401, "not-allowed"],
    [403, "not-allowed"],
    [302, "unreachable"],
    [429, "unreachable"],
    [500, "unreachable"],
    [503, "unreachable"],
  ] as const)("reports %d as it is after one request", async ([status, kind]) => {
    const { fetch, left } = recordRequests(() =>
      createJsonResponse(status, { detail: "no" }, { "retry-after": "9" }),
    );
    const vendor = falVendor(createAccess(await startTestSimulator(), { fetch }));
    const end = await vendor.watch(
      makePlacedOrder("1"),
      () => undefined,
      new AbortController().signal,
    );
    expect(end).toMatchObject({ is: "fault", fault: { kind, retryAfter: 9_000 } });
    // The client would try again after a second.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(left).toHaveLength(1);
  });
});
