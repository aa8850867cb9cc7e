import { createFalClient, type FalClient } from "@fal-ai/client";
import { describe, expect, test } from "vitest";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { ask, SHOT, start, V3_PRO } from "./call-simulator.ts";

const FAL = "https://queue.fal.run";
const SHOT_FIVE = { ...SHOT, duration: "5" as const };
const TWO_SHOTS = { multi_prompt: [{ prompt: "a" }, { prompt: "b", duration: "3" as const }] };

function direct(simulator: Simulator): FalClient {
  return createFalClient({
    credentials: "test",
    fetch: async (url, init) => {
      const to = url instanceof Request ? url.url : String(url);
      return await fetch(to.replace(FAL, simulator.url), init);
    },
  });
}

function proxied(simulator: Simulator): FalClient {
  const proxyUrl = { url: `${simulator.url}/api/fal/proxy`, when: "always" } as const;
  return createFalClient({ credentials: undefined, proxyUrl });
}

describe.for([
  ["with a key", direct, false],
  ["through a proxy", proxied, false],
  ["through a proxy that answers 200 to everything", proxied, true],
] as const)("fal's own client %s", ([, clientOf, flatten]) => {
  test("submits, follows and fetches a job", async () => {
    const simulator = await start({ flatten });
    const fal = clientOf(simulator);
    const queued = await fal.queue.submit(V3_PRO, {
      input: SHOT_FIVE,
      headers: { "x-app-fal-disable-fallback": "true" },
    });
    expect(queued.status).toBe("IN_QUEUE");
    const base = clientOf === proxied ? FAL : simulator.url;
    expect(queued.response_url).toBe(`${base}/fal-ai/kling-video/requests/${queued.request_id}`);
    const asked = { requestId: queued.request_id, logs: true };
    const stream = await fal.queue.streamStatus(V3_PRO, asked);
    expect(await stream.done()).toMatchObject({ status: "COMPLETED" });
    expect(await fal.queue.status(V3_PRO, asked)).toMatchObject({ status: "COMPLETED" });
    const result = await fal.queue.result(V3_PRO, asked);
    expect(result.requestId).toBe(queued.request_id);
    expect(result.data.video.url).toMatch(`${simulator.url}/files/b/`);
    expect((await fetch(result.data.video.url)).status).toBe(200);
    const through = clientOf === proxied;
    expect(simulator.requests[0]).toMatchObject({
      target: `/${V3_PRO}`,
      kind: "submit",
      proxied: through,
      authorization: !through,
      disableFallback: through ? null : "true",
      disableFallbackDropped: through,
    });
  });

  test("cancels a job, and receives a refusal", async () => {
    const simulator = await start({
      flatten,
      script: ({ turn }) =>
        turn === 1 ? { queueSeconds: 60_000 } : { outcome: "content_policy_violation" },
    });
    const fal = clientOf(simulator);
    const first = await fal.queue.submit(V3_PRO, { input: TWO_SHOTS });
    await fal.queue.cancel(V3_PRO, { requestId: first.request_id });
    expect(simulator.jobs[0]).toMatchObject({ state: "REMOVED", cancelled: true });
    const { request_id: requestId } = await fal.queue.submit(V3_PRO, { input: SHOT_FIVE });
    await (await fal.queue.streamStatus(V3_PRO, { requestId })).done();
    const result = fal.queue.result(V3_PRO, { requestId });
    const detail = [{ type: "content_policy_violation" }];
    const told: unknown = await result.catch((cause: unknown) => cause);
    expect(told).toMatchObject(flatten ? { data: { detail } } : { status: 422, body: { detail } });
  });
});

test("fal's client buys twice if an accepted POST is answered with 503", async () => {
  const simulator = await start({
    script: ({ turn }) => (turn === 1 ? { submit: 503, acceptedAnyway: true } : {}),
  });
  await direct(simulator).queue.submit(V3_PRO, { input: SHOT_FIVE });
  expect(simulator.bill).toMatchObject({ accepted: 2, submits: 2 });
});

describe("a proxy", () => {
  const post = (simulator: Simulator, target: string, path = "/api/fal/proxy") =>
    ask(simulator.url + path, {
      method: "POST",
      body: SHOT,
      headers: { "x-fal-target-url": target },
    });

  test.for([
    "https://queue.fal.run.example.org/fal-ai/x",
    "https://notfal.run/fal-ai/x",
    "http://127.0.0.1/x",
    "nonsense",
  ])("refuses %s", async (target) => {
    expect((await post(await start(), target)).status).toBe(412);
  });

  test("answers on any path", async () => {
    const simulator = await start();
    for (const path of ["/", "/api/fal/proxy", "/whatever?x=1"]) {
      expect((await post(simulator, `${FAL}/${V3_PRO}`, path)).status).toBe(200);
    }
    expect(simulator.jobs).toHaveLength(3);
  });

  test.for([
    [false, 503],
    [true, 200],
  ] as const)("that flattens (%s) turns a 503 into %d", async ([flatten, status]) => {
    const simulator = await start({ flatten, script: () => ({ submit: 503 }) });
    const answer = await post(simulator, `${FAL}/${V3_PRO}`);
    expect(answer).toMatchObject({ status, json: { error_type: "runner_scheduling_failure" } });
    expect(simulator.requests[0]?.status).toBe(status);
    expect((await ask(`${simulator.url}/${V3_PRO}`, { method: "POST", body: SHOT })).status).toBe(
      503,
    );
  });
});
