import * as z from "zod";
import type { Fault, FaultKind } from "../run/faults.ts";
import type {
  Asked,
  Cancelled,
  Charge,
  Collected,
  Progress,
  RequestRef,
  Submission,
} from "../run/vendor.ts";
import type { Exchange } from "./guarded-fetch.ts";

// What fal's answers mean. Nothing here asks or sends.

const submitted = z.object({
  request_id: z.string().min(1).max(200),
  // Only the id is needed: what is beside it may be anything.
  status_url: z.string().nullish().catch(null),
  response_url: z.string().nullish().catch(null),
  cancel_url: z.string().nullish().catch(null),
});

const status = z.object({
  status: z.string(),
  queue_position: z.number().nullish(),
  error: z.unknown().optional(),
  error_type: z.string().nullish(),
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
  error_type: z.string().nullish(),
});

/** *Submitted* needs a 2xx whose body has a request id; every doubt is "it may have been accepted". */
export function submissionOf(exchange: Exchange | null): Submission {
  if (exchange === null || exchange.is === "lost") {
    return refusal(
      "answer-lost",
      `no answer to the order: ${exchange?.why ?? "nothing sent"}`,
      null,
    );
  }
  if (exchange.is === "not-connected") {
    return refusal("not-connected", `no connection: ${exchange.why}`, null);
  }
  if (exchange.is === "not-cleared") {
    return refusal("not-cleared", `not sent: ${exchange.why}`, null);
  }
  const simulated = isSimulated(exchange);
  const { status: code, text } = exchange;
  const said = saidIn(text);
  if (code >= 200 && code < 300) {
    const answer = submitted.safeParse(json(text));
    if (!answer.success) {
      return refusal("no-request-id", `an answer ${code} without a request id${said}`, simulated);
    }
    const { request_id: id, status_url, response_url, cancel_url } = answer.data;
    const request: RequestRef = {
      id,
      statusUrl: status_url ?? null,
      responseUrl: response_url ?? null,
      cancelUrl: cancel_url ?? null,
    };
    return { is: "accepted", request, simulated };
  }
  const why = `the order was answered ${code}${said}`;
  return refusal(submitFault(code), why, simulated, retryAfterOf(exchange));
}

function submitFault(code: number): FaultKind {
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
    case 499:
      return "server-unsure";
    default:
      return code < 500 ? "order-refused" : "server-unsure";
  }
}

function refusal(
  kind: FaultKind,
  why: string,
  simulated: boolean | null,
  retryAfter: number | null = null,
): Submission {
  return { is: "fault", fault: { kind, why, retryAfter }, simulated };
}

/** One status, from its endpoint or its stream. There is no FAILED: failure is COMPLETED, and told by the result. */
export function statusOf(value: unknown): Asked | null {
  const answer = status.safeParse(value);
  if (!answer.success) return null;
  const { status: name, queue_position: position, error, error_type: type } = answer.data;
  switch (name) {
    case "COMPLETED": {
      const said = [error, type].filter((word) => word !== undefined && word !== null);
      return { is: "done", failure: said.length === 0 ? null : said.map(String).join(", ") };
    }
    case "IN_QUEUE":
      return { is: "going", progress: { stage: "queued", position: position ?? null } };
    case "IN_PROGRESS":
      return { is: "going", progress: GENERATING };
    default:
      return null;
  }
}

const GENERATING: Progress = { stage: "generating", position: null };

export function askedOf(exchange: Exchange | null): Asked {
  const fault = inquiryFault(exchange, "its status");
  if (fault !== null) return { is: "fault", fault };
  const answer = exchange?.is === "answered" ? statusOf(json(exchange.text)) : null;
  if (answer !== null) return answer;
  return { is: "fault", fault: unreachable("an answer to its status that says nothing") };
}

/** What stands between us and an answer; null where there is one to read. */
export function inquiryFault(exchange: Exchange | null, what: string): Fault | null {
  if (exchange === null || exchange.is !== "answered") {
    return unreachable(`no answer to ${what}: ${exchange?.why ?? "nothing sent"}`);
  }
  const { status: code, text } = exchange;
  const why = `${what} was answered ${code}${saidIn(text)}`;
  const retryAfter = retryAfterOf(exchange);
  if (code === 404 || isNotFound(text)) return { kind: "not-found", why, retryAfter };
  if (code === 401 || code === 403) return { kind: "not-allowed", why, retryAfter };
  return code >= 200 && code < 300 ? null : { kind: "unreachable", why, retryAfter };
}

function unreachable(why: string): Fault {
  return { kind: "unreachable", why, retryAfter: null };
}

/** A proxy may flatten every status to 200; the body still says NOT_FOUND. */
function isNotFound(text: string): boolean {
  const answer = status.safeParse(json(text));
  return answer.success && answer.data.status === "NOT_FOUND";
}

/**
 * What came of a job that is done. Only fal's own word ends it: a video, a typed error, or any error where the
 * job's status said that it failed. A gateway's page, half a JSON, a status in place of a result: ask again.
 */
export function collectedOf(exchange: Exchange | null, failure: string | null): Collected {
  if (exchange === null || exchange.is !== "answered") {
    return { is: "fault", fault: unreachable(`no answer to its result: ${exchange?.why ?? ""}`) };
  }
  const { status: code, text } = exchange;
  const headers = falHeaders(exchange.headers);
  const body = json(text);
  const detail = detailed.safeParse(body);
  const why = `its result was answered ${code}${saidIn(text)}`;
  const retryAfter = retryAfterOf(exchange);
  if (code === 404 || isNotFound(text))
    return { is: "fault", fault: { kind: "not-found", why, retryAfter } };
  const good = code >= 200 && code < 300;
  if (good && !detail.success) {
    const found = result.safeParse(body);
    if (found.success) {
      const { url, file_size: size } = found.data.video;
      const billableUnits = headers["x-fal-billable-units"] ?? null;
      return { is: "video", url, size: size ?? null, billableUnits, headers };
    }
    if (isVideoless(body)) return failed("no-video", "a result without a video", headers);
    return { is: "fault", fault: { kind: "unreachable", why, retryAfter } };
  }
  if (code === 401 || code === 403)
    return { is: "fault", fault: { kind: "not-allowed", why, retryAfter } };
  const own = detail.success && (isTyped(detail.data) || failure !== null);
  // A proxy that flattens statuses leaves only the body to tell by.
  if (!own || code === 408 || code === 429) {
    return { is: "fault", fault: { kind: "unreachable", why, retryAfter } };
  }
  const reason = `the job failed with ${code}${saidIn(text)}`;
  if (code === 499) return failed("cancelled", reason, headers);
  return failed(code >= 500 ? "maker-failed" : "refused", reason, headers);
}

/** A model's own error: each of its details has a type. */
function isTyped({ detail }: z.output<typeof detailed>): boolean {
  return (
    typeof detail !== "string" &&
    detail.length > 0 &&
    detail.every(({ type }) => type !== undefined)
  );
}

/** A result in which something stands where the video should: an output, and not ours. */
function isVideoless(body: unknown): boolean {
  return typeof body === "object" && body !== null && "video" in body;
}

function failed(
  kind: FaultKind,
  why: string,
  headers: Readonly<Record<string, string>>,
): Collected {
  const charge = chargeOf(kind, headers["x-fal-billable-units"] ?? null);
  return { is: "failed", fault: { kind, why, retryAfter: null }, charge, headers };
}

/** What the units say counts; where they say nothing, fal's pricing page does: 500 and above is never billed. */
function chargeOf(kind: FaultKind, units: string | null): Charge {
  if (units === null) return kind === "maker-failed" ? "none" : "unknown";
  if (!/^\d{1,9}(\.\d{1,30})?$/.test(units)) return "unknown";
  return Number(units) > 0 ? "charged" : "none";
}

export function cancelledOf(exchange: Exchange | null): Cancelled {
  if (exchange === null || exchange.is !== "answered") {
    return { is: "fault", fault: unreachable(`no answer to the cancel: ${exchange?.why ?? ""}`) };
  }
  const answer = status.safeParse(json(exchange.text));
  switch (answer.success ? answer.data.status : "") {
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
  const why = `the cancel was answered ${exchange.status}${saidIn(exchange.text)}`;
  return { is: "fault", fault: { ...unreachable(why), retryAfter: retryAfterOf(exchange) } };
}

function isSimulated({ headers }: { readonly headers: Readonly<Record<string, string>> }): boolean {
  return headers["x-fal-simulated"] !== undefined;
}

function falHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-fal-")));
}

const MOST_PAUSE_MS = 15 * 60_000;

/** "Retry-After" in seconds or as a date, in milliseconds; a day's pause is taken for a quarter of an hour. */
function retryAfterOf({
  headers,
}: {
  readonly headers: Readonly<Record<string, string>>;
}): number | null {
  const text = headers["retry-after"];
  if (text === undefined) return null;
  const seconds = /^\d{1,7}(\.\d+)?$/.test(text) ? Number(text) : null;
  const served = Date.parse(headers["date"] ?? "");
  const ms = seconds === null ? Date.parse(text) - served : seconds * 1_000;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MOST_PAUSE_MS) : null;
}

const MOST_SAID = 300;

/** What the other side says in its body, short: its detail where it has one. */
function saidIn(text: string): string {
  const body = json(text);
  const detail = detailed.safeParse(body);
  const said = detail.success ? wordsOf(detail.data) : text.trim();
  return said === "" ? "" : `: ${said.length > MOST_SAID ? `${said.slice(0, MOST_SAID)}…` : said}`;
}

function wordsOf({ detail, error_type }: z.output<typeof detailed>): string {
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

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
