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
}

/**
 * The client sends a paid POST up to four times when an answer is lost, or is a 429, 502, 503 or 504, and fetch
 * itself would send it again after a 307. So it is given this: one request leaves, no redirect is followed, and
 * whatever is not a plain 2xx is kept here instead of handed on.
 */
export function guard({ fetch, addressed, redacted, timeout }: Guarded): Guard {
  let exchange: Exchange | null = null;
  return {
    exchange: () => exchange,
    fetch: async (input, init = {}) => {
      if (exchange !== null) throw new HeldBack("only one request");
      exchange = { is: "lost", why: "no answer" };
      const { url, headers: sent } = addressed(outgoingOf(input, init));
      const seen = await exchanged(fetch, url, { ...init, headers: sent }, timeout);
      exchange = withoutSecrets(seen, redacted);
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

export function outgoingOf(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Outgoing {
  const url = input instanceof Request ? input.url : String(input);
  return { url, headers: new Headers(init.headers) };
}

function withoutSecrets(exchange: Exchange, redacted: (text: string) => string): Exchange {
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
  timeout: number,
): Promise<Exchange> {
  const signal = AbortSignal.timeout(timeout);
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
  if ("code" in cause && typeof cause.code === "string") return NO_CONNECTION.has(cause.code);
  // Of a name with several addresses, none may have connected.
  if (cause instanceof AggregateError) return cause.errors.every(neverConnected);
  return neverConnected(cause.cause);
}

/** fetch says only "fetch failed"; its cause says what. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "no answer in time";
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : null;
  const message = inner.message === "" ? inner.name : inner.message;
  return code === null || message.includes(code) ? message : `${message} (${code})`;
}
