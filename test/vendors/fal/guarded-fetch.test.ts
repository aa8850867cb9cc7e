import type { RequestListener } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Exchange, createGuard } from "../../../src/vendors/fal/guarded-fetch.ts";
import type { Fetch } from "../../../src/run/ports.ts";
import { allowSending } from "./fal-access.ts";
import { startEndlessServer, findClosedAddress, startServer } from "./small-server.ts";
import { createNetworkError } from "./record-requests.ts";

const plain = {
  redact: (text: string) => text,
  clearance: allowSending,
  timeout: 60_000,
  leave: new AbortController().signal,
};

/** Sends one order through a guard. */
async function through(
  fetch: Fetch,
  changes: Partial<Parameters<typeof createGuard>[0]> = {},
  url = "http://queue.test/",
): Promise<Exchange> {
  const readdress = ({ headers }: { readonly headers: Headers }) => ({ url, headers });
  const guarded = createGuard({ fetch, readdress, ...plain, ...changes });
  await guarded.fetch(url, { method: "POST", body: "{}" }).catch(() => undefined);
  return guarded.exchange();
}

test("sends one request in its life, whatever the answer", async () => {
  for (const status of [200, 307, 404, 429, 503]) {
    let asked = 0;
    const guarded = createGuard({
      fetch: async () => {
        asked += 1;
        return new Response("{}", { status });
      },
      readdress: ({ headers }) => ({ url: "http://queue.test/", headers }),
      ...plain,
    });
    const seen = await Promise.all(
      [1, 2, 3].map(async () => {
        try {
          return (await guarded.fetch("http://queue.test/")).status;
        } catch (cause) {
          return cause instanceof Error ? cause.name : "";
        }
      }),
    );
    // The client never tries again after an AbortError.
    expect(seen).toEqual([status === 200 ? 200 : "AbortError", "AbortError", "AbortError"]);
    expect(asked).toBe(1);
    expect(guarded.exchange()).toMatchObject({ is: "answered", status });
  }
});

test("says that nothing was sent until the client sends something", () => {
  const readdress = ({ headers }: { readonly headers: Headers }) => ({ url: "", headers });
  const guarded = createGuard({ fetch, readdress, ...plain });
  expect(guarded.exchange()).toEqual({ is: "lost", why: "nothing sent" });
});

test("follows no redirect", async () => {
  const paths: (string | undefined)[] = [];
  const url = await startServer((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: "/moved" }).end();
  });
  expect(await through(fetch, {}, url)).toMatchObject({ is: "answered", status: 307 });
  expect(paths).toEqual(["/"]);
});

describe("an answer that does not arrive", () => {
  test.for<[name: string, listener: RequestListener]>([
    ["at all", () => undefined],
    [
      "beyond its head",
      (_, response) => response.writeHead(200, { "content-type": "application/json" }).write("{"),
    ],
  ])("%s is lost after the time-out", async ([, listener]) => {
    const url = await startServer(listener);
    const exchange = await through(fetch, { timeout: 100 }, url);
    expect(exchange).toEqual({ is: "lost", why: "no answer in time" });
  });

  test("is lost after the time-out whatever the garbage collector does", async () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    if (typeof collect !== "function") throw new Error("nothing is collected");
    let times = 0;
    const collecting = setInterval(() => {
      collect();
      times += 1;
    }, 10);
    onTestFinished(() => clearInterval(collecting));
    const exchange = await through(fetch, { timeout: 500 }, await startServer(() => undefined));
    expect(exchange).toEqual({ is: "lost", why: "no answer in time" });
    expect(times).toBeGreaterThan(2);
  });

  test("to its end is lost before much of it is read", async () => {
    const { url, sent, closed } = await startEndlessServer(
      { "content-type": "application/json" },
      "[1],",
    );
    expect(await through(fetch, { timeout: 60_000 }, url)).toEqual({
      is: "lost",
      why: "an answer of more than 1 MB",
    });
    await closed;
    // This is what was read and what was on its way.
    expect(sent()).toBeLessThan(30_000_000);
  });

  test("whole is lost, even if its status arrived", async () => {
    const url = await startServer((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    });
    expect(await through(fetch, {}, url)).toMatchObject({ is: "lost" });
  });
});

test("tells a port where nobody listens from a dropped connection", async () => {
  expect(await through(fetch, {}, await findClosedAddress())).toMatchObject({
    is: "not-connected",
  });
  const dropping = await startServer((request) => request.socket.resetAndDestroy());
  expect(await through(fetch, {}, dropping)).toMatchObject({ is: "lost" });
});

describe("a body that fetch has read may have left", () => {
  // This holds even with the code of a connection that was never made: a route can disappear after the order left.
  test.for([
    ["ECONNREFUSED", "connect"],
    ["ENOTFOUND", "getaddrinfo"],
    ["EHOSTUNREACH", "read"],
    ["ECONNRESET", "read"],
  ] as const)("%s of %s: it is not connected before, and lost after", async ([code, syscall]) => {
    const failing =
      (reads: boolean): Fetch =>
      async (_, { body }) => {
        if (reads) await new Response(body ?? null).text();
        throw createNetworkError(code, syscall);
      };
    expect(await through(failing(false))).toMatchObject({ is: "not-connected" });
    expect(await through(failing(true))).toMatchObject({ is: "lost" });
  });
});

test("does not let fetch send a body again after a 421", async () => {
  const counting = async () => {
    const bodies: string[] = [];
    const lengths: unknown[] = [];
    const url = await startServer((request, response) => {
      const { "content-length": length, "transfer-encoding": pieces = null } = request.headers;
      lengths.push([length, pieces]);
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(421).end("try another");
      });
    });
    return { url, bodies, lengths };
  };
  const open = await counting();
  await fetch(open.url, { method: "POST", body: "{}" });
  expect(open.bodies).toEqual(["{}", "{}"]);
  const { url, bodies, lengths } = await counting();
  const readdress = ({ headers }: { readonly headers: Headers }) => ({ url, headers });
  const guarded = createGuard({ fetch, readdress, ...plain });
  await guarded.fetch(url, { method: "POST", body: '{"a":"ü"}' }).catch(() => undefined);
  expect(guarded.exchange()).toMatchObject({ is: "answered", status: 421 });
  expect(bodies).toEqual(['{"a":"ü"}']);
  // Not every gateway accepts a body in chunks.
  expect(lengths).toEqual([["10", null]]);
});

test("stops waiting for an answer when told to leave", async () => {
  const url = await startServer(() => undefined);
  // The time-out is longer than any test lasts.
  const leaving = { leave: AbortSignal.timeout(30), timeout: 3_600_000 };
  expect(await through(fetch, leaving, url)).toMatchObject({ is: "lost" });
});

test("removes secrets from all that is kept", async () => {
  const redact = (text: string): string => text.replaceAll("hidden", "[key]");
  const answer = async (): Promise<Response> =>
    new Response("you sent hidden", { status: 401, headers: { "x-echo": "hidden" } });
  expect(await through(answer, { redact })).toMatchObject({
    text: "you sent [key]",
    headers: { "x-echo": "[key]" },
  });
  const cause = new TypeError("fetch failed", { cause: new Error("bad header hidden") });
  expect(await through(async () => await Promise.reject(cause), { redact })).toEqual({
    is: "not-connected",
    why: "bad header [key]",
  });
});
