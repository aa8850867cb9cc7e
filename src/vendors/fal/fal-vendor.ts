import { createFalClient, type FalClient } from "@fal-ai/client";
import type { Fetch } from "../../run/ports.ts";
import {
  type Clearance,
  ORDER_MS,
  type Placed,
  type Progress,
  type Vendor,
  type Watched,
} from "../../run/vendor.ts";
import {
  readStatusAnswer,
  readCancellation,
  readResult,
  ignoreWrongSide,
  inquiryFault,
  isSimulated,
  readStatus,
  readSubmission,
} from "./answers.ts";
import {
  type Exchange,
  createGuard,
  type Outgoing,
  readOutgoing,
  readAnswer,
  removeSecrets,
} from "./guarded-fetch.ts";

export interface FalAccess extends FalAddress {
  readonly silence: Silence;
  /** Whether the simulator is to answer, as the ledger says. */
  readonly simulated: boolean;
}

/** Where fal is, and with which key. */
export interface FalAddress {
  /** The key, for direct calls. Null behind a proxy that has its own, or the client would send ours to it. */
  readonly credentials: string | null;
  /** A server that follows fal's proxy convention: it forwards queue calls with its own key. */
  readonly proxyUrl: string | null;
  /** Where a simulator is that takes the place of https://queue.fal.run. */
  readonly queueUrl: string | null;
  readonly fetch: Fetch;
}

/** Returns how long a status stream may be silent: shorter at a rehearsal's speed, but never below a second. */
export function silenceAt(speed: number): Silence {
  return { first: Math.max(1_000, 15_000 / speed), between: Math.max(1_000, 150_000 / speed) };
}

const QUEUE = "https://queue.fal.run";
const TARGET = "x-fal-target-url";

// Milliseconds.
const INQUIRY_MS = 60_000;
const GRACE_MS = 5_000;
const GREETING_MS = 30_000;

// Otherwise fal may use another endpoint, at another price.
const NO_FALLBACK = { "x-app-fal-disable-fallback": "true" };

/** Returns fal as run knows a vendor: each method sends one request, whatever the client would make of it. */
export function falVendor(access: FalAccess): Vendor {
  return {
    submit: async ({ endpoint, input }, leave, clearance) => {
      const grace = abortLater(leave, GRACE_MS);
      const order = { timeout: ORDER_MS, stated: null, leave: grace.signal, clearance };
      const exchange = await sendOnce(access, order, async (client) => {
        await client.queue.submit(endpoint, { input, headers: NO_FALLBACK });
      });
      grace.end();
      return readSubmission(exchange, access.simulated);
    },
    ask: async ({ endpoint, request }, leave) => {
      const question = prepareQuestion(request.statusUrl, leave);
      const exchange = await askRightSide(access, question, async (client) => {
        await client.queue.status(endpoint, { requestId: request.id, logs: false });
      });
      return readStatusAnswer(exchange, request.id);
    },
    collect: async ({ endpoint, request }, failure, leave) => {
      const question = prepareQuestion(request.responseUrl, leave);
      const exchange = await askRightSide(access, question, async (client) => {
        await client.queue.result(endpoint, { requestId: request.id });
      });
      return readResult(exchange, failure, request.id);
    },
    cancel: async ({ endpoint, request }) => {
      const question = prepareQuestion(request.cancelUrl, new AbortController().signal);
      const exchange = await askRightSide(access, question, async (client) => {
        await client.queue.cancel(endpoint, { requestId: request.id });
      });
      return readCancellation(exchange, request.id);
    },
    watch: async (placed, tell, signal) => await watch(access, placed, tell, signal),
  };
}

interface Request {
  /** Milliseconds. */
  readonly timeout: number;
  /** The address that fal's answer to the order stated for it. */
  readonly stated: string | null;
  readonly leave: AbortSignal;
  readonly clearance: Clearance | null;
}

function prepareQuestion(stated: string | null, leave: AbortSignal): Request {
  return { timeout: INQUIRY_MS, stated, leave, clearance: null };
}

type Ask = (client: FalClient) => Promise<void>;

/** Asks one question. An answer from the wrong side counts as lost. */
async function askRightSide(access: FalAccess, request: Request, ask: Ask): Promise<Exchange> {
  return ignoreWrongSide(await sendOnce(access, request, ask), access.simulated);
}

/** Asks for a job that does not exist, which costs nothing. Returns whether the simulator answers, null if nobody does. */
export async function isSimulatorAt(access: FalAddress): Promise<boolean | null> {
  const request = { ...prepareQuestion(null, new AbortController().signal), timeout: GREETING_MS };
  const exchange = await sendOnce(access, request, async (client) => {
    await client.queue.status("fal-ai/kling-video", { requestId: NO_REQUEST, logs: false });
  });
  return exchange.is === "answered" ? isSimulated(exchange.headers) : null;
}

const NO_REQUEST = "00000000-0000-7000-8000-000000000000";

/** Aborts so many milliseconds after another signal: the answer to an order that has left is worth waiting for. */
function abortLater(leave: AbortSignal, ms: number): { signal: AbortSignal; end: () => void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => late.abort(), ms);
  };
  if (leave.aborted) begin();
  else leave.addEventListener("abort", begin, { once: true });
  const end = (): void => {
    clearTimeout(timer);
    leave.removeEventListener("abort", begin);
  };
  return { signal: late.signal, end };
}

/** Sends one request by way of the client. Returns what came of it, which the client itself cannot be trusted to say. */
async function sendOnce(
  access: FalAddress,
  { stated, ...request }: Request,
  ask: Ask,
): Promise<Exchange> {
  const guarded = createGuard({
    fetch: access.fetch,
    readdress: createAddresser(access, stated),
    redact: createRedactor(access.credentials),
    ...request,
  });
  try {
    await ask(createClient(access, guarded.fetch));
  } catch {
    // Kept from the client, or an answer that it cannot read: the exchange says which.
  }
  return guarded.exchange();
}

async function watch(
  access: FalAccess,
  placed: Placed,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Watched> {
  const { statusUrl } = placed.request;
  const readdress = createAddresser(access, statusUrl === null ? null : `${statusUrl}/stream`);
  let refuse: (exchange: Exchange) => void = () => undefined;
  const refused = new Promise<Exchange>((resolve) => {
    refuse = resolve;
  });
  // The client's own signal has no effect once its stream has met an error.
  const closing = new AbortController();
  const client = createClient(access, async (input, init = {}) => {
    const { url, headers } = readdress(readOutgoing(input, init));
    try {
      const sent = { ...init, headers, redirect: "manual", signal: closing.signal } as const;
      const response = await access.fetch(url, sent);
      if (isSimulated(Object.fromEntries(response.headers)) !== access.simulated) {
        throw new Error("the wrong side answered");
      }
      const kind = response.headers.get("content-type") ?? "";
      if (response.ok && response.body !== null && kind.startsWith("text/event-stream")) {
        return new Response(response.body.pipeThrough(limitEvents()), response);
      }
      refuse(removeSecrets(await readAnswer(response), createRedactor(access.credentials)));
    } catch {
      refuse({ is: "lost", why: "no status stream" });
    }
    // Never settled for the client, which would try again: its stream is aborted instead.
    return await new Promise<never>(() => undefined);
  });
  try {
    return await watchStatus({ client, refused, silence: access.silence }, placed, tell, signal);
  } finally {
    closing.abort();
  }
}

function createClient(
  { credentials, proxyUrl }: FalAddress,
  fetch: typeof globalThis.fetch,
): FalClient {
  return createFalClient({
    // Stated even if there is none: the client would read a missing key from the environment.
    credentials: proxyUrl === null && credentials !== null ? credentials : undefined,
    fetch,
    ...(proxyUrl === null ? {} : { proxyUrl: { url: proxyUrl, when: "always" } }),
  });
}

/**
 * Sends a question to the address that fal's answer stated, instead of the one that the client builds, but only if it is
 * an address of the queue: a key must not go anywhere else.
 */
function createAddresser(
  access: FalAddress,
  stated: string | null,
): (outgoing: Outgoing) => Outgoing {
  return ({ url, headers }) => {
    const target = headers.get(TARGET);
    const built = new URL(target ?? url);
    const address = findTrustedAddress(access, stated, built) ?? built;
    if (target === null) return { url: placeAtQueue(access, address), headers };
    const sent = new Headers(headers);
    sent.set(TARGET, address.href);
    return { url, headers: sent };
  };
}

function findTrustedAddress(
  { queueUrl }: FalAddress,
  stated: string | null,
  built: URL,
): URL | null {
  if (stated === null || !URL.canParse(stated)) return null;
  const url = new URL(stated);
  const own =
    url.origin === QUEUE || (queueUrl !== null && url.origin === new URL(queueUrl).origin);
  if (!own || url.username !== "" || url.password !== "") return null;
  url.search = built.search;
  return url;
}

function placeAtQueue({ queueUrl }: FalAddress, address: URL): string {
  return queueUrl === null || address.origin !== QUEUE
    ? address.href
    : `${queueUrl.replace(/\/$/, "")}${address.pathname}${address.search}`;
}

/** Takes the key, and its secret half alone, out of what the other side says. */
function createRedactor(credentials: string | null): (text: string) => string {
  const secrets = [credentials ?? "", credentials?.split(":").at(-1) ?? ""].filter(
    (secret) => secret.length >= 8,
  );
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "[key]"), text);
}

/** How long a stream may be silent, in milliseconds: before its first event, and between two. */
interface Silence {
  readonly first: number;
  readonly between: number;
}

interface StatusStream {
  readonly client: FalClient;
  /** Resolves with what came in place of a stream. */
  readonly refused: Promise<Exchange>;
  readonly silence: Silence;
}

/**
 * Follows a job by its status stream. The client's stream ignores its signal, its own time-out never fires, and it says
 * "done" when the connection merely closed, so the end is decided here.
 */
async function watchStatus(
  { client, refused, silence }: StatusStream,
  { endpoint, request }: Placed,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Watched> {
  const stream = await client.queue.streamStatus(endpoint, { requestId: request.id, logs: false });
  return await new Promise<Watched>((resolve) => {
    let idle = setTimeout(() => end(ENDED), silence.first);
    const leave = (): void => end(ENDED);
    function end(watched: Watched): void {
      clearTimeout(idle);
      signal.removeEventListener("abort", leave);
      stream.abort();
      resolve(watched);
    }
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    stream.on("data", (data: unknown) => {
      const said = readStatus(data, request.id);
      if (said?.is === "done" || said?.is === "unfamiliar" || said?.is === "fault")
        return end(said);
      clearTimeout(idle);
      idle = setTimeout(() => end(ENDED), silence.between);
      if (said?.is === "going") tell(said.progress);
    });
    void refused.then((exchange) => {
      const fault = inquiryFault(exchange, "its status stream");
      end(fault === null ? ENDED : { is: "fault", fault });
    });
    stream.done().then(leave, leave);
  });
}

// Bytes. The client keeps every event as long as it listens, and one that has not ended as text. A status has 200 bytes,
// so this is three of them every four seconds for an hour; then the stream is opened again.
const MOST_IN_EVENT = 20_000;
const MOST_IN_STREAM = 500_000;

/**
 * Ends a stream of events if one of them, or all together, are longer than any status. Hands them on one by one: the
 * client's parser takes more than a second for 100 kB at once.
 */
function limitEvents(): TransformStream<Uint8Array, Uint8Array> {
  let inStream = 0;
  let inEvent = 0;
  let inLine = 0;
  return new TransformStream({
    transform: (chunk, events) => {
      let from = 0;
      for (const [index, byte] of chunk.entries()) {
        inEvent += 1;
        if (inEvent > MOST_IN_EVENT || inStream + index > MOST_IN_STREAM) {
          throw new Error("a status stream that is too long");
        }
        if (byte !== LINE_FEED && byte !== RETURN) inLine += 1;
        if (byte !== LINE_FEED) continue;
        // An empty line ends an event.
        if (inLine === 0) {
          events.enqueue(chunk.subarray(from, index + 1));
          from = index + 1;
          inEvent = 0;
        }
        inLine = 0;
      }
      inStream += chunk.length;
      events.enqueue(chunk.subarray(from));
    },
  });
}

const LINE_FEED = 10;
const RETURN = 13;

const ENDED: Watched = { is: "ended" };
