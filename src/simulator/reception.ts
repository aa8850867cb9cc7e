import type { IncomingMessage, ServerResponse } from "node:http";
import {
  answerJson,
  answerLogin,
  answerStatus,
  type Exchange,
  FAL,
  isAppOf,
  type Log,
  LOGIN,
  type OpenRequest,
  seenThroughProxy,
  type Target,
  targetOf,
} from "./exchange.ts";
import {
  answerCancel,
  answerFile,
  answerResult,
  answerStatusOf,
  streamStatus,
} from "./job-answers.ts";
import type { KeptJob } from "./job.ts";
import type { Queue } from "./queue.ts";
import { answerSubmit, type Desk } from "./submit.ts";

export interface Reception {
  readonly desk: Desk;
  readonly log: Log;
  readonly flatten: boolean;
  /** What `/_simulator/…` shows; undefined: nothing of that name. */
  readonly observed: (what: string) => unknown;
}

/** Sees to it that a request gets its answer, and is on record. */
export async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { desk, log, flatten, observed }: Reception,
): Promise<void> {
  const through = seenThroughProxy(request);
  const target = targetOf(request.method ?? "GET", through.target);
  const proxied = "refused" in through || through.proxied;
  const seen = seenRequest(request, through.target, target, proxied);
  const exchange: Exchange = {
    request,
    response,
    seen,
    base: proxied ? FAL : desk.url,
    flatten: flatten && proxied,
    simulated: true,
  };
  // Whoever looks on is not counted.
  if (target.kind === "observe") {
    const shown = observed(target.what);
    return shown === undefined ? answerStatus(exchange, 404) : answerJson(exchange, 200, shown);
  }
  log.add(seen);
  if ("refused" in through) return answerJson(exchange, 412, through.refused);
  switch (target.kind) {
    case "other":
      return through.target === LOGIN ? answerLogin(exchange) : answerStatus(exchange, 404);
    case "file":
      return await answerAbout(exchange, target, desk);
    case "submit":
      if (!proxied && !hasKey(request)) return answerStatus(exchange, 401);
      return await answerSubmit(exchange, target, desk);
    case "status":
    case "stream":
    case "result":
    case "cancel":
      if (!proxied && !hasKey(request)) return answerStatus(exchange, 401);
      return await answerAbout(exchange, target, desk);
  }
}

async function answerAbout(
  exchange: Exchange,
  target: Extract<Target, { requestId: string }>,
  { queue, speed, url }: Desk,
): Promise<void> {
  const job = queue.find(target.requestId);
  if (job === undefined) return answerStatus(exchange, 404);
  exchange.simulated = job.behaviour.simulatedHeader ?? true;
  if (target.kind === "file") return await answerFile(exchange, job, speed);
  if (!isKnown(job, target.app, queue)) return answerStatus(exchange, 404);
  const asked = { logs: target.logs, speed };
  switch (target.kind) {
    case "status":
      return answerStatusOf(exchange, job, queue, asked);
    case "stream":
      if (job.behaviour.stream === "missing") return answerStatus(exchange, 404);
      return streamStatus(exchange, job, queue, asked);
    case "result":
      return await answerResult(exchange, job, queue, url);
    case "cancel":
      return answerCancel(exchange, job, queue);
  }
}

function isKnown(job: KeptJob, app: string, queue: Queue): boolean {
  if (!isAppOf(app, job.endpoint) || performance.now() < job.lostUntil) return false;
  return queue.state(job) !== "REMOVED";
}

function seenRequest(
  request: IncomingMessage,
  path: string,
  target: Target,
  proxied: boolean,
): OpenRequest {
  const asked = request.headers["x-app-fal-disable-fallback"];
  const disableFallback = asked === undefined ? null : String(asked);
  return {
    at: Date.now(),
    method: request.method ?? "GET",
    target: path,
    status: null,
    kind: target.kind === "observe" ? "other" : target.kind,
    requestId: "requestId" in target ? target.requestId : null,
    proxied,
    authorization: request.headers.authorization !== undefined,
    // fal's proxies pass on what begins with x-fal- and nothing else.
    disableFallback: proxied ? null : disableFallback,
    disableFallbackDropped: proxied && disableFallback !== null,
  };
}

/** Any key will do but `bad`. */
function hasKey(request: IncomingMessage): boolean {
  const key = /^Key (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  return key !== undefined && key !== "bad";
}
