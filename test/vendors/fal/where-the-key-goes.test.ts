import { describe, expect, onTestFinished, test, vi } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { Placed, Vendor } from "../../../src/run/vendor.ts";
import {
  createAccess,
  allowSending,
  INPUT,
  KEY,
  makePlacedOrder,
  createProxyAccess,
  QUEUE,
  startTestSimulator,
  V3_PRO,
} from "./fal-access.ts";
import { createJsonResponse, recordRequests } from "./record-requests.ts";

const never = new AbortController().signal;

/** Calls each method once for one order. */
async function everyVerb(vendor: Vendor, about?: Placed): Promise<void> {
  const submission = await vendor.submit({ endpoint: V3_PRO, input: INPUT }, never, allowSending);
  const request =
    submission.is === "accepted"
      ? { ...makePlacedOrder(""), request: submission.request }
      : makePlacedOrder("none");
  const order = about ?? request;
  await vendor.watch(order, () => undefined, never);
  await vendor.ask(order, never);
  await vendor.collect(order, null, never);
  await vendor.cancel(order);
}

function keyInEnvironment(): void {
  vi.stubEnv("FAL_KEY", KEY);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const KINDS = ["submit", "stream", "status", "result", "cancel"];

test("sends the key with each direct request, and forbids a fallback with the order", async () => {
  const played = await startTestSimulator();
  const { fetch, left } = recordRequests();
  await everyVerb(falVendor(createAccess(played, { fetch })));
  expect(left.map(({ kind }) => kind)).toEqual(KINDS);
  expect(left.map(({ headers }) => headers.get("authorization"))).toEqual(
    KINDS.map(() => `Key ${KEY}`),
  );
  expect(left.map(({ headers }) => headers.get("x-app-fal-disable-fallback"))).toEqual([
    "true",
    null,
    null,
    null,
    null,
  ]);
  expect(played.requests[0]).toMatchObject({ kind: "submit", disableFallback: "true" });
});

test("sends the input exactly as planned", async () => {
  const bodies: Promise<string>[] = [];
  const { fetch, left } = recordRequests((_, __, { body }) => {
    bodies.push(new Response(body).text());
    return createJsonResponse(200, { request_id: "1" });
  });
  const input = {
    prompt: "Ünïcode “quoted” \u0000 🎬",
    elements: [{ voice_id: null }],
    cfg_scale: 0.1,
  };
  const vendor = falVendor(createAccess(await startTestSimulator(), { fetch }));
  expect(await vendor.submit({ endpoint: V3_PRO, input }, never, allowSending)).toMatchObject({
    is: "accepted",
  });
  const text = JSON.stringify(input);
  expect(await Promise.all(bodies)).toEqual([text]);
  expect(left[0]?.headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
});

describe("through a proxy", () => {
  test.for([
    ["plain", false],
    ["that answers 200 to everything", true],
  ] as const)("%s, sends the key in no header", async ([, flatten]) => {
    // The client would look for a key here by itself.
    keyInEnvironment();
    const played = await startTestSimulator({ flatten });
    const { fetch, left } = recordRequests();
    await everyVerb(falVendor(createProxyAccess(played, { fetch })));
    expect(left.map(({ kind }) => kind)).toEqual(KINDS);
    for (const { url, headers } of left) {
      expect(url.href).toBe(`${played.url}/api/fal/proxy`);
      expect([...headers.keys()]).not.toContain("authorization");
      expect([...headers.values()].filter((value) => value.includes("4567"))).toEqual([]);
      expect(headers.get("x-fal-target-url")).toMatch(/^https:\/\/queue\.fal\.run\/fal-ai\//);
    }
    expect(played.requests.map(({ proxied: through }) => through)).toEqual(KINDS.map(() => true));
    expect(played.requests.map(({ authorization }) => authorization)).toEqual(
      KINDS.map(() => false),
    );
  });

  test("takes no key from the environment", async () => {
    keyInEnvironment();
    const played = await startTestSimulator();
    const { fetch, left } = recordRequests();
    await everyVerb(falVendor(createAccess(played, { fetch, credentials: null })));
    expect(left).toHaveLength(5);
    expect(left.filter(({ headers }) => headers.has("authorization"))).toEqual([]);
  });
});

describe("addresses that an answer states", () => {
  const urls = (base: string) => ({
    statusUrl: `${base}/status`,
    responseUrl: `${base}/response`,
    cancelUrl: `${base}/cancel`,
  });
  const asked = async (base: string, how: typeof createAccess) => {
    const { fetch, left } = recordRequests(() => createJsonResponse(404, { status: "NOT_FOUND" }));
    await everyVerb(
      falVendor(how(await startTestSimulator(), { fetch })),
      makePlacedOrder("42", urls(base)),
    );
    return left.slice(1);
  };
  const BUILT = "/fal-ai/kling-video/requests/42";

  test("are used if they are the queue's", async () => {
    const stated = "/fal-ai/kling-video/v3/pro/text-to-video/requests/42";
    const left = await asked(QUEUE + stated, createAccess);
    expect(left.map(({ url }) => url.pathname)).toEqual([
      `${stated}/status/stream`,
      `${stated}/status`,
      `${stated}/response`,
      `${stated}/cancel`,
    ]);
    const behind = await asked(QUEUE + stated, createProxyAccess);
    expect(behind.map(({ headers }) => headers.get("x-fal-target-url"))).toEqual([
      `${QUEUE + stated}/status/stream?logs=0`,
      `${QUEUE + stated}/status?logs=0`,
      `${QUEUE + stated}/response`,
      `${QUEUE + stated}/cancel`,
    ]);
  });

  test.for([
    "https://queue.fal.run.example.org/x",
    "https://example.org/fal-ai/kling-video/requests/42",
    "http://queue.fal.run/fal-ai/kling-video/requests/42",
    "https://queue.fal.run:8443/x",
    "https://user:secret@queue.fal.run/x",
    "https://queue.fal.run@example.org/x",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "//example.org/x",
    "nonsense",
    "",
  ])("are not used if they lead elsewhere: %s", async (base) => {
    const direct = await asked(base, createAccess);
    expect(direct).toHaveLength(4);
    for (const { url } of direct) {
      expect(url.hostname).toBe("127.0.0.1");
      expect(url.username + url.password).toBe("");
      expect(url.pathname.startsWith(BUILT)).toBe(true);
    }
    const behind = await asked(base, createProxyAccess);
    expect(behind).toHaveLength(4);
    for (const { headers } of behind) {
      expect(headers.get("x-fal-target-url")?.startsWith(QUEUE + BUILT)).toBe(true);
    }
  });

  test("are not followed if they redirect", async () => {
    const { fetch, left } = recordRequests(
      () => new Response(null, { status: 302, headers: { location: "https://example.org/login" } }),
    );
    await everyVerb(
      falVendor(createAccess(await startTestSimulator(), { fetch })),
      makePlacedOrder("42"),
    );
    expect(left).toHaveLength(5);
    expect(left.filter(({ url }) => url.hostname !== "127.0.0.1")).toEqual([]);
  });
});

describe("a key that the other side echoes", () => {
  const echo = recordRequests((request) =>
    createJsonResponse(401, { detail: `bad ${request.headers.get("authorization")}` }),
  );

  test.for([KEY, "a-key-without-a-secret-half"])("is in no fault: %s", async (credentials) => {
    const vendor = falVendor(
      createAccess(await startTestSimulator(), { fetch: echo.fetch, credentials }),
    );
    const faults = JSON.stringify([
      await vendor.submit({ endpoint: V3_PRO, input: INPUT }, never, allowSending),
      await vendor.ask(makePlacedOrder("1"), never),
      await vendor.collect(makePlacedOrder("1"), null, never),
      await vendor.cancel(makePlacedOrder("1")),
    ]);
    expect(faults.match(/\[key\]/g)).toHaveLength(4);
    expect(faults).not.toContain(credentials);
    expect(faults).not.toContain("4567");
  });

  test("is in no fault of the stream", async () => {
    const vendor = falVendor(createAccess(await startTestSimulator(), { fetch: echo.fetch }));
    const watched = await vendor.watch(makePlacedOrder("1"), () => undefined, never);
    expect(watched).toMatchObject({ is: "fault", fault: { kind: "not-allowed" } });
    expect(JSON.stringify(watched)).not.toContain("4567");
  });
});
