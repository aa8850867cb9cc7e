import type { RequestKind } from "./target.ts";

/** A request as it came in, and what it was answered. */
export interface SeenRequest {
  /** Milliseconds UTC. */
  readonly at: number;
  readonly method: string;
  /** Path and query; behind a proxy, those of the target. */
  readonly target: string;
  /** Null while unanswered, and for ever where the connection was dropped or left hanging. */
  readonly status: number | null;
  readonly kind: RequestKind;
  readonly requestId: string | null;
  readonly proxied: boolean;
  /** Whether it carried an Authorization; never its value. */
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

// A server that runs for weeks must not fill the memory; the counts go on for ever.
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
