import type { Fetch } from "../../../src/run/ports.ts";
import { parseTarget, type RequestKind } from "../../../src/simulator/exchange.ts";

/** A request as it left this program, headers and all. */
interface Left {
  readonly kind: RequestKind | "observe";
  readonly method: string;
  /** Where it went: the proxy's address, where there is one. */
  readonly url: URL;
  readonly headers: Headers;
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
}

export interface Wire {
  readonly fetch: Fetch;
  readonly left: readonly Left[];
  readonly of: (kind: Left["kind"]) => readonly Left[];
}

/** What comes in place of the true answer to a request, the `time`-th of its kind; undefined lets it pass. */
export type Instead = (
  request: Left,
  time: number,
  init: RequestInit,
) => Response | Promise<Response> | undefined;

/** The network as seen from here: everything that leaves, and what is answered in place of the other side. */
export function recordRequests(instead: Instead = () => undefined): Wire {
  const left: Left[] = [];
  const of = (kind: Left["kind"]): readonly Left[] => left.filter((each) => each.kind === kind);
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

/** What the network throws when there is no answer. */
export function broken(code: string, syscall: string): TypeError {
  const cause = Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
  return new TypeError("fetch failed", { cause });
}

/** What the simulator would answer. */
export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "x-fal-simulated": "1", ...headers },
  });
}
