import * as z from "zod";
import { parseUnits } from "../../money.ts";
import type { Fault, FaultKind } from "../../run/faults.ts";
import type {
  StatusAnswer,
  Cancelled,
  Charge,
  Collected,
  Progress,
  RequestRef,
  Submission,
} from "../../run/vendor.ts";
import type { Answered, Exchange } from "./guarded-fetch.ts";

// What fal's answers mean. Nothing in this file asks or sends.

const submitted = z.object({
  request_id: z.string().min(1).max(200),
  // Only the id is needed: the rest may be anything.
  status_url: z.string().nullish().catch(null),
  response_url: z.string().nullish().catch(null),
  cancel_url: z.string().nullish().catch(null),
});

// Only the status is needed: the rest may be anything.
const status = z.object({
  status: z.string().min(1),
  request_id: z.unknown().optional(),
  queue_position: z.number().nullish().catch(null),
  error: z.unknown().optional(),
  error_type: z.unknown().optional(),
});

const result = z.object({
  video: z.object({ url: z.string().min(1), file_size: z.number().nullish().catch(null) }),
});

const detailed = z.object({
  detail: z.union([
    z.string(),
    z.array(
      z.object({
        msg: z.string().optional(),
        type: z.string().optional(),
        loc: z.array(z.union([z.string(), z.number()])).optional(),
      }),
    ),
  ]),
  error_type: z.string().nullish().catch(null),
});

/**
 * An order counts as accepted after a 2xx whose body has a request id; every doubt means that it may have been.
 * `simulated`: whether the simulator is to answer.
 */
export function readSubmission(exchange: Exchange, simulated: boolean): Submission {
  switch (exchange.is) {
    case "lost":
      return orderFault("answer-lost", `no answer to the order: ${exchange.why}`);
    case "not-connected":
      return orderFault("not-connected", `no connection: ${exchange.why}`);
    case "not-cleared":
      return orderFault("not-cleared", `not sent: ${exchange.why}`);
    case "answered":
  }
  if (isSimulated(exchange.headers) === simulated) return readOrderAnswer(exchange, null);
  if (simulated)
    return readOrderAnswer(exchange, "fal answered, and this ledger is for rehearsals");
  // Whatever the answer says: only the simulator sends that header, and for real money it buys nothing.
  const astray = "the simulator answered, and this ledger is for real purchases";
  return orderFault("wrong-world", astray, astray);
}

function readOrderAnswer(exchange: Answered, astray: string | null): Submission {
  const { status: code, text } = exchange;
  const said = quoteBody(text);
  if (code >= 200 && code < 300) {
    const answer = submitted.safeParse(parseJson(text));
    if (!answer.success) {
      return orderFault("no-request-id", `an answer ${code} without a request id${said}`, astray);
    }
    const { request_id: id, status_url, response_url, cancel_url } = answer.data;
    const request: RequestRef = {
      id,
      statusUrl: status_url ?? null,
      responseUrl: response_url ?? null,
      cancelUrl: cancel_url ?? null,
    };
    return { is: "accepted", request, astray };
  }
  const why = `the order was answered ${code}${said}`;
  return orderFault(classifyOrderStatus(code), why, astray, readRetryAfter(exchange));
}

function classifyOrderStatus(code: number): FaultKind {
  if (code < 400) return "redirected";
  switch (code) {
    case 401:
      return "bad-key";
    case 403:
      return "locked-out";
    case 404:
      return "no-such-endpoint";
    case 429:
      return "too-many-requests";
    case 408:
    case 409:
    case 499:
      return "server-unsure";
    default:
      return code < 500 ? "order-refused" : "server-unsure";
  }
}

function orderFault(
  kind: FaultKind,
  why: string,
  astray: string | null = null,
  retryAfter: number | null = null,
): Submission {
  return { is: "fault", fault: { kind, why, retryAfter }, astray };
}

/**
 * Reads one status of a request, from its endpoint or its stream. Returns null if it says nothing. fal documents no
 * FAILED: a failure is COMPLETED with an error, or only the result tells it.
 */
export function readStatus(value: unknown, request: string): StatusAnswer | null {
  const answer = status.safeParse(value);
  if (!answer.success) return null;
  const { status: word, request_id: about, queue_position: position } = answer.data;
  if (isAnother(about, request)) {
    return { is: "fault", fault: unreachable(`the status of another request came, ${about}`) };
  }
  switch (word) {
    case "COMPLETED": {
      const said = [answer.data.error, answer.data.error_type].flatMap(listStatedFailures);
      return { is: "done", failure: said.length === 0 ? null : said.join(", ") };
    }
    case "IN_QUEUE":
      return { is: "going", progress: { stage: "queued", position: position ?? null } };
    case "IN_PROGRESS":
      return { is: "going", progress: GENERATING };
    case "NOT_FOUND":
      return {
        is: "fault",
        fault: { ...unreachable("its status is NOT_FOUND"), kind: "not-found" },
      };
    default:
      return { is: "unfamiliar", status: word };
  }
}

const GENERATING: Progress = { stage: "generating", position: null };

/** Lists the texts that state a failure; `null`, `""`, `{}` and the like stand in statuses of good jobs too. */
function listStatedFailures(value: unknown): readonly string[] {
  if (typeof value !== "string") return [];
  const said = value.trim();
  return /[\p{L}\p{N}]/u.test(said) && !/^(?:null|none|undefined)$/i.test(said) ? [said] : [];
}

/** Whether an answer names another request than this one: a cache in between may mix them up. */
function isAnother(named: unknown, request: string): named is string {
  if (typeof named !== "string" || named.trim() === "") return false;
  // A header that was set twice arrives as a list.
  return named.split(",").some((id) => id.trim().toLowerCase() !== request.toLowerCase());
}

export function readStatusAnswer(exchange: Exchange, request: string): StatusAnswer {
  const fault = inquiryFault(exchange, "its status");
  if (fault !== null) return { is: "fault", fault };
  const answer = exchange.is === "answered" ? readStatus(parseJson(exchange.text), request) : null;
  return (
    answer ?? { is: "fault", fault: unreachable("an answer to its status that cannot be read") }
  );
}

/** Returns why a question has no answer to read; null if it has one. */
export function inquiryFault(exchange: Exchange, what: string): Fault | null {
  if (exchange.is !== "answered") return noAnswer(exchange, what);
  const { status: code, text } = exchange;
  const why = `${what} was answered ${code}${quoteBody(text)}`;
  const retryAfter = readRetryAfter(exchange);
  if (code === 404) return { kind: "not-found", why, retryAfter };
  if (code === 401 || code === 403) return { kind: "not-allowed", why, retryAfter };
  return code >= 200 && code < 300 ? null : { kind: "unreachable", why, retryAfter };
}

function noAnswer({ why }: Exclude<Exchange, Answered>, what: string): Fault {
  return unreachable(`no answer to ${what}: ${why}`);
}

function unreachable(why: string): Fault {
  return { kind: "unreachable", why, retryAfter: null };
}

/** Whether a body says NOT_FOUND: a proxy may flatten every status to 200. */
function isNotFound(body: unknown): boolean {
  const answer = status.safeParse(body);
  return answer.success && answer.data.status === "NOT_FOUND";
}

/**
 * Reads what came of a job that is done. Only fal's own answer ends it: a video, a typed error about the input, that it
 * was cancelled, or any error if the job's status states a failure. Everything else may be a gateway's answer to this one
 * question, or fal's on a bad day: it is asked again.
 */
export function readResult(exchange: Exchange, failure: string | null, request: string): Collected {
  if (exchange.is !== "answered") return { is: "fault", fault: noAnswer(exchange, "its result") };
  const { status: code, text } = exchange;
  const headers = falHeaders(exchange.headers);
  const retryAfter = readRetryAfter(exchange);
  const again = (
    kind: FaultKind,
    why = `its result was answered ${code}${quoteBody(text)}`,
  ): Collected => ({ is: "fault", fault: { kind, why, retryAfter } });
  const whose = headers["x-fal-request-id"];
  if (isAnother(whose, request)) {
    return again("unreachable", `the result of another request came, ${whose}`);
  }
  const body = parseJson(text);
  const units = headers[UNITS] ?? null;
  const ended = (kind: FaultKind, reason = `the job failed with ${code}${quoteBody(text)}`) =>
    ({
      is: "failed",
      fault: { kind, why: reason, retryAfter: null },
      charge: readCharge(units),
      billableUnits: units,
      headers,
    }) as const;
  const good = code >= 200 && code < 300;
  const parsed = detailed.safeParse(body);
  if (!parsed.success) {
    if (code === 404 || isNotFound(body)) return again("not-found");
    if (code === 401 || code === 403) return again("not-allowed");
    const found = result.safeParse(body);
    if (good && found.success) {
      const { url, file_size: size } = found.data.video;
      return { is: "video", url, size: size ?? null, billableUnits: units, headers };
    }
    const failed = good && failure !== null && isVideoless(body);
    return failed ? ended("no-video", "a result without a video") : again("unreachable");
  }
  const { data: detail } = parsed;
  if ((good || code === 404) && isUnknownPath(detail) && readCharge(units) === "none") {
    return ended("refused");
  }
  if (code === 401 || code === 403) return again("not-allowed");
  if (code === 499 || (good && isCancelled(detail))) return ended("cancelled");
  const own = failure !== null || (DEFINITE.has(good ? 200 : code) && isAboutInput(detail));
  if (code === 404 && !own) return again("not-found");
  // A proxy that flattens statuses leaves only the body to tell by.
  if (!own || !(good || code >= 400) || code === 408 || code === 429) return again("unreachable");
  return ended(code >= 500 ? "maker-failed" : "refused");
}

const UNITS = "x-fal-billable-units";

/** The statuses of a model's error about its input, by fal's list of errors; 200 if a proxy flattens them. */
const DEFINITE: ReadonlySet<number> = new Set([200, 400, 422]);

/** Types of a model's errors that say nothing about the input, even under 400: the next look may find a video. */
const MAKERS_TROUBLE: ReadonlySet<string> = new Set([
  "internal_server_error",
  "generation_timeout",
  "downstream_service_error",
  "downstream_service_unavailable",
]);

type Detailed = z.output<typeof detailed>;

/** Whether it is a model's own error about what it was sent: each of its details has a type. */
function isAboutInput({ detail }: Detailed): boolean {
  return (
    typeof detail !== "string" &&
    detail.length > 0 &&
    detail.every(({ type }) => type !== undefined && !MAKERS_TROUBLE.has(type))
  );
}

/** Whether an app says that it does not have the path: fal knows the job, and nothing was made. */
function isUnknownPath({ detail }: Detailed): boolean {
  return typeof detail === "string" && /^Path \S+ not found$/.test(detail);
}

function isCancelled({ detail, error_type: type }: Detailed): boolean {
  return type === "client_cancelled" || detail === "Request cancelled by the client.";
}

/** Whether a result has something else in place of the video. */
function isVideoless(body: unknown): boolean {
  return typeof body === "object" && body !== null && "video" in body;
}

/** Reads what a failure costs. Only units say it: without them the platform may bill its default, for a 5xx too. */
function readCharge(written: string | null): Charge {
  const units = written === null ? undefined : parseUnits(written);
  if (units === undefined) return "unknown";
  return units > 0n ? "charged" : "none";
}

export function readCancellation(exchange: Exchange, request: string): Cancelled {
  if (exchange.is !== "answered") return { is: "fault", fault: noAnswer(exchange, "the cancel") };
  const answer = status.safeParse(parseJson(exchange.text));
  const own = answer.success && !isAnother(answer.data.request_id, request);
  switch (own ? answer.data.status : "") {
    case "OK":
      if (exchange.status < 200 || exchange.status > 299) break;
      return { is: "removed" };
    case "CANCELLATION_REQUESTED":
      return { is: "asked" };
    case "ALREADY_COMPLETED":
      return { is: "too-late" };
    case "NOT_FOUND":
      return { is: "not-found" };
    default:
  }
  const why = `the cancel was answered ${exchange.status}${quoteBody(exchange.text)}`;
  return { is: "fault", fault: { ...unreachable(why), retryAfter: readRetryAfter(exchange) } };
}

export function isSimulated(headers: Answered["headers"]): boolean {
  return headers["x-fal-simulated"] !== undefined;
}

/** Counts an answer as lost if the simulator gave it about something real, or something real about a rehearsal. */
export function ignoreWrongSide(exchange: Exchange, simulated: boolean): Exchange {
  if (exchange.is !== "answered" || isSimulated(exchange.headers) === simulated) return exchange;
  const why = simulated
    ? "something real answered in place of the simulator"
    : "the simulator answered about something real";
  return { is: "lost", why };
}

function falHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-fal-")));
}

const MOST_PAUSE_MS = 15 * 60_000;

/** Reads "Retry-After", in seconds or as a date. Returns milliseconds, at most a quarter of an hour. */
function readRetryAfter({ headers }: Answered): number | null {
  const text = headers["retry-after"];
  if (text === undefined) return null;
  const seconds = /^\d{1,7}(\.\d+)?$/.test(text) ? Number(text) : null;
  const served = Date.parse(headers["date"] ?? "");
  const ms = seconds === null ? Date.parse(text) - served : seconds * 1_000;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MOST_PAUSE_MS) : null;
}

const MOST_SAID = 300;

/** Quotes what a body says, shortened: its detail if it has one. */
function quoteBody(text: string): string {
  const body = parseJson(text);
  const detail = detailed.safeParse(body);
  const said = detail.success ? describeDetail(detail.data) : text.trim();
  return said === "" ? "" : `: ${said.length > MOST_SAID ? `${said.slice(0, MOST_SAID)}…` : said}`;
}

function describeDetail({ detail, error_type }: Detailed): string {
  const words =
    typeof detail === "string"
      ? detail
      : detail
          .map(({ msg = "", type, loc }) => {
            const at = loc === undefined ? "" : ` at ${loc.join(".")}`;
            return type === undefined ? `${msg}${at}` : `${msg} (${type}${at})`;
          })
          .join("; ");
  return error_type === undefined || error_type === null ? words : `${words} (${error_type})`;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
