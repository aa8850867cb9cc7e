import type { Clearance } from "../../run/vendor.ts";

/** One exchange over the network, whatever came of it. */
export type Exchange =
  | {
      readonly is: "answered";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** No connection was made, so no byte of the request has left. */
  | { readonly is: "not-connected"; readonly why: string }
  /** The connection stood, and clearance was refused: no byte of the request has left. */
  | { readonly is: "not-cleared"; readonly why: string }
  | { readonly is: "lost"; readonly why: string };

export type FalFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Holds an exchange back from the client, which would send it again; an AbortError is what it never retries. */
class HeldBack extends Error {
  override readonly name = "AbortError";
}

export interface Guard {
  /** To be given to the client. Sends one request in its life, and answers the client only what it cannot retry. */
  readonly fetch: typeof globalThis.fetch;
  /** What came of it; null if the client sent nothing. */
  exchange(): Exchange | null;
}

/** A request as the client made it, and as it is to leave. */
export interface Outgoing {
  readonly url: string;
  readonly headers: Headers;
}

export interface GuardOptions {
  readonly fetch: FalFetch;
  /** Returns where a request goes instead of where the client would send it. */
  readonly addressed: (outgoing: Outgoing) => Outgoing;
  /** Takes what must not be seen out of a text. */
  readonly redacted: (text: string) => string;
  /** Asked before the first byte of a body leaves; null for requests without one. */
  readonly clearance: Clearance | null;
  /** Milliseconds until the whole answer has to be here. */
  readonly timeout: number;
  /** No answer is waited for any longer. */
  readonly leave: AbortSignal;
}

/**
 * The client sends a paid POST up to four times when an answer is lost, or is a 429, 502, 503 or 504, and fetch
 * itself would send it again after a 307. So it is given this: one request leaves, no redirect is followed, and
 * whatever is not a plain 2xx is kept here instead of handed on.
 */
export function createGuard(guarded: GuardOptions): Guard {
  const { fetch, addressed, redacted, clearance, timeout, leave } = guarded;
  let exchange: Exchange | null = null;
  return {
    exchange: () => exchange,
    fetch: async (input, init = {}) => {
      if (exchange !== null) throw new HeldBack("only one request");
      exchange = { is: "lost", why: "no answer" };
      const { url, headers } = addressed(readOutgoing(input, init));
      const departure: SendProgress = { stage: "left", refused: null };
      const sent = { ...init, ...holdBody(init.body, headers, clearance, departure) };
      // AbortSignal.timeout would be collected on Node 20 before its time, and never fire.
      const late = new AbortController();
      const alarm = setTimeout(
        () => late.abort(new DOMException("no answer in time", "TimeoutError")),
        timeout,
      );
      const signal = AbortSignal.any([late.signal, leave]);
      const seen = await exchangeOnce(fetch, url, { ...sent, signal }, departure);
      clearTimeout(alarm);
      exchange = removeSecrets(seen, redacted);
      if (exchange.is !== "answered" || exchange.status < 200 || exchange.status > 299) {
        throw new HeldBack("held back");
      }
      const { status, text, headers: answered } = exchange;
      return new Response(status === 204 ? null : text, {
        status,
        headers: { "content-type": answered["content-type"] ?? "" },
      });
    },
  };
}

/** How far a request got. */
interface SendProgress {
  /** `left`: a byte of it may have left; `over`: it was given up before, and will never leave. */
  stage: "held" | "left" | "over";
  /** Why clearance was refused. */
  refused: string | null;
}

/**
 * A body that is asked for only when a connection stands (over TLS: after the handshake), and that leaves in one
 * piece with the request's head: as long as it was not handed over, nothing has left, whatever error comes. It can be
 * read only once: fetch itself sends a text again after a 421, and says nothing of it. Its length is stated, or it
 * would be sent in chunks of none.
 */
function holdBody(
  body: RequestInit["body"],
  headers: Headers,
  clearance: Clearance | null,
  departure: SendProgress,
): RequestInit {
  if (typeof body !== "string" || clearance === null) return { headers };
  const bytes = new TextEncoder().encode(body);
  headers.set("content-length", String(bytes.length));
  departure.stage = "held";
  const pull = async (stream: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const refused = await clearance().catch(String);
    if (departure.stage === "over") return;
    departure.refused = refused;
    if (refused !== null) throw new Error(refused);
    departure.stage = "left";
    stream.enqueue(bytes);
    stream.close();
  };
  return { headers, body: new Unread({ pull }, { highWaterMark: 0 }), duplex: "half" };
}

/** fetch clones every request before it connects, and a true clone of a stream reads ahead. */
class Unread extends ReadableStream<Uint8Array> {
  override tee(): [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>] {
    return [new ReadableStream(), this];
  }
}

export function readOutgoing(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Outgoing {
  const url = input instanceof Request ? input.url : String(input);
  return { url, headers: new Headers(init.headers) };
}

export function removeSecrets(exchange: Exchange, redacted: (text: string) => string): Exchange {
  if (exchange.is !== "answered") return { ...exchange, why: redacted(exchange.why) };
  const headers = Object.fromEntries(
    Object.entries(exchange.headers).map(([name, value]) => [name, redacted(value)]),
  );
  return { ...exchange, headers, text: redacted(exchange.text) };
}

async function exchangeOnce(
  fetch: FalFetch,
  url: string,
  init: RequestInit,
  departure: SendProgress,
): Promise<Exchange> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual" });
    const headers = Object.fromEntries(response.headers);
    // The head may come and the body not: a status alone says too little of what was accepted.
    return { is: "answered", status: response.status, headers, text: await readAnswer(response) };
  } catch (cause) {
    const { stage, refused } = departure;
    if (stage === "left") return { is: "lost", why: explainError(cause) };
    departure.stage = "over";
    if (refused !== null) return { is: "not-cleared", why: refused };
    return { is: "not-connected", why: explainError(cause) };
  }
}

// The longest answer of fal's queue that was seen has a few kB; one of 300 MB took 2.3 GB of memory. Bytes.
const MOST_ANSWERED = 1_000_000;

/** The text of an answer; rejects if it is longer than any answer of the queue. */
export async function readAnswer({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWERED) throw new Error("an answer of more than 1 MB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** fetch says only "fetch failed"; its cause says what. */
function explainError(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "no answer in time";
  if (cause.name === "AbortError") return "left before an answer came";
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : null;
  if ("hostname" in inner && (code === "ENOTFOUND" || code === "EAI_AGAIN")) {
    const what = code === "ENOTFOUND" ? "was not found" : "could not be looked up";
    return `the name ${String(inner.hostname)} ${what} (${code})`;
  }
  const message = inner.message === "" ? inner.name : inner.message;
  return code === null || message.includes(code) ? message : `${message} (${code})`;
}
