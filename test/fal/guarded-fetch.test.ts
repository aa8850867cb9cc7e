import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { type Exchange, type Fetch, guard } from "../../src/fal/guarded-fetch.ts";
import { nobody, server } from "./server.ts";
import { broken } from "./wire.ts";

const plain = {
  redacted: (text: string) => text,
  timeout: 5_000,
  leave: new AbortController().signal,
  simulated: null,
};

/** One exchange through a guard. */
async function through(
  fetch: Fetch,
  changes: Partial<Parameters<typeof guard>[0]> = {},
  url = "http://queue.test/",
): Promise<Exchange | null> {
  const addressed = ({ headers }: { readonly headers: Headers }) => ({ url, headers });
  const guarded = guard({ fetch, addressed, ...plain, ...changes });
  await guarded.fetch(url, { method: "POST" }).catch(() => undefined);
  return guarded.exchange();
}

test("lets one request leave in its life, whatever it was answered", async () => {
  for (const status of [200, 307, 404, 429, 503]) {
    let asked = 0;
    const guarded = guard({
      fetch: async () => {
        asked += 1;
        return new Response("{}", { status });
      },
      addressed: ({ headers }) => ({ url: "http://queue.test/", headers }),
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
    // An AbortError is what the client never tries again.
    expect(seen).toEqual([status === 200 ? 200 : "AbortError", "AbortError", "AbortError"]);
    expect(asked).toBe(1);
    expect(guarded.exchange()).toMatchObject({ is: "answered", status });
  }
});

test("follows no redirect", async () => {
  const paths: (string | undefined)[] = [];
  const url = await server((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: "/moved" }).end();
  });
  expect(await through(fetch, {}, url)).toMatchObject({ is: "answered", status: 307 });
  expect(paths).toEqual(["/"]);
});

describe("an answer that does not come", () => {
  test.for<[name: string, listener: RequestListener]>([
    ["at all", () => undefined],
    [
      "beyond its head",
      (_, response) => response.writeHead(200, { "content-type": "application/json" }).write("{"),
    ],
  ])("%s is lost when the time is over", async ([, listener]) => {
    const url = await server(listener);
    const began = performance.now();
    const exchange = await through(fetch, { timeout: 100 }, url);
    expect(exchange).toEqual({ is: "lost", why: "no answer in time" });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test("whole is lost, though its status came", async () => {
    const url = await server((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
    });
    expect(await through(fetch, {}, url)).toMatchObject({ is: "lost" });
  });
});

describe("only where no connection was made, nothing can have been read", () => {
  const of = async (cause: unknown): Promise<string | undefined> =>
    (await through(async () => await Promise.reject(cause)))?.is;

  test.for([
    ["ECONNREFUSED", "connect"],
    ["ENOTFOUND", "getaddrinfo"],
    ["EAI_AGAIN", "getaddrinfo"],
    ["ENETUNREACH", "connect"],
    ["EHOSTUNREACH", "connect"],
    ["UND_ERR_CONNECT_TIMEOUT", "connect"],
  ] as const)("%s of %s: not connected", async ([code, syscall]) => {
    expect(await of(broken(code, syscall))).toBe("not-connected");
  });

  test.for([
    ["ECONNRESET", "read"],
    ["EPIPE", "write"],
    ["ETIMEDOUT", "read"],
    ["UND_ERR_SOCKET", "read"],
    ["UND_ERR_HEADERS_TIMEOUT", "read"],
    ["UND_ERR_BODY_TIMEOUT", "read"],
    ["ECONNABORTED", "read"],
  ] as const)("%s of %s: lost", async ([code, syscall]) => {
    expect(await of(broken(code, syscall))).toBe("lost");
  });

  // A connection that was up may end with these too: Linux says so when what was sent is not acknowledged and a router
  // has answered "unreachable".
  test.for([
    ["EHOSTUNREACH", "read"],
    ["ENETUNREACH", "read"],
    ["EHOSTUNREACH", "write"],
    ["ENETUNREACH", "write"],
  ] as const)("%s of %s: lost", async ([code, syscall]) => {
    expect(await of(broken(code, syscall))).toBe("lost");
  });

  test("of a name with several addresses, none may have connected", async () => {
    const refused = broken("ECONNREFUSED", "connect").cause;
    const reset = broken("ECONNRESET", "read").cause;
    const all = (...causes: unknown[]) =>
      new TypeError("fetch failed", { cause: new AggregateError(causes) });
    expect(await of(all(refused, refused))).toBe("not-connected");
    expect(await of(all(refused, reset))).toBe("lost");
  });

  test.for([
    ["bad port", new TypeError("fetch failed", { cause: new Error("bad port") })],
    ["no cause", new TypeError("fetch failed")],
    ["no error", "gone"],
  ] as const)("%s: lost", async ([, cause]) => {
    expect(await of(cause)).toBe("lost");
  });

  test("for real: a port where nobody listens, a connection that is dropped", async () => {
    expect(await through(fetch, {}, await nobody())).toMatchObject({ is: "not-connected" });
    const dropping = await server((request) => request.socket.resetAndDestroy());
    expect(await through(fetch, {}, dropping)).toMatchObject({ is: "lost" });
  });
});

test("fetch itself sends a text again after a 421, and is not let", async () => {
  const counting = async () => {
    const bodies: string[] = [];
    const lengths: unknown[] = [];
    const url = await server((request, response) => {
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
  const addressed = ({ headers }: { readonly headers: Headers }) => ({ url, headers });
  const guarded = guard({ fetch, addressed, ...plain });
  await guarded.fetch(url, { method: "POST", body: '{"a":"ü"}' }).catch(() => undefined);
  expect(guarded.exchange()).toMatchObject({ is: "answered", status: 421 });
  expect(bodies).toEqual(['{"a":"ü"}']);
  // Not every gateway takes what comes in pieces.
  expect(lengths).toEqual([["10", null]]);
});

test("who leaves waits for no answer any longer", async () => {
  const url = await server(() => undefined);
  const began = performance.now();
  expect(await through(fetch, { leave: AbortSignal.timeout(30) }, url)).toMatchObject({
    is: "lost",
  });
  expect(performance.now() - began).toBeLessThan(2_000);
});

describe("the other world's word counts for nothing", () => {
  const answer = (headers: Record<string, string>) => async () =>
    new Response("{}", { status: 200, headers });

  test.for([
    [true, {}, "lost"],
    [true, { "x-fal-simulated": "1" }, "answered"],
    [false, {}, "answered"],
    [false, { "x-fal-simulated": "1" }, "lost"],
    [null, {}, "answered"],
    [null, { "x-fal-simulated": "1" }, "answered"],
  ] as const)("simulated: %s, headers %j: %s", async ([simulated, headers, is]) => {
    expect(await through(answer(headers), { simulated })).toMatchObject({ is });
  });
});

test("secrets are taken out of whatever is kept", async () => {
  const redacted = (text: string): string => text.replaceAll("hidden", "[key]");
  const answer = async (): Promise<Response> =>
    new Response("you sent hidden", { status: 401, headers: { "x-echo": "hidden" } });
  expect(await through(answer, { redacted })).toMatchObject({
    text: "you sent [key]",
    headers: { "x-echo": "[key]" },
  });
  const cause = new TypeError("fetch failed", { cause: new Error("bad header hidden") });
  expect(await through(async () => await Promise.reject(cause), { redacted })).toEqual({
    is: "lost",
    why: "bad header [key]",
  });
});
