import { expect, test } from "vitest";
import { createLog } from "../../src/simulator/exchange.ts";
import type { Behaviour } from "../../src/simulator/behaviour.ts";
import {
  always,
  APP,
  ask,
  completed,
  download,
  jobUrl,
  run,
  SHOT,
  start,
  submit,
  V3_PRO,
  videoUrl,
  skipMinutes,
} from "./call-simulator.ts";

test("accepts, queues, runs, delivers and bills a job", async () => {
  const simulator = await start({
    speed: 1,
    latency: { queueSeconds: 60, generateSeconds: 120 },
  });
  const before = Date.now();
  const { status: http, headers, json } = await submit(simulator);
  const id = String(json["request_id"]);
  const url = `${simulator.url}/${APP}/requests/${id}`;
  const urls = { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
  expect(http).toBe(200);
  expect(headers.get("x-fal-simulated")).toBe("1");
  expect(json).toEqual({ request_id: id, status: "IN_QUEUE", queue_position: 0, ...urls });
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const minted = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  expect(minted - before).toBeGreaterThanOrEqual(0);
  expect(minted).toBeLessThanOrEqual(Date.now());

  const waiting = await ask(urls.status_url);
  expect(waiting.status).toBe(202);
  expect(waiting.json).toEqual({
    status: "IN_QUEUE",
    request_id: id,
    queue_position: 0,
    ...urls,
  });
  expect(await ask(url)).toMatchObject({ status: 400 });
  expect(simulator.jobs[0]).toMatchObject({ state: "IN_QUEUE", units: "0", dollars: "0.00" });

  skipMinutes(2);
  expect(simulator.jobs[0]?.state).toBe("IN_PROGRESS");
  const running = await ask(urls.status_url);
  expect(running).toMatchObject({ status: 202, json: { status: "IN_PROGRESS", logs: null } });

  skipMinutes(2);
  const done = await completed(url);
  expect(done.status).toBe(200);
  expect(done.json).toMatchObject({ status: "COMPLETED", metrics: { inference_time: 120 } });

  const result = await ask(url);
  expect(result.status).toBe(200);
  expect(Object.fromEntries(result.headers)).toMatchObject({
    "x-fal-request-id": id,
    "x-fal-billable-units": "4.0",
    "x-fal-served-from": "simulator",
    "x-fal-simulated": "1",
  });
  const file = await download(videoUrl(result));
  expect(file.headers.get("x-fal-simulated")).toBe("1");
  expect(result.json).toEqual({
    video: {
      url: `${simulator.url}/files/b/${id}/output.mp4`,
      content_type: "video/mp4",
      file_name: "output.mp4",
      file_size: file.bytes.length,
    },
  });
  expect((await ask(`${url}/response`)).json).toEqual(result.json);
  expect((await ask(`${simulator.url}/${V3_PRO}/requests/${id}`)).json).toEqual(result.json);
  expect(simulator.jobs).toEqual([
    {
      requestId: id,
      endpoint: V3_PRO,
      input: SHOT,
      postedAt: minted,
      turn: 1,
      state: "COMPLETED",
      outcome: "video",
      units: "4.0",
      dollars: "0.56",
      cancelled: false,
    },
  ]);
});

test("sends logs as a moving window, and only if asked", async () => {
  const simulator = await start();
  const { url } = await run(simulator);
  const { json } = await ask(`${url}/status?logs=1`);
  const logs: unknown = json["logs"];
  expect(logs).toHaveLength(5);
  expect(logs).toMatchObject([
    { message: "generating 67%", level: "INFO", source: "USER" },
    { message: "generating 75%" },
    { message: "generating 83%" },
    { message: "generating 92%" },
    { message: "generating 100%" },
  ]);
  expect((await ask(`${url}/status?logs=0`)).json["logs"]).toBeNull();
});

test("streams the state at once and at each change, and ends with COMPLETED", async () => {
  const simulator = await start({ latency: { queueSeconds: 1_000, generateSeconds: 1_000 } });
  await submit(simulator);
  const answer = await ask(`${jobUrl(simulator)}/status/stream?logs=1`);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const events = answer.text.trimEnd().split("\n\n");
  expect(events.map((event) => /^data: \{"status":"(\w+)"/.exec(event)?.[1])).toEqual([
    "IN_QUEUE",
    "IN_PROGRESS",
    "COMPLETED",
  ]);
});

test("queues jobs above the concurrency, and moves them up", async () => {
  const simulator = await start({
    concurrency: 1,
    speed: 100,
    latency: { queueSeconds: 0, generateSeconds: 60 },
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const { json } = await submit(simulator);
    expect(json["queue_position"]).toBe(Math.max(0, turn - 1));
  }
  const { text } = await ask(`${jobUrl(simulator, 2)}/status/stream`);
  const told = text
    .trimEnd()
    .split("\n\n")
    .map((event) => /"(?:status|queue_position)":"?(IN_PROGRESS|COMPLETED|\d+)/.exec(event)?.[1]);
  expect(told).toEqual(["1", "0", "IN_PROGRESS", "COMPLETED"]);
  expect(simulator.jobs.map(({ state }) => state)).toEqual(["COMPLETED", "COMPLETED", "COMPLETED"]);
});

test("starts the next job in place of a cancelled one", async () => {
  const simulator = await start({
    concurrency: 1,
    latency: { queueSeconds: 0, generateSeconds: 1_000_000 },
    script: () => ({ cancel: "requested-stops" }),
  });
  for (let turn = 0; turn < 3; turn += 1) await submit(simulator);
  await ask(`${jobUrl(simulator, 0)}/cancel`, { method: "PUT" });
  expect(simulator.jobs.map(({ state }) => state)).toEqual([
    "COMPLETED",
    "IN_PROGRESS",
    "IN_QUEUE",
  ]);
});

test("streams a cancel of another job only as a change of position", async () => {
  const simulator = await start({
    concurrency: 1,
    latency: { queueSeconds: 0, generateSeconds: 60_000 },
    script: ({ turn }) => (turn === 1 ? { cancel: "requested-stops" } : {}),
  });
  for (let turn = 0; turn < 4; turn += 1) await submit(simulator);
  const followed = [0, 1, 2].map(async (turn) => {
    const { text } = await ask(`${jobUrl(simulator, turn)}/status/stream`);
    return text.match(/(?<="(?:status|queue_position)":"?)(?!IN_QUEUE)\w+/g);
  });
  await expect.poll(() => simulator.counts.stream).toBe(3);
  const cancel = (turn: number) => ask(`${jobUrl(simulator, turn)}/cancel`, { method: "PUT" });
  // The last job in the queue moves no other up; the one before it leaves without an end.
  for (const turn of [3, 2, 0]) await cancel(turn);
  await expect.poll(() => simulator.jobs[1]?.state).toBe("IN_PROGRESS");
  const still = followed[1];
  expect(await followed[0]).toEqual(["IN_PROGRESS", "COMPLETED"]);
  expect(await followed[2]).toEqual(["1"]);
  await simulator.close();
  await expect(still).rejects.toThrow("terminated");
});

// In simulated seconds. No machine is so busy that an answer takes a real minute.
const REAL_MINUTE = 60_000;

type Ended = readonly [state: string, dollars: string, cancelled: boolean];

test.for<
  [
    cancel: Behaviour["cancel"] | "default",
    when: "queued" | "running" | "completed",
    status: number,
    word: string,
    end: Ended,
  ]
>([
  ["default", "queued", 200, "OK", ["REMOVED", "0.00", true]],
  ["default", "running", 202, "CANCELLATION_REQUESTED", ["COMPLETED", "0.56", true]],
  ["default", "completed", 400, "ALREADY_COMPLETED", ["COMPLETED", "0.56", false]],
  ["removed", "running", 200, "OK", ["REMOVED", "0.00", true]],
  ["requested-stops", "queued", 202, "CANCELLATION_REQUESTED", ["COMPLETED", "0.00", true]],
  ["requested-stops", "running", 202, "CANCELLATION_REQUESTED", ["COMPLETED", "0.00", true]],
  ["requested-finishes", "queued", 202, "CANCELLATION_REQUESTED", ["COMPLETED", "0.56", true]],
  ["already", "queued", 400, "ALREADY_COMPLETED", ["COMPLETED", "0.56", false]],
  ["not-found", "running", 404, "NOT_FOUND", ["COMPLETED", "0.56", false]],
])("answers cancel %s while %s with %d %s", async ([cancel, when, status, word, end]) => {
  const simulator = await start(
    always({
      queueSeconds: when === "queued" ? REAL_MINUTE : 0,
      generateSeconds: when === "running" ? REAL_MINUTE : 0,
      ...(cancel === undefined || cancel === "default" ? {} : { cancel }),
    }),
  );
  await submit(simulator);
  const url = jobUrl(simulator);
  const answer = await ask(`${url}/cancel`, { method: "PUT" });
  expect([answer.status, answer.json]).toEqual([status, { status: word }]);
  skipMinutes(2);
  const last = await completed(url);
  const job = simulator.jobs[0];
  expect([job?.state, job?.dollars, job?.cancelled]).toEqual(end);
  expect(last.status).toBe(job?.state === "REMOVED" ? 404 : 200);
});

test("completes a job that was stopped while running with an error", async () => {
  const simulator = await start(always({ cancel: "requested-stops", generateSeconds: 60_000 }));
  await submit(simulator);
  await expect.poll(() => simulator.jobs[0]?.state).toBe("IN_PROGRESS");
  const url = jobUrl(simulator);
  await ask(`${url}/cancel`, { method: "PUT" });
  // An app of fal answers so: nothing in the status, no type and no units in the result.
  expect((await completed(url)).json).not.toHaveProperty("error");
  const result = await ask(url);
  expect(result.status).toBe(499);
  expect(result.json).toEqual({ detail: "Request cancelled by the client." });
  expect(result.headers.get("x-fal-billable-units")).toBeNull();
});

test("refuses unknown ids, apps, models and keys", async () => {
  const simulator = await start();
  const unknown = `${simulator.url}/${APP}/requests/019da11f-c23b-7e43-8dcd-be7b083ac160`;
  for (const path of ["", "/response", "/status", "/status/stream"]) {
    expect(await ask(unknown + path)).toMatchObject({
      status: 404,
      json: { status: "NOT_FOUND" },
    });
  }
  expect(await ask(`${unknown}/cancel`, { method: "PUT" })).toMatchObject({ status: 404 });
  expect(await submit(simulator, SHOT, "fal-ai/kling-video/v9/text-to-video")).toMatchObject({
    status: 404,
  });
  const { url } = await run(simulator);
  expect((await ask(url.replace(APP, "fal-ai/flux"))).status).toBe(404);
  for (const headers of [{}, { authorization: "Key bad" }, { authorization: "Bearer x" }]) {
    expect((await ask(url, { headers: { ...headers } })).status).toBe(401);
    const post = await ask(`${simulator.url}/${V3_PRO}`, {
      method: "POST",
      body: SHOT,
      headers: { ...headers },
    });
    expect(post.status).toBe(401);
  }
  expect(simulator.bill).toEqual({ dollars: "0.56", accepted: 1, submits: 5 });
});

test("shows an observer the same, and does not count its requests", async () => {
  const simulator = await start();
  const headers = { authorization: "Key test", "x-app-fal-disable-fallback": "true" };
  await ask(`${simulator.url}/${V3_PRO}`, { method: "POST", body: SHOT, headers });
  await completed(jobUrl(simulator));
  const at = (what: string) => ask(`${simulator.url}/_simulator/${what}`, { headers: {} });
  expect(JSON.parse((await at("jobs")).text)).toEqual(simulator.jobs);
  expect((await at("bill")).json).toEqual({ dollars: "0.56", accepted: 1, submits: 1 });
  expect((await at("requests")).json).toEqual({
    counts: simulator.counts,
    requests: simulator.requests,
  });
  expect(simulator.requests[0]).toEqual({
    at: expect.any(Number),
    method: "POST",
    target: `/${V3_PRO}`,
    status: 200,
    kind: "submit",
    requestId: simulator.jobs[0]?.requestId,
    proxied: false,
    authorization: true,
    disableFallback: "true",
    disableFallbackDropped: false,
  });
  expect(JSON.stringify(simulator.requests)).not.toContain("Key test");
});

test("resumes a download where it stopped", async () => {
  const simulator = await start();
  const url = videoUrl((await run(simulator)).result);
  const whole = await download(url);
  expect(whole.headers.get("content-length")).toBe(String(whole.bytes.length));
  const { length } = whole.bytes;
  const part = async (range: string) => {
    const { status, headers, bytes } = await download(url, { range });
    return [
      status,
      headers.get("content-range"),
      bytes.equals(whole.bytes.subarray(-bytes.length)),
    ];
  };
  expect(await part(`bytes=${length - 100}-`)).toEqual([
    206,
    `bytes ${length - 100}-${length - 1}/${length}`,
    true,
  ]);
  expect(await part("bytes=-7")).toEqual([
    206,
    `bytes ${length - 7}-${length - 1}/${length}`,
    true,
  ]);
  expect((await download(url, { range: "bytes=0-9" })).bytes).toEqual(whole.bytes.subarray(0, 10));
  expect((await download(url, { range: `bytes=${length}-` })).status).toBe(416);
  const onlyHead = await fetch(url, { method: "HEAD" });
  expect(onlyHead.headers.get("content-length")).toBe(String(length));
});

test("ends open streams and hanging answers on close, and frees the port", async () => {
  const simulator = await start({
    script: ({ turn }) =>
      turn === 1 ? { stream: "silent", generateSeconds: 1e9 } : { submit: "hang" },
  });
  await submit(simulator);
  const stream = await fetch(`${jobUrl(simulator)}/status/stream`, {
    headers: { authorization: "Key x" },
  });
  const hanging = Promise.allSettled([stream.text(), submit(simulator)]);
  await expect.poll(() => simulator.jobs.length).toBe(2);
  const servers = () =>
    process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  const open = servers();
  // By itself neither would end.
  await simulator.close();
  await expect.poll(servers).toBe(open - 1);
  expect((await hanging).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const again = await start({ port: simulator.port });
  expect(again.port).toBe(simulator.port);
  await expect(start({ port: again.port })).rejects.toThrow("EADDRINUSE");
});

test("keeps a bounded record of requests, and counts all of them", () => {
  const log = createLog();
  for (let at = 1; at <= 25_000; at += 1) {
    log.add({
      at,
      method: "GET",
      target: "/",
      status: 404,
      kind: "other",
      requestId: null,
      proxied: false,
      authorization: false,
      disableFallback: null,
      disableFallbackDropped: false,
    });
  }
  expect(log.counts.other).toBe(25_000);
  expect(log.last.length).toBeLessThanOrEqual(11_000);
  expect(log.last.at(-1)?.at).toBe(25_000);
});
