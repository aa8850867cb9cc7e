import { describeFailure } from "./behaviour.ts";
import { wrong } from "./checks.ts";
import {
  answer,
  answerFault,
  answerJson,
  answerStatus,
  appRoot,
  type Exchange,
  answerHead,
} from "./exchange.ts";
import { findFailure, type KeptJob, listLogs, findUnitsHeader } from "./job.ts";
import type { Queue } from "./queue.ts";
import { chooseVideo } from "./read-input.ts";
import { makeVideo } from "./video.ts";

/** Returns the addresses of a job, which have the owner and alias of its endpoint and drop the rest. */
function jobUrls(base: string, job: KeptJob): Readonly<Record<string, string>> {
  const url = `${base}/${appRoot(job.endpoint)}/requests/${job.requestId}`;
  return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

export function submitBody(base: string, job: KeptJob, position: number): unknown {
  const { requestId } = job;
  return {
    request_id: requestId,
    status: "IN_QUEUE",
    queue_position: position,
    ...jobUrls(base, job),
  };
}

interface StatusQuestion {
  readonly logs: boolean;
  /** Turns real time back into simulated time. */
  readonly speed: number;
}

/** Returns the body of a status answer, and of each event of the stream. */
function statusBody(
  base: string,
  job: KeptJob,
  queue: Queue,
  asked: StatusQuestion,
): Readonly<Record<string, unknown>> {
  const status = queue.state(job);
  const about = { status, request_id: job.requestId, ...jobUrls(base, job) };
  if (status === "IN_QUEUE") return { ...about, queue_position: queue.position(job) };
  const logs = asked.logs ? listLogs(job) : null;
  if (status !== "COMPLETED") return { ...about, logs };
  const seconds = ((job.endsAt - (job.startedAt ?? job.endsAt)) * asked.speed) / 1_000;
  const metrics = { inference_time: Math.round(seconds * 1_000) / 1_000 };
  return { ...about, logs, metrics, ...errorFields(job) };
}

/** Returns the error fields of a status: the own error of a model or an app is only in its result. */
function errorFields(job: KeptJob): Readonly<Record<string, string>> {
  const name = findFailure(job);
  if (name === null) return {};
  const { by, message } = describeFailure(name);
  return by === "request" ? { error: message, error_type: name } : {};
}

export function answerJobStatus(
  exchange: Exchange,
  job: KeptJob,
  queue: Queue,
  asked: StatusQuestion,
): void {
  const fault = job.behaviour.status?.[job.answered.status] ?? "fine";
  job.answered.status += 1;
  const body = statusBody(exchange.base, job, queue, asked);
  if (fault !== "fine") return answerFault(exchange, fault, body);
  answerJson(exchange, body["status"] === "COMPLETED" ? 200 : 202, body);
}

export async function answerResult(
  exchange: Exchange,
  job: KeptJob,
  queue: Queue,
  files: string,
): Promise<void> {
  // What fal answers before completion was not found.
  if (queue.state(job) !== "COMPLETED") {
    return answerJson(exchange, 400, { detail: "Request is still in progress" });
  }
  const units = findUnitsHeader(job);
  const headers = {
    "x-fal-request-id": job.requestId,
    "x-fal-served-from": "simulator",
    ...(units === null ? {} : { "x-fal-billable-units": units }),
  };
  const fault = job.behaviour.result?.[job.answered.result] ?? "fine";
  job.answered.result += 1;
  if (fault !== "fine" && fault !== "truncated") return answerFault(exchange, fault, null);
  const failed = findFailure(job);
  if (failed !== null) {
    const { status, by, message } = describeFailure(failed);
    if (by === "model") {
      const detail = [wrong([], failed, message, job.input)];
      return answerJson(exchange, status, { detail }, headers);
    }
    if (by === "app") return answerJson(exchange, status, { detail: message }, headers);
    const body = { detail: message, error_type: failed };
    return answerJson(exchange, status, body, { ...headers, "x-fal-error-type": failed });
  }
  if ("wrong" in job.made) return answerJson(exchange, 422, { detail: job.made.wrong }, headers);
  const bytes = await makeVideo(chooseVideo(job.model, job.made.order, job.behaviour.video));
  const body = {
    video: {
      url: `${files}/files/b/${job.requestId}/output.mp4`,
      content_type: "video/mp4",
      file_name: "output.mp4",
      file_size: bytes.length,
    },
  };
  if (fault === "truncated") return answerFault(exchange, fault, body, headers);
  answerJson(exchange, 200, body, headers);
}

export function answerCancel(exchange: Exchange, job: KeptJob, queue: Queue): void {
  const { cancel } = job.behaviour;
  const state = queue.state(job);
  if (cancel === "not-found") return answerStatus(exchange, 404);
  if (state === "COMPLETED" || cancel === "already") {
    return answerJson(exchange, 400, { status: "ALREADY_COMPLETED" });
  }
  // A running job stops only if the app helps, and whether Kling's does was not found: it continues.
  const act = cancel ?? (state === "IN_QUEUE" ? "removed" : "requested-finishes");
  job.cancelled = true;
  switch (act) {
    case "removed":
      queue.remove(job);
      return answerJson(exchange, 200, { status: "OK" });
    case "requested-stops":
      queue.stop(job);
      break;
    case "requested-finishes":
      break;
  }
  answerJson(exchange, 202, { status: "CANCELLATION_REQUESTED" });
}

/**
 * Sends events: the status at once, at each change of state or position, and COMPLETED at last. Whether fal sends one for
 * each log line, or anything to keep the connection alive, was not found: this sends neither.
 */
export function streamStatus(
  exchange: Exchange,
  job: KeptJob,
  queue: Queue,
  asked: StatusQuestion,
): void {
  const { response } = exchange;
  const { stream } = job.behaviour;
  answerHead(exchange, 200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  if (stream === "silent") {
    response.flushHeaders();
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  let sent = "";
  const tell = (): void => {
    clearTimeout(timer);
    // Another job's cancel may come between the end and the close, when writing would throw.
    if (response.writableEnded) return;
    // Asked before the state: time passes between the two, and the end must never go unsent.
    const next = queue.nextChange(job);
    const body = statusBody(exchange.base, job, queue, asked);
    const now = `${String(body["status"])} ${String(body["queue_position"])}`;
    if (now !== sent && !job.removed) {
      sent = now;
      response.write(`data: ${JSON.stringify(body)}\n\n`);
    }
    if (next === null || stream === "cut") {
      response.end();
      return;
    }
    // A timer may be a millisecond early, and none may wait longer than 2^31 ms.
    const wait = Math.min(Math.max(1, Math.ceil(next - performance.now())), 86_400_000);
    timer = setTimeout(tell, wait);
    timer.unref();
  };
  const forget = queue.onCancel(tell);
  response.on("close", () => {
    clearTimeout(timer);
    forget();
  });
  tell();
}

const PIECES = 10;
const PIECE_SECONDS = 0.5;

/** Sends the video of a job, or the part that a Range header asks for, to anyone: fal's addresses are public too. */
export async function answerFile(exchange: Exchange, job: KeptJob, speed: number): Promise<void> {
  const { behaviour, made, model, answered } = job;
  if ("wrong" in made || behaviour.video?.gone === true) {
    return answer(exchange, 404, "text/plain", "Not Found");
  }
  const whole = await makeVideo(chooseVideo(model, made.order, behaviour.video));
  const part = parseRange(exchange.request.headers.range, whole.length);
  if (part === null) {
    const headers = { "content-range": `bytes */${whole.length}` };
    return answer(exchange, 416, "text/plain", "Range Not Satisfiable", headers);
  }
  const bytes = part === "whole" ? whole : whole.subarray(part.from, part.to + 1);
  const status = part === "whole" ? 200 : 206;
  const headers = {
    "content-type": "video/mp4",
    "content-length": bytes.length,
    "accept-ranges": "bytes",
    ...(part === "whole"
      ? {}
      : { "content-range": `bytes ${part.from}-${part.to}/${whole.length}` }),
  };
  if (exchange.request.method === "HEAD") {
    answerHead(exchange, status, headers);
    exchange.response.end();
    return;
  }
  const fault = behaviour.download?.[answered.download] ?? "fine";
  answered.download += 1;
  switch (fault) {
    case "hang":
      return;
    case "fine":
      answerHead(exchange, status, headers);
      exchange.response.end(bytes);
      return;
    case "cut":
      answerHead(exchange, status, headers);
      exchange.response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        exchange.request.socket.destroy();
      });
      return;
    case "slow":
      answerHead(exchange, status, headers);
      sendSlowly(exchange, bytes, (PIECE_SECONDS * 1_000) / speed);
      return;
    default:
      return answerStatus(exchange, fault);
  }
}

function sendSlowly({ response }: Exchange, bytes: Uint8Array, pause: number): void {
  const size = Math.ceil(bytes.length / PIECES);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + size));
    sent += size;
    if (sent < bytes.length) return;
    clearInterval(timer);
    response.end();
  }, pause);
  timer.unref();
  response.on("close", () => {
    clearInterval(timer);
  });
}

type Part = { readonly from: number; readonly to: number };

/** Reads one range, both ends included. A range that cannot be read counts as none; one behind the end is null. */
function parseRange(range: string | undefined, length: number): Part | "whole" | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined || to === undefined || from + to === "") return "whole";
  const last = length - 1;
  if (from === "") return { from: Math.max(0, length - Number(to)), to: last };
  if (Number(from) > last || (to !== "" && Number(to) < Number(from))) return null;
  return { from: Number(from), to: to === "" ? last : Math.min(last, Number(to)) };
}
