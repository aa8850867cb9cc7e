import { errorCode } from "../../diagnostics/errors.ts";
import type { Fetch } from "../../run/ports.ts";
import type { Clearance } from "../../run/vendor.ts";

export interface Answered {
  readonly is: "answered";
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One exchange over the network, whatever came of it. */
export type Exchange =
  | Answered
  /** No connection was made, so no byte of the request has left. */
  | { readonly is: "not-connected"; readonly why: string }
  /** The connection stood, and clearance was refused: no byte of the request has left. */
  | { readonly is: "not-cleared"; readonly why: string }
  | { readonly is: "lost"; readonly why: string };

/** Keeps an exchange from the client, which would send it again: an AbortError is what it never retries. */
class KeptFromClient extends Error {
  override readonly name = "AbortError";
}

export interface Guard {
  /** For the client. Sends one request in its life, and hands on only an answer that the client cannot retry. */
  readonly fetch: typeof globalThis.fetch;
  /** Returns what came of it. */
  exchange(): Exchange;
}

/** A request as the client made it, and as it is to leave. */
export interface Outgoing {
  readonly url: string;
  readonly headers: Headers;
}

export interface GuardOptions {
  readonly fetch: Fetch;
  /** Returns where a request goes instead of where the client would send it. */
  readonly readdress: (outgoing: Outgoing) => Outgoing;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Asked before the first byte of a body leaves; null for requests without one. */
  readonly clearance: Clearance | null;
  /** Milliseconds until the whole answer has to be here. */
  readonly timeout: number;
  /** Ends the waiting for an answer. */
  readonly leave: AbortSignal;
}

/**
 * The client sends a paid POST up to four times if an answer is lost, or is a 429, 502, 503 or 504, and fetch itself
 * sends it again after a 307. This fetch for the client sends one request, follows no redirect, and hands on nothing
 * but a plain 2xx.
 */
export function createGuard(guarded: GuardOptions): Guard {
  const { fetch, readdress, redact, clearance, timeout, leave } = guarded;
  let exchange: Exchange | null = null;
  return {
    exchange: () => exchange ?? { is: "lost", why: "nothing sent" },
    fetch: async (input, init = {}) => {
      if (exchange !== null) throw new KeptFromClient("only one request");
      exchange = { is: "lost", why: "no answer" };
      const { url, headers } = readdress(readOutgoing(input, init));
      const departure: SendProgress = { stage: "left", refused: null };
      const sent = { ...init, ...holdBody(init.body, headers, clearance, departure) };
      // Node 20 may collect the signal of AbortSignal.timeout before it fires.
      const late = new AbortController();
      const alarm = setTimeout(
        () => late.abort(new DOMException("no answer in time", "TimeoutError")),
        timeout,
      );
      const signal = AbortSignal.any([late.signal, leave]);
      const seen = await exchangeOnce(fetch, url, { ...sent, signal }, departure);
      clearTimeout(alarm);
      exchange = removeSecrets(seen, redact);
      if (exchange.is !== "answered" || exchange.status < 200 || exchange.status > 299) {
        throw new KeptFromClient("kept from the client");
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
  /** `left`: a byte of it may have left. `over`: it was given up before, and will never leave. */
  stage: "held" | "left" | "over";
  /** Why clearance was refused. */
  refused: string | null;
}

/**
 * Makes a body that fetch asks for only when a connection stands (over TLS: after the handshake), and that leaves in
 * one piece with the request's head: until it is handed over, nothing has left, whatever error comes. It can be read
 * only once: fetch itself silently sends a text again after a 421. Its length is stated, or it would be sent in chunks.
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
  return { headers, body: new UnreadStream({ pull }, { highWaterMark: 0 }), duplex: "half" };
}

/** fetch clones every request before it connects, and a true clone of a stream reads ahead. */
class UnreadStream extends ReadableStream<Uint8Array> {
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

export function removeSecrets(exchange: Exchange, redact: (text: string) => string): Exchange {
  if (exchange.is !== "answered") return { ...exchange, why: redact(exchange.why) };
  const headers = Object.fromEntries(
    Object.entries(exchange.headers).map(([name, value]) => [name, redact(value)]),
  );
  return { ...exchange, headers, text: redact(exchange.text) };
}

async function exchangeOnce(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  departure: SendProgress,
): Promise<Exchange> {
  try {
    return await readAnswer(await fetch(url, { ...init, redirect: "manual" }));
  } catch (cause) {
    const { stage, refused } = departure;
    if (stage === "left") return { is: "lost", why: explainNoAnswer(cause) };
    departure.stage = "over";
    if (refused !== null) return { is: "not-cleared", why: refused };
    return { is: "not-connected", why: explainNoAnswer(cause) };
  }
}

// Bytes. The longest answer of fal's queue that was seen has a few kB; one of 300 MB took 2.3 GB of memory.
const MOST_ANSWERED = 1_000_000;

/** Reads an answer to its end: a status alone says too little. Rejects if it is longer than any answer of the queue. */
export async function readAnswer({ status, headers, body }: Response): Promise<Answered> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWERED) throw new Error("an answer of more than 1 MB");
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  return { is: "answered", status, headers: Object.fromEntries(headers), text };
}

/** Says why there is no answer; a name that was not found is named. */
function explainNoAnswer(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return "no answer in time";
  if (cause.name === "AbortError") return "left before an answer came";
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = errorCode(inner);
  if ("hostname" in inner && (code === "ENOTFOUND" || code === "EAI_AGAIN")) {
    const what = code === "ENOTFOUND" ? "was not found" : "could not be looked up";
    return `the name ${String(inner.hostname)} ${what} (${code})`;
  }
  const message = inner.message === "" ? inner.name : inner.message;
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}
