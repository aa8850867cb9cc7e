import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterEach, describe, expect, test, vi } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { FaultKind } from "../../../src/run/faults.ts";
import type { Clearance, Submission } from "../../../src/run/vendor.ts";
import { networkFetch, type Proxies } from "../../../src/network.ts";
import type { Fetch } from "../../../src/run/ports.ts";
import { allowSending, INPUT, KEY, V3_PRO } from "../../vendors/fal/fal-access.ts";
import { findClosedAddress } from "../../vendors/fal/small-server.ts";
import { orders, usd } from "../../run/rig/orders.ts";
import { startMarket } from "../../run/rig/shop.ts";
import {
  accepting,
  answering,
  type Behaviour,
  type Listening,
  pem,
  plain,
  secure,
  tunnelTo,
} from "./servers.ts";

const before = getGlobalDispatcher();
afterEach(() => {
  setGlobalDispatcher(before);
  vi.unstubAllEnvs();
});

const never = new AbortController().signal;

async function order(
  fetch: Fetch,
  queueUrl: string,
  clearance: Clearance = allowSending,
): Promise<Submission> {
  const silence = { first: 300, between: 300 };
  const access = { credentials: KEY, proxyUrl: null, queueUrl, fetch, silence, simulated: false };
  return await falVendor(access).submit({ endpoint: V3_PRO, input: INPUT }, never, clearance);
}

/** Expects an order that was not sent, or whose outcome is unknown, for a reason with these words. */
function fault(kind: FaultKind, ...words: readonly string[]) {
  const why = new RegExp(words.map((word) => word.replaceAll(/[.()]/g, "\\$&")).join(".*"));
  return { is: "fault", fault: { kind, why: expect.stringMatching(why) } };
}

const through = (port: number, changes: Partial<Proxies> = {}): Proxies => ({
  http: null,
  https: `http://127.0.0.1:${port}`,
  none: [],
  ...changes,
});

/** Both ways without a proxy: Node's own dispatcher, and undici's for a host in NO_PROXY. */
const DIRECT = [
  ["Node's own dispatcher", null],
  ["a host in NO_PROXY", through(9, { none: ["localhost", "127.0.0.1", "nothing.invalid"] })],
] as const;

describe.for(DIRECT)("without a proxy, by %s", ([, proxies]) => {
  test("sends orders, on a used connection too", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    for (const make of [plain, secure]) {
      const server = await make(accepting);
      const fetch = await networkFetch(proxies);
      const url = `${make === secure ? "https" : "http"}://localhost:${server.port}`;
      for (const _ of [1, 2, 3]) expect(await order(fetch, url)).toMatchObject({ is: "accepted" });
      expect(server.heard.join("").match(/POST /g)).toHaveLength(3);
      expect(server.heard.length).toBeLessThan(3);
    }
  });

  test("sends no byte if clearance is refused, on a new connection and on a used one", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const server = await secure(accepting);
    const fetch = await networkFetch(proxies);
    const url = `https://localhost:${server.port}`;
    const refusing: Clearance = async () => "the run's lease is over";
    const refused = fault("not-cleared", "not sent: the run's lease is over");
    expect(await order(fetch, url, refusing)).toMatchObject(refused);
    expect(server.heard.join("")).toBe("");
    expect(await order(fetch, url)).toMatchObject({ is: "accepted" });
    const heard = server.heard.join("");
    const failing: Clearance = async () => await Promise.reject(new Error("no ledger"));
    expect(await order(fetch, url, refusing)).toMatchObject(refused);
    expect(await order(fetch, url, failing)).toMatchObject(fault("not-cleared", "no ledger"));
    expect(server.heard.join("")).toBe(heard);
  });

  test("asks for clearance once, when the connection stands", async () => {
    const server = await plain(accepting);
    const connections: number[] = [];
    const clearance: Clearance = async () => {
      await vi.waitUntil(() => server.heard.length > 0, { timeout: 600_000 });
      connections.push(server.heard.length);
      return null;
    };
    const fetch = await networkFetch(proxies);
    expect(await order(fetch, `http://127.0.0.1:${server.port}`, clearance)).toMatchObject({
      is: "accepted",
    });
    expect(connections).toEqual([1]);
  });

  test("sends nothing if nobody listens", async () => {
    expect(await order(await networkFetch(proxies), await findClosedAddress())).toMatchObject(
      fault("not-connected", "ECONNREFUSED"),
    );
  });

  test("sends nothing if the name does not exist", async () => {
    expect(await order(await networkFetch(proxies), "http://nothing.invalid")).toMatchObject(
      fault("not-connected", "the name nothing.invalid "),
    );
  });

  test("sends nothing to a port that fetch blocks", async () => {
    expect(await order(await networkFetch(proxies), "http://127.0.0.1:6000")).toMatchObject(
      fault("not-connected", "bad port", "listen at another"),
    );
  });

  test("sends nothing if the certificate is not trusted", async () => {
    const server = await secure(accepting);
    const fetch = await networkFetch(proxies);
    expect(await order(fetch, `https://localhost:${server.port}`)).toMatchObject(
      fault("not-connected", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "NODE_EXTRA_CA_CERTS"),
    );
    expect(server.heard.join("")).toBe("");
  });

  test("sends nothing if the connection closes during the handshake", async () => {
    const server = await plain({ heard: (_, socket) => socket.destroy() });
    const fetch = await networkFetch(proxies);
    expect(await order(fetch, `https://localhost:${server.port}`)).toMatchObject(
      fault("not-connected", "ECONNRESET"),
    );
    expect(server.heard).toHaveLength(1);
  });

  test("does not know the outcome if a client certificate is demanded after the order left", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const server = await secure(accepting, { requestCert: true, minVersion: "TLSv1.3" });
    const fetch = await networkFetch(proxies);
    expect(await order(fetch, `https://localhost:${server.port}`)).toMatchObject(
      fault("answer-lost", ""),
    );
  });

  test.for<readonly [string, Behaviour]>([
    ["at once", { opened: (socket) => socket.destroy() }],
    ["when the order was read", { heard: (_, socket) => socket.destroy() }],
    [
      "half way through its answer",
      { heard: (_, socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{") },
    ],
  ])("does not know the outcome if the connection closes %s", async ([, behaviour]) => {
    const server = await plain(behaviour);
    const fetch = await networkFetch(proxies);
    expect(await order(fetch, `http://127.0.0.1:${server.port}`)).toMatchObject(
      fault("answer-lost", ""),
    );
    expect(server.heard).toHaveLength(1);
  });
});

describe("with a dispatcher that trusts the authority, or has shorter time-outs", () => {
  test("sends nothing if the certificate has expired or is another host's", async () => {
    setGlobalDispatcher(new Agent({ connect: { ca: pem("authority") } }));
    const fetch = await networkFetch(null);
    const expired = await secure(accepting, { cert: pem("expired") });
    expect(await order(fetch, `https://localhost:${expired.port}`)).toMatchObject(
      fault("not-connected", "CERT_HAS_EXPIRED", "clock"),
    );
    const good = await secure(accepting);
    expect(await order(fetch, `https://localhost:${good.port}`)).toMatchObject({ is: "accepted" });
    expect(await order(fetch, `https://127.0.0.2:${good.port}`)).toMatchObject({ is: "fault" });
    setGlobalDispatcher(new Agent({ connect: { ca: pem("authority"), servername: "fal.run" } }));
    expect(await order(fetch, `https://localhost:${good.port}`)).toMatchObject(
      fault("not-connected", "ERR_TLS_CERT_ALTNAME_INVALID", "another host answered"),
    );
    expect(expired.heard.join("")).toBe("");
    expect(good.heard.filter((said) => said !== "")).toHaveLength(1);
  });

  test("sends nothing if the handshake does not end", async () => {
    setGlobalDispatcher(new Agent({ connect: { timeout: 100 } }));
    const server = await plain({});
    const fetch = await networkFetch(null);
    expect(await order(fetch, `https://localhost:${server.port}`)).toMatchObject(
      fault("not-connected", "UND_ERR_CONNECT_TIMEOUT"),
    );
  });
});

describe("through a proxy", () => {
  const USER = "somebody:open-sesame@";

  /** Sends an order through such a proxy. Returns what arrived at the proxy and at the queue behind it. */
  async function ordered(
    behaviour: (target: number) => Behaviour,
    { ms = 5_000, target = accepting }: { ms?: number; target?: Behaviour } = {},
  ): Promise<{ submission: Submission; proxy: Listening; queue: Listening }> {
    const queue = await secure(target);
    const proxy = await plain(behaviour(queue.port));
    const stated = through(proxy.port, { https: `http://${USER}127.0.0.1:${proxy.port}` });
    const fetch = await networkFetch(stated, ms);
    const submission = await order(fetch, `https://localhost:${queue.port}`);
    expect(JSON.stringify(submission)).not.toContain("sesame");
    return { submission, proxy, queue };
  }

  test("sends an order", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const { submission, proxy } = await ordered(tunnelTo);
    expect(submission).toMatchObject({ is: "accepted" });
    expect(proxy.heard[0]).toMatch(/^CONNECT localhost:\d+ HTTP\/1\.1\r\n/);
    expect(proxy.heard[0]).toContain("proxy-authorization: Basic ");
  });

  test.for<readonly [string, Behaviour, words: readonly string[]]>([
    [
      "407",
      answering("HTTP/1.1 407 Who are you"),
      ["answered 407 to CONNECT", "name and password"],
    ],
    ["403", answering("HTTP/1.1 403 No"), ["answered 403 to CONNECT", "NO_PROXY"]],
    ["502", answering("HTTP/1.1 502 Bad Gateway"), ["answered 502 to CONNECT", "NO_PROXY"]],
    ["no HTTP", answering("SSH-2.0-OpenSSH"), ["made no connection to", "NO_PROXY"]],
    ["a close after CONNECT", { heard: (_, socket) => socket.end() }, ["made no connection to"]],
    ["a reset after CONNECT", { heard: (_, s) => s.resetAndDestroy() }, ["made no connection to"]],
    ["a close at once", { opened: (socket) => socket.destroy() }, ["made no connection to"]],
  ])("%s: sends nothing, asks the proxy once, and says why", async ([, behaviour, words]) => {
    const { submission, proxy, queue } = await ordered(() => behaviour);
    const name = `the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY)`;
    expect(submission).toMatchObject(fault("not-connected", name, ...words));
    expect(proxy.heard).toHaveLength(1);
    expect(queue.heard).toEqual([]);
  });

  test("does not wait for a silent proxy", async () => {
    const { submission, proxy } = await ordered(() => ({}), { ms: 100 });
    expect(submission).toMatchObject(fault("not-connected", "no connection in 0.1 s"));
    expect(proxy.heard).toHaveLength(1);
  });

  test("says that a proxy is not there", async () => {
    const gone = Number(new URL(await findClosedAddress()).port);
    const fetch = await networkFetch(through(gone));
    expect(await order(fetch, "https://queue.fal.test")).toMatchObject(
      fault("not-connected", `the proxy 127.0.0.1:${gone} (HTTPS_PROXY)`, "ECONNREFUSED"),
    );
    const other = await networkFetch({ http: `http://127.0.0.1:${gone}`, https: null, none: [] });
    for (const scheme of ["https", "http"]) {
      expect(await order(other, `${scheme}://queue.fal.test`)).toMatchObject(
        fault("not-connected", `the proxy 127.0.0.1:${gone} (HTTP_PROXY)`, "ECONNREFUSED"),
      );
    }
  });

  test("says what helps against a proxy with a certificate of its own", async () => {
    const { submission, queue } = await ordered(tunnelTo);
    expect(submission).toMatchObject(fault("not-connected", "NODE_EXTRA_CA_CERTS"));
    expect(queue.heard.join("")).toBe("");
  });

  test("does not know the outcome of an order without an answer", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const dropping = { heard: (_: string, socket: { destroy(): void }) => socket.destroy() };
    const { submission } = await ordered(tunnelTo, { target: dropping });
    expect(submission).toMatchObject(fault("answer-lost", ""));
  });

  test("asks the proxy once for questions and downloads, too", async () => {
    const proxy = await plain({ heard: (_, socket) => socket.end() });
    const fetch = await networkFetch(through(proxy.port));
    for (const url of ["https://queue.fal.test/a", "https://v3b.fal.test/b.mp4"]) {
      await expect(fetch(url, {})).rejects.toThrow("fetch failed");
    }
    expect(proxy.heard).toHaveLength(2);
  });
});

test("tries six lines three times each behind a proxy that refuses, and holds nothing", async () => {
  const proxy = await plain(answering("HTTP/1.1 407 Who are you"));
  const fetch = await networkFetch(through(proxy.port));
  const market = await startMarket({ access: { queueUrl: "https://queue.fal.test", fetch } });
  const { ends, holds, halt } = await market.buy(orders(6), { total: 4 });
  expect(ends).toHaveLength(6);
  expect(new Set(ends)).toEqual(new Set(["failed", "not-started"]));
  expect(halt).toBe("vendor");
  expect(holds.length).toBeGreaterThanOrEqual(3);
  for (const { state, held } of holds) expect([state, held]).toEqual(["released", usd(0)]);
  // Each line is tried at most three times.
  expect(proxy.heard.length).toBeGreaterThanOrEqual(3);
  expect(proxy.heard.length).toBeLessThanOrEqual(18);
});
