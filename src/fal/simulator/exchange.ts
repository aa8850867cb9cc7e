import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { SubmitFault } from "./behaviour.ts";
import type { OpenRequest } from "./seen.ts";

/** One request and the way to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: OpenRequest;
  /** In front of the paths in answers: behind a proxy, fal's own address. */
  readonly base: string;
  /** Answers 200 whatever the status is. */
  readonly flatten: boolean;
  /** Whether x-fal-simulated is on the answer: so, unless a behaviour of the job says otherwise. */
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
  head(exchange, status, { "content-type": type, "content-length": length, ...headers });
  exchange.response.end(body);
}

/** The head only, for a body that comes in pieces. */
export function head(exchange: Exchange, status: number, headers: Headers): void {
  const { response, seen, flatten, simulated } = exchange;
  seen.status = flatten ? 200 : status;
  response.writeHead(seen.status, simulated ? { ...headers, "x-fal-simulated": "1" } : headers);
}

/** A fault that stands for the whole answer; `sound` is the JSON that was to be sent, for half of it to arrive. */
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
  // Beyond the exhausted balance the texts are ours: fal's were not found.
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
