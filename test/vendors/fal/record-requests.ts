import type { Fetch } from "../../../src/run/ports.ts";
import { parseTarget, type RequestKind } from "../../../src/simulator/exchange.ts";

/** A request as it left this program, with its headers. */
interface SentRequest {
  readonly kind: RequestKind | "observe";
  readonly method: string;
  /** Where it went: the proxy's address, if there is one. */
  readonly url: URL;
  readonly headers: Headers;
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
}

export interface Wire {
  readonly fetch: Fetch;
  readonly left: readonly SentRequest[];
  readonly of: (kind: SentRequest["kind"]) => readonly SentRequest[];
}

/** Returns an answer in place of the true one to the `time`-th request of its kind; undefined lets it pass. */
export type Instead = (
  request: SentRequest,
  time: number,
  init: RequestInit,
) => Response | Promise<Response> | undefined;

/** Records every request that leaves, and answers in place of the other side if told to. */
export function recordRequests(instead: Instead = () => undefined): Wire {
  const left: SentRequest[] = [];
  const of = (kind: SentRequest["kind"]): readonly SentRequest[] =>
    left.filter((each) => each.kind === kind);
  return {
    left,
    of,
    fetch: async (address, init) => {
      const headers = new Headers(init.headers);
      const method = init.method ?? "GET";
      const url = new URL(address);
      const target = new URL(headers.get("x-fal-target-url") ?? url);
      const { kind } = parseTarget(method, target.pathname + target.search);
      const request = { kind, method, url, headers, at: performance.now() };
      left.push(request);
      return (await instead(request, of(kind).length, init)) ?? (await fetch(address, init));
    },
  };
}

/** Makes the error that fetch throws if there is no answer. */
export function createNetworkError(code: string, syscall: string): TypeError {
  const cause = Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
  return new TypeError("fetch failed", { cause });
}

/** Makes an answer like the simulator's. */
export function createJsonResponse(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "x-fal-simulated": "1", ...headers },
  });
}
