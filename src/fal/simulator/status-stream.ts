import { type Exchange, head } from "./exchange.ts";
import type { KeptJob } from "./job.ts";
import { statusBody } from "./job-answers.ts";
import type { Queue } from "./queue.ts";

/**
 * Server-sent events: the status at once, at each change of state or position, and COMPLETED at last. Whether fal
 * sends one for each log line, or anything to keep the line alive, was not found: neither here.
 */
export function streamStatus(
  exchange: Exchange,
  job: KeptJob,
  queue: Queue,
  asked: { readonly logs: boolean; readonly speed: number },
): void {
  const { response } = exchange;
  const { stream } = job.behaviour;
  head(exchange, 200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  if (stream === "silent") {
    response.flushHeaders();
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  const tell = (): void => {
    clearTimeout(timer);
    // Another job's cancel may come between the end and the close; writing then would throw.
    if (response.writableEnded) return;
    // Asked before the state is: time goes on between the two, and the end must never go untold.
    const next = queue.nextChange(job);
    const body = statusBody(exchange.base, job, queue, asked);
    const now = `${String(body["status"])} ${String(body["queue_position"])}`;
    if (now !== told && !job.removed) {
      told = now;
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
