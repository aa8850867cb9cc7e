import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { SubmitFault } from "./behaviour.ts";

/** One request and the way to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: OpenRequest;
  /** What addresses in answers begin with: behind a proxy, fal's own address. */
  readonly base: string;
  /** Answers 200 whatever the status is. */
  readonly flatten: boolean;
  /** Whether the answer has x-fal-simulated: yes, unless a behaviour of the job says otherwise. */
  simulated: boolean;
}

export type Headers = Readonly<Record<string, string | number>>;

export function answerJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  answer(exchange, status, "application/json", JSON.stringify(body), headers);
}

export function answer(
  exchange: Exchange,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Headers = {},
): void {
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  answerHead(exchange, status, { "content-type": type, "content-length": length, ...headers });
  exchange.response.end(body);
}

/** Sends the head only, for a body that follows in pieces. */
export function answerHead(exchange: Exchange, status: number, headers: Headers): void {
  const { response, seen, flatten, simulated } = exchange;
  seen.status = flatten ? 200 : status;
  response.writeHead(seen.status, simulated ? { ...headers, "x-fal-simulated": "1" } : headers);
}

/** Answers with a fault in place of `sound`, the JSON of which half may arrive. */
export function answerFault(
  exchange: Exchange,
  fault: SubmitFault,
  sound: unknown,
  headers: Headers = {},
): void {
  switch (fault) {
    case "reset":
      exchange.request.socket.resetAndDestroy();
      return;
    case "hang":
      return;
    case "truncated": {
      const text = JSON.stringify(sound);
      const half = text.slice(0, Math.floor(text.length / 2));
      answer(exchange, 200, "application/json", half, headers);
      return;
    }
    case "html":
      answerLogin(exchange);
      return;
    default:
      answerStatus(exchange, fault, headers);
  }
}

export function answerLogin(exchange: Exchange): void {
  const page = "<!doctype html><title>Log in</title><h1>Log in</h1>";
  answer(exchange, 200, "text/html; charset=utf-8", page);
}

const UNKNOWN_JOB = { status: "NOT_FOUND" };

export function answerStatus(exchange: Exchange, status: number, headers: Headers = {}): void {
  if (status === 404) return answerJson(exchange, 404, UNKNOWN_JOB, headers);
  const type = ERROR_TYPES[status];
  // Except for the exhausted balance, the texts are ours: fal's were not found.
  const detail =
    status === 403
      ? "User is locked. Reason: Exhausted balance"
      : (STATUS_CODES[status] ?? "Error");
  if (type === undefined) return answerJson(exchange, status, { detail }, headers);
  const body = { detail, error_type: type };
  answerJson(exchange, status, body, { "x-fal-error-type": type, ...headers });
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "bad_request",
  499: "client_cancelled",
  500: "internal_error",
  502: "runner_incomplete_response",
  503: "runner_scheduling_failure",
  504: "request_timeout",
};

/** A request as it arrived, and how it was answered. */
export interface SeenRequest {
  /** Milliseconds UTC. */
  readonly at: number;
  readonly method: string;
  /** Path and query; behind a proxy, those of the target. */
  readonly target: string;
  /** Null until it is answered: always if the connection was dropped or left hanging. */
  readonly status: number | null;
  readonly kind: RequestKind;
  readonly requestId: string | null;
  readonly proxied: boolean;
  /** Whether it had an Authorization; never its value. */
  readonly authorization: boolean;
  /** x-app-fal-disable-fallback as it reached fal: a proxy drops it. */
  readonly disableFallback: string | null;
  readonly disableFallbackDropped: boolean;
}

export type OpenRequest = { -readonly [Field in keyof SeenRequest]: SeenRequest[Field] };

export type Counts = Readonly<Record<RequestKind, number>>;

export interface Log {
  readonly last: readonly SeenRequest[];
  readonly counts: Counts;
  add(request: OpenRequest): void;
}

// A server that runs for weeks must not fill the memory; only the counts have no end.
const KEPT = 10_000;
const SLACK = 1_000;

export function createLog(): Log {
  const last: OpenRequest[] = [];
  const counts = { submit: 0, status: 0, stream: 0, result: 0, cancel: 0, file: 0, other: 0 };
  return {
    last,
    counts,
    add(request) {
      counts[request.kind] += 1;
      last.push(request);
      if (last.length > KEPT + SLACK) last.splice(0, last.length - KEPT);
    },
  };
}

/** What a request asks for, by its method and path. */
export type Target =
  | { readonly kind: "submit"; readonly endpoint: string; readonly moved: boolean }
  | {
      readonly kind: "status" | "stream" | "result" | "cancel";
      readonly app: string;
      readonly requestId: string;
      readonly logs: boolean;
    }
  | { readonly kind: "file"; readonly requestId: string }
  | { readonly kind: "observe"; readonly what: string }
  | { readonly kind: "other" };

export type RequestKind = Exclude<Target["kind"], "observe">;

/** Where a 307 points to: the path takes the same POST. */
export const MOVED = "/_moved";
export const LOGIN = "/login";
const OBSERVE = "/_simulator/";

const OF_JOB = /^\/(.+)\/requests\/([^/]+)(\/response|\/status|\/status\/stream|\/cancel)?$/;
const FILE = /^\/files\/b\/([^/]+)\/output\.mp4$/;

export function parseTarget(method: string, pathAndQuery: string): Target {
  const mark = pathAndQuery.indexOf("?");
  const path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const ofJob = OF_JOB.exec(path);
  if (ofJob !== null) {
    const [, app = "", requestId = "", rest = ""] = ofJob;
    const kind = questionKind(rest);
    if (kind === null || method !== (kind === "cancel" ? "PUT" : "GET")) return { kind: "other" };
    const logs = mark !== -1 && /[?&]logs=1(?:&|$)/.test(pathAndQuery.slice(mark));
    return { kind, app, requestId, logs };
  }
  const file = FILE.exec(path)?.[1];
  if (file !== undefined && (method === "GET" || method === "HEAD")) {
    return { kind: "file", requestId: file };
  }
  if (method === "GET" && path.startsWith(OBSERVE)) {
    return { kind: "observe", what: path.slice(OBSERVE.length) };
  }
  if (method !== "POST" || path === LOGIN) return { kind: "other" };
  const moved = path.startsWith(`${MOVED}/`);
  return { kind: "submit", endpoint: path.slice(moved ? MOVED.length + 1 : 1), moved };
}

function questionKind(rest: string): "result" | "status" | "stream" | "cancel" | null {
  switch (rest) {
    case "":
    case "/response":
      return "result";
    case "/status":
      return "status";
    case "/status/stream":
      return "stream";
    case "/cancel":
      return "cancel";
    default:
      return null;
  }
}

/** Whether a path about a job begins with its app: owner and alias, or the full endpoint as in some documents. */
export function isAppFor(app: string, endpoint: string): boolean {
  return app === appRoot(endpoint) || app === endpoint;
}

export function appRoot(endpoint: string): string {
  return endpoint.split("/", 2).join("/");
}

export const FAL = "https://queue.fal.run";

/** What a request asks for, after the proxy if it came to one. */
type Proxied =
  | { readonly target: string; readonly proxied: boolean }
  | { readonly refused: string; readonly target: string };

// fal's own proxies let these hosts through and answer 412 to the rest, as fal's documents ask of any proxy.
const FAL_HOST = /(?:\.|^)fal\.(?:run|ai)$/;

/** Reads the target behind a proxy. Any path will do: a request is for a proxy if it has x-fal-target-url. */
export function unwrapProxied(request: IncomingMessage): Proxied {
  const target = request.headers["x-fal-target-url"];
  if (target === undefined) return { target: request.url ?? "/", proxied: false };
  const text = String(target);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !FAL_HOST.test(url.host)) {
    return { refused: "Invalid x-fal-target-url header", target: text };
  }
  return { target: url.pathname + url.search, proxied: true };
}
