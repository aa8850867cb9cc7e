import { answerFault, answerJson, answerStatus, type Exchange } from "./exchange.ts";
import { failureOf, type KeptJob, unitsHeader } from "./job.ts";
import { logsOf } from "./job-logs.ts";
import { failure } from "./outcomes.ts";
import { wrong } from "./checks.ts";
import type { Queue } from "./queue.ts";
import { appRoot } from "./target.ts";
import { videoKind } from "./ordered-video.ts";
import { video } from "./video.ts";

/** The addresses of a job, under its owner and alias: the rest of the endpoint is dropped. */
function urlsOf(base: string, job: KeptJob): Readonly<Record<string, string>> {
  const url = `${base}/${appRoot(job.endpoint)}/requests/${job.requestId}`;
  return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

export function submitBody(base: string, job: KeptJob, position: number): unknown {
  const { requestId } = job;
  return {
    request_id: requestId,
    status: "IN_QUEUE",
    queue_position: position,
    ...urlsOf(base, job),
  };
}

/** The answer of `status` and of each event of its stream; `speed` turns real time back into fal's. */
export function statusBody(
  base: string,
  job: KeptJob,
  queue: Queue,
  asked: { readonly logs: boolean; readonly speed: number },
): Readonly<Record<string, unknown>> {
  const status = queue.state(job);
  const about = { status, request_id: job.requestId, ...urlsOf(base, job) };
  if (status === "IN_QUEUE") return { ...about, queue_position: queue.position(job) };
  const logs = asked.logs ? logsOf(job) : null;
  if (status !== "COMPLETED") return { ...about, logs };
  const seconds = ((job.endsAt - (job.startedAt ?? job.endsAt)) * asked.speed) / 1_000;
  const metrics = { inference_time: Math.round(seconds * 1_000) / 1_000 };
  return { ...about, logs, metrics, ...errorFields(job) };
}

/** A model's or an app's own error shows only in its result. */
function errorFields(job: KeptJob): Readonly<Record<string, string>> {
  const name = failureOf(job);
  if (name === null) return {};
  const { told, message } = failure(name);
  return told === "request" ? { error: message, error_type: name } : {};
}

export function answerStatusOf(
  exchange: Exchange,
  job: KeptJob,
  queue: Queue,
  asked: { readonly logs: boolean; readonly speed: number },
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
  const units = unitsHeader(job);
  const headers = {
    "x-fal-request-id": job.requestId,
    "x-fal-served-from": "simulator",
    ...(units === null ? {} : { "x-fal-billable-units": units }),
  };
  const fault = job.behaviour.result?.[job.answered.result] ?? "fine";
  job.answered.result += 1;
  if (fault !== "fine" && fault !== "truncated") return answerFault(exchange, fault, null);
  const failed = failureOf(job);
  if (failed !== null) {
    const { status, told, message } = failure(failed);
    if (told === "model") {
      const detail = [wrong([], failed, message, job.input)];
      return answerJson(exchange, status, { detail }, headers);
    }
    if (told === "app") return answerJson(exchange, status, { detail: message }, headers);
    const body = { detail: message, error_type: failed };
    return answerJson(exchange, status, body, { ...headers, "x-fal-error-type": failed });
  }
  if ("wrong" in job.made) return answerJson(exchange, 422, { detail: job.made.wrong }, headers);
  const bytes = await video(videoKind(job.model, job.made.order, job.behaviour.video));
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
  // To stop a running job the app must help, and whether Kling's does was not found: it goes on.
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
