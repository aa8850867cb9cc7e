import type { buildConnector, Dispatcher } from "undici";
import { errorCode } from "./diagnostics/errors.ts";
import type { Fetch } from "./run/ports.ts";

// How this machine reaches the network: through its proxies, and with an explanation of what fails on the way. The only
// file that knows undici.

/** The proxies that the environment states: at least one. */
export interface Proxies {
  readonly http: string | null;
  readonly https: string | null;
  /** Hosts that are reached without one. */
  readonly none: readonly string[];
}

// undici limits the TCP and the TLS handshake to 10 s each, and the answer to CONNECT to five minutes. This limits all
// of them together. Milliseconds.
const CONNECT_MS = 30_000;

/** Returns a fetch that uses the proxies and explains what failed: Node 20's own ignores HTTPS_PROXY and says "fetch failed". */
export async function networkFetch(
  proxies: Proxies | null,
  connectMs: number = CONNECT_MS,
): Promise<Fetch> {
  if (proxies !== null) {
    const { setGlobalDispatcher } = await import("undici");
    setGlobalDispatcher(await createProxyDispatcher(proxies, connectMs));
  }
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (cause) {
      throw addRemedy(cause);
    }
  };
}

async function createProxyDispatcher(
  { http, https, none }: Proxies,
  ms: number,
): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import("undici");
  return new EnvHttpProxyAgent({
    // An empty text states none, and keeps undici from reading the environment again.
    httpProxy: http ?? "",
    httpsProxy: https ?? "",
    noProxy: none.join(","),
    factory: (origin, options) => {
      if (!isTunnelled(options)) return new Pool(origin, options);
      const { protocol } = new URL(origin);
      const name = protocol === "https:" && https !== null ? "HTTPS_PROXY" : "HTTP_PROXY";
      const url = new URL((name === "HTTPS_PROXY" ? https : http) ?? "");
      const proxy = `the proxy ${url.host} (${name})`;
      return new Pool(origin, { ...options, connect: connectOnce(options.connect, proxy, ms) });
    },
  });
}

/** Whether a pool's connections lead through a proxy: a function makes those. */
function isTunnelled(options: object): options is { readonly connect: buildConnector.connector } {
  return "connect" in options && typeof options.connect === "function";
}

/**
 * Connects once, in a limited time. After some errors undici connects again at once, silently and without end: a proxy
 * that closed after CONNECT was asked 5,000 times a second. So it never sees an error's own code.
 */
function connectOnce(
  connect: buildConnector.connector,
  proxy: string,
  ms: number,
): buildConnector.connector {
  return (target, callback) => {
    const given = new AbortController();
    let over = false;
    const fail = (cause: Error): void => {
      over = true;
      clearTimeout(alarm);
      callback(explainProxyFault(cause, proxy, target.host ?? target.hostname), null);
    };
    const alarm = setTimeout(() => {
      fail(new Error(`no connection in ${ms / 1_000} s`));
      given.abort();
    }, ms);
    const aimed = { ...target, signal: given.signal };
    connect(aimed, (cause, socket) => {
      if (over) {
        socket?.on("error", () => undefined).destroy();
      } else if (cause === null) {
        clearTimeout(alarm);
        callback(null, socket);
      } else {
        fail(cause);
      }
    });
  };
}

/** Says what a proxy did, but never its name and password. */
function explainProxyFault(cause: Error, proxy: string, target: string): Error {
  // The proxy has no part in a certificate that is not trusted.
  if (findCertificateRemedy(errorCode(cause)) !== null) return cause;
  const status = /^Proxy response \((\d{3})\)/.exec(cause.message)?.[1];
  if (status === undefined) {
    return new Error(`${proxy} made no connection to ${target}: ${cause.message}${WITHOUT}`);
  }
  const why = `${proxy} answered ${status} to CONNECT ${target}`;
  return new Error(status === "407" ? `${why}: it wants a name and password` : `${why}${WITHOUT}`);
}

const WITHOUT = "; a host named in NO_PROXY is reached without it";

/** Adds to the cause of a "fetch failed" what can be done about it. */
function addRemedy(cause: unknown): unknown {
  if (!(cause instanceof Error) || !(cause.cause instanceof Error)) return cause;
  const inner = cause.cause;
  const code = errorCode(inner);
  const remedy = findCertificateRemedy(code) ?? (inner.message === "bad port" ? BAD_PORT : null);
  if (remedy === null) return cause;
  const why = code === "" ? `${inner.message}: ${remedy}` : `${inner.message} (${code}): ${remedy}`;
  return new TypeError(cause.message, { cause: new Error(why) });
}

const BAD_PORT = "fetch connects to no server at that port, so it has to listen at another one";

/** Returns what helps against a certificate that was refused; null if the code says something else. */
function findCertificateRemedy(code: string): string | null {
  switch (code) {
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_UNTRUSTED":
    case "CERT_SIGNATURE_FAILURE":
    case "INVALID_CA":
      return "a proxy that reads along signs with a certificate of its own; NODE_EXTRA_CA_CERTS names the file with its authority's";
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return "this machine's clock may be wrong, or the file in NODE_EXTRA_CA_CERTS is out of date";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
    case "HOSTNAME_MISMATCH":
      return "another host answered in its place: a login page of this network, or a proxy (HTTPS_PROXY)";
    default:
      return null;
  }
}
