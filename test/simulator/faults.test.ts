import { ALL_FORMATS, BufferSource, Input } from "mediabunny";
import { describe, expect, test } from "vitest";
import { type FaultRates, FAULTS } from "../../src/simulator/faults.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import {
  type Answer,
  ask,
  completed,
  download,
  jobUrl,
  findOutcome,
  readRates,
  run,
  SHOT,
  start,
  submit,
  videoUrl,
} from "./call-simulator.ts";

const seen = new Set<string>();

/** Options of a simulator in which the fault always happens. */
function faulty(name: string): { faults: FaultRates } {
  seen.add(name);
  return { faults: readRates(`${name}:100%`) };
}

describe("faults of the POST", () => {
  test.for<[name: string, answer: number | string, accepted: number]>([
    ["reset", "TypeError", 1],
    ["refuse", "TypeError", 0],
    ["truncated", 200, 1],
    ["html", 200, 0],
    ["302", 302, 0],
    ["307", 307, 0],
    ["401", 401, 0],
    ["403", 403, 0],
    ["429", 429, 0],
  ])("%s is answered with %s, and %d jobs are accepted", async ([name, answer, accepted]) => {
    const simulator = await start(faulty(name));
    expect(await findOutcome(submit(simulator))).toBe(answer);
    expect(simulator.jobs).toHaveLength(accepted);
    expect(simulator.requests).toMatchObject([
      {
        kind: "submit",
        status: typeof answer === "number" ? answer : null,
        requestId: simulator.jobs[0]?.requestId ?? null,
      },
    ]);
  });

  test("hang accepts the job and never answers", async () => {
    const simulator = await start(faulty("hang"));
    const leave = new AbortController();
    const post = fetch(`${simulator.url}/fal-ai/kling-video/v3/pro/text-to-video`, {
      method: "POST",
      headers: { authorization: "Key x" },
      body: JSON.stringify(SHOT),
      signal: leave.signal,
    });
    const outcome = findOutcome(post);
    await expect.poll(() => simulator.jobs.length).toBe(1);
    setTimeout(() => leave.abort(), 100);
    expect(await outcome).toBe("AbortError");
  });

  test.for(["408", "500", "502", "503", "504"])(
    "%s accepts half of the jobs all the same",
    async (name) => {
      const simulator = await start(faulty(name));
      for (let turn = 0; turn < 40; turn += 1) {
        expect((await submit(simulator)).status).toBe(Number(name));
      }
      expect(simulator.jobs.length).toBeGreaterThan(10);
      expect(simulator.jobs.length).toBeLessThan(30);
    },
  );

  test("truncated sends half of a JSON that has the id", async () => {
    const simulator = await start(faulty("truncated"));
    const { text } = await submit(simulator);
    expect(text).toContain(simulator.jobs[0]?.requestId);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test("html sends a login page", async () => {
    const { headers, text } = await submit(await start(faulty("html")));
    expect(headers.get("content-type")).toContain("text/html");
    expect(text).toContain("Log in");
  });

  test("302 leads to a login page", async () => {
    const { headers } = await submit(await start(faulty("302")));
    expect((await ask(headers.get("location") ?? "")).text).toContain("Log in");
  });

  test("307 buys if it is followed", async () => {
    const simulator = await start(faulty("307"));
    const first = await submit(simulator);
    const to = first.headers.get("location") ?? "";
    expect(await ask(to, { method: "POST", body: SHOT })).toMatchObject({
      status: 200,
      json: { status: "IN_QUEUE" },
    });
    expect(simulator.bill).toMatchObject({ accepted: 1, submits: 2 });
  });

  test("403, 429 and 503 have fal's texts", async () => {
    const answer = async (name: string): Promise<Answer> => await submit(await start(faulty(name)));
    expect((await answer("403")).json).toEqual({
      detail: "User is locked. Reason: Exhausted balance",
    });
    expect((await answer("429")).headers.get("retry-after")).toBe("1");
    const { json, headers } = await answer("503");
    expect(json["error_type"]).toBe("runner_scheduling_failure");
    expect(headers.get("x-fal-error-type")).toBe("runner_scheduling_failure");
  });
});

describe("faults of the job", () => {
  test.for([
    ["422", null],
    ["422free", "0"],
  ] as const)(
    "%s refuses the job in the end, unbilled, with units of %s",
    async ([name, units]) => {
      const simulator = await start(faulty(name));
      const { status, result } = await run(simulator);
      expect(status.json).not.toHaveProperty("error");
      expect(result.status).toBe(422);
      expect(result.headers.get("x-fal-billable-units")).toBe(units);
      expect(result.json).toMatchObject({
        detail: [{ loc: ["body"], type: "content_policy_violation", input: SHOT }],
      });
      expect(simulator.jobs[0]).toMatchObject({
        outcome: "content_policy_violation",
        dollars: "0.00",
      });
    },
  );

  test.for([
    ["error", null],
    ["errorfree", "0"],
  ] as const)("%s is in the status and in the result, with units of %s", async ([name, units]) => {
    const simulator = await start(faulty(name));
    const { status, result } = await run(simulator);
    const error_type = "runner_server_error";
    expect(status).toMatchObject({ status: 200, json: { status: "COMPLETED", error_type } });
    expect(result.status).toBe(500);
    expect(result.json).toEqual({ detail: status.json["error"], error_type });
    expect(result.headers.get("x-fal-error-type")).toBe(error_type);
    expect(result.headers.get("x-fal-billable-units")).toBe(units);
    expect(simulator.bill.dollars).toBe("0.00");
  });

  test("oddbill sends unreadable units and bills all the same", async () => {
    const simulator = await start(faulty("oddbill"));
    const { result } = await run(simulator);
    expect(result.headers.get("x-fal-billable-units")).toBe("1e3");
    expect(simulator.bill.dollars).toBe("0.56");
  });

  test("nobill sends no units and bills all the same", async () => {
    const simulator = await start(faulty("nobill"));
    const { result } = await run(simulator);
    expect(result.headers.get("x-fal-billable-units")).toBeNull();
    expect(simulator.bill.dollars).toBe("0.56");
  });

  test("overbill bills a second more", async () => {
    const simulator = await start(faulty("overbill"));
    const { result } = await run(simulator);
    expect(result.headers.get("x-fal-billable-units")).toBe("4.8");
    expect(simulator.bill.dollars).toBe("0.672");
  });
});

describe("faults of answers about a job", () => {
  async function stream(simulator: Simulator, signal?: AbortSignal): Promise<string> {
    await submit(simulator);
    const response = await fetch(`${jobUrl(simulator)}/status/stream`, {
      headers: { authorization: "Key x" },
      ...(signal === undefined ? {} : { signal }),
    });
    return `${response.status} ${await response.text()}`;
  }

  test("stream ends after one event", async () => {
    // However busy the machine is, the job is not done at the first question.
    const latency = { queueSeconds: 1e6, generateSeconds: 1e6 };
    const told = await stream(await start({ ...faulty("stream"), latency }));
    expect(told.match(/data:/g)).toHaveLength(1);
    expect(told).not.toContain("COMPLETED");
  });

  test("nostream answers 404", async () => {
    expect(await stream(await start(faulty("nostream")))).toBe('404 {"status":"NOT_FOUND"}');
  });

  test("silent stays open and sends no event, even when the job is completed", async () => {
    const simulator = await start(faulty("silent"));
    const leave = new AbortController();
    const told = Promise.allSettled([stream(simulator, leave.signal)]);
    await expect.poll(() => simulator.jobs[0]?.state).toBe("COMPLETED");
    await expect
      .poll(() => simulator.requests.at(-1))
      .toMatchObject({ kind: "stream", status: 200 });
    setTimeout(() => leave.abort(), 100);
    expect(await told).toMatchObject([{ status: "rejected", reason: { name: "AbortError" } }]);
  });

  test("status answers 503 once", async () => {
    const simulator = await start(faulty("status"));
    await submit(simulator);
    expect((await ask(`${jobUrl(simulator)}/status`)).status).toBe(503);
    expect((await completed(jobUrl(simulator))).status).toBe(200);
  });

  test("result answers 504 once", async () => {
    const simulator = await start(faulty("result"));
    const { result, url } = await run(simulator);
    expect(result).toMatchObject({ status: 504, json: { error_type: "request_timeout" } });
    expect((await ask(url)).status).toBe(200);
  });

  test("lost answers 404 for a while, though the job exists", async () => {
    const simulator = await start({ ...faulty("lost"), speed: 5 });
    await submit(simulator);
    const url = jobUrl(simulator);
    const asked = ["", "/status", "/status/stream"].map(async (path) => await ask(url + path));
    for (const { status } of await Promise.all(asked)) expect(status).toBe(404);
    await expect.poll(async () => (await ask(`${url}/status`)).status).not.toBe(404);
    expect((await completed(url)).status).toBe(200);
  });
});

describe("faults of the file", () => {
  const WITH_SOUND = { ...SHOT, generate_audio: true };

  async function file(simulator: Simulator) {
    const { result } = await run(simulator, WITH_SOUND);
    const { status, bytes } = await download(videoUrl(result));
    if (status !== 200) return { status };
    const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    const seconds = await input.computeDuration();
    const size = `${track?.displayWidth}x${track?.displayHeight}`;
    return { status, seconds, size, audio: (await input.getPrimaryAudioTrack()) !== null };
  }
  const RIGHT = { status: 200, seconds: 5, size: "1920x1080", audio: true };

  test.for<[name: string, got: object]>([
    ["gone", { status: 404 }],
    ["short", { ...RIGHT, seconds: 1 }],
    ["small", { ...RIGHT, size: "1080x1080" }],
    ["silentvideo", { ...RIGHT, audio: false }],
  ])("%s", async ([name, got]) => {
    expect(await file(await start())).toEqual(RIGHT);
    const simulator = await start(faulty(name));
    expect(await file(simulator)).toEqual(got);
    expect(simulator.bill.dollars).toBe("0.84");
  });

  test("slow takes 5 simulated seconds", async () => {
    const simulator = await start({ ...faulty("slow"), speed: 20 });
    const { result } = await run(simulator);
    const at = performance.now();
    const { bytes } = await download(videoUrl(result));
    expect(performance.now() - at).toBeGreaterThan(200);
    expect((await download(videoUrl(result))).bytes).toEqual(bytes);
  });

  test("cut stops half way, once", async () => {
    const { result } = await run(await start(faulty("cut")));
    await expect(download(videoUrl(result))).rejects.toThrow("terminated");
    expect((await download(videoUrl(result))).status).toBe(200);
  });
});

test("plays each fault in a test above", () => {
  expect([...seen].toSorted()).toEqual([...FAULTS].toSorted());
});
