/** One exchange over the network, whatever came of it. */
export type Exchange =
  | {
      readonly is: "answered";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** No connection was made: nothing can have been read at the other end. */
  | { readonly is: "not-connected"; readonly why: string }
  | { readonly is: "lost"; readonly why: string };

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Holds an exchange back from the client, which would send it again; an AbortError is what it never retries. */
class HeldBack extends Error {
  override readonly name = "AbortError";
}

export interface Guard {
  /** To be given to the client. Sends one request in its life, and answers the client only what it cannot retry. */
  readonly fetch: typeof globalThis.fetch;
  /** What came of it; null where the client sent nothing. */
  exchange(): Exchange | null;
}

/** A request as the client made it, and as it is to leave. */
export interface Outgoing {
  readonly url: string;
  readonly headers: Headers;
}

export interface Guarded {
  readonly fetch: Fetch;
  /** Where it goes in place of where the client would send it. */
  readonly addressed: (outgoing: Outgoing) => Outgoing;
  /** Takes what must not be seen out of a text. */
  readonly redacted: (text: string) => string;
  /** Milliseconds until the whole answer has to be here. */
  readonly timeout: number;
  /** No answer is waited for any longer. */
  readonly leave: AbortSignal;
  /** What is expected to answer: the other world's word counts for nothing. Null takes either. */
  readonly simulated: boolean | null;
}

/**
 * The client sends a paid POST up to four times when an answer is lost, or is a 429, 502, 503 or 504, and fetch
 * itself would send it again after a 307. So it is given this: one request leaves, no redirect is followed, and
 * whatever is not a plain 2xx is kept here instead of handed on.
 */
export function guard(guarded: Guarded): Guard {
  const { fetch, addressed, redacted, timeout, leave, simulated } = guarded;
  let exchange: Exchange | null = null;
  return {
    exchange: () => exchange,
    fetch: async (input, init = {}) => {
      if (exchange !== null) throw new HeldBack("only one request");
      exchange = { is: "lost", why: "no answer" };
      const { url, headers: sent } = addressed(outgoingOf(input, init));
      const signal = AbortSignal.any([AbortSignal.timeout(timeout), leave]);
      const seen = await exchanged(fetch, url, sentOnce(init, sent), signal);
      exchange = withoutSecrets(ofWorld(seen, simulated), redacted);
      if (exchange.is !== "answered" || exchange.status < 200 || exchange.status > 299) {
        throw new HeldBack("held back");
      }
      const { status, text, headers } = exchange;
      return new Response(status === 204 ? null : text, {
        status,
        headers: { "content-type": headers["content-type"] ?? "" },
      });
    },
  };
}

/**
 * A body that can be read only once: fetch itself sends a text again after a 421, and says nothing of it. Its
 * length is stated, or it would be sent in chunks of none.
 */
function sentOnce(init: RequestInit, headers: Headers): RequestInit {
  if (typeof init.body !== "string") return { ...init, headers };
  const bytes = new TextEncoder().encode(init.body);
  headers.set("content-length", String(bytes.length));
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => {
      stream.enqueue(bytes);
      stream.close();
    },
  });
  return { ...init, headers, body, duplex: "half" };
}

/** The simulator's word on something real, or fal's on a rehearsal, is no answer. */
function ofWorld(exchange: Exchange, simulated: boolean | null): Exchange {
  if (simulated === null || exchange.is !== "answered") return exchange;
  if ((exchange.headers["x-fal-simulated"] !== undefined) === simulated) return exchange;
  const why = simulated
    ? "something real answered in place of the simulator"
    : "the simulator answered about something real";
  return { is: "lost", why };
}

export function outgoingOf(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Outgoing {
  const url = input instanceof Request ? input.url : String(input);
  return { url, headers: new Headers(init.headers) };
}

export function withoutSecrets(exchange: Exchange, redacted: (text: string) => string): Exchange {
  if (exchange.is !== "answered") return { ...exchange, why: redacted(exchange.why) };
  const headers = Object.fromEntries(
    Object.entries(exchange.headers).map(([name, value]) => [name, redacted(value)]),
  );
  return { ...exchange, headers, text: redacted(exchange.text) };
}

async function exchanged(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Exchange> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const headers = Object.fromEntries(response.headers);
    try {
      return { is: "answered", status: response.status, headers, text: await response.text() };
    } catch (cause) {
      // The head came and the body did not: a status alone says too little of what was accepted.
      return { is: "lost", why: reasonOf(cause) };
    }
  } catch (cause) {
    const why = reasonOf(cause);
    return neverConnected(cause) ? { is: "not-connected", why } : { is: "lost", why };
  }
}

/** The system's codes for a connection that was never made. */
const NO_CONNECTION = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function neverConnected(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if ("code" in cause && typeof cause.code === "string" && NO_CONNECTION.has(cause.code)) {
    // A route can go while an order is under way: only what failed while connecting never left.
    const call = "syscall" in cause ? cause.syscall : "connect";
    return call === "connect" || call === "getaddrinfo";
  }
  // Of a name with several addresses, none may have connected.
  if (cause instanceof AggregateError) return cause.errors.every(neverConnected);
  return neverConnected(cause.cause);
}

/** fetch says only "fetch failed"; its cause says what. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "no answer in time";
  if (cause.name === "AbortError") return "left before an answer came";
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : null;
  const message = inner.message === "" ? inner.name : inner.message;
  return code === null || message.includes(code) ? message : `${message} (${code})`;
}
