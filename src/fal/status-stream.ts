import type { FalClient } from "@fal-ai/client";
import type { Placed, Progress, Watched } from "../run/vendor.ts";
import { inquiryFault, statusOf } from "./answers.ts";
import type { Exchange } from "./guarded-fetch.ts";

/** How long a stream may say nothing, in milliseconds: before its first word, and between two. */
export interface Silence {
  readonly first: number;
  readonly between: number;
}

export interface StatusStream {
  readonly client: FalClient;
  /** Resolves with what came in place of a stream. */
  readonly refused: Promise<Exchange>;
  readonly silence: Silence;
}

/**
 * Follows a job by its status stream. The client's stream ignores the signal it is given, its own time-out never
 * fires, and it says "done" when the connection merely closed; so the end is decided here.
 */
export async function watchStatus(
  { client, refused, silence }: StatusStream,
  { endpoint, request }: Placed,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Watched> {
  const stream = await client.queue.streamStatus(endpoint, { requestId: request.id, logs: false });
  return await new Promise<Watched>((resolve) => {
    let idle = setTimeout(() => end(ENDED), silence.first);
    const leave = (): void => end(ENDED);
    function end(watched: Watched): void {
      clearTimeout(idle);
      signal.removeEventListener("abort", leave);
      stream.abort();
      resolve(watched);
    }
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    stream.on("data", (data: unknown) => {
      const said = statusOf(data, request.id);
      if (said?.is === "done" || said?.is === "unfamiliar" || said?.is === "fault")
        return end(said);
      clearTimeout(idle);
      idle = setTimeout(() => end(ENDED), silence.between);
      if (said?.is === "going") tell(said.progress);
    });
    void refused.then((exchange) => {
      const fault = inquiryFault(exchange, "its status stream");
      end(fault === null ? ENDED : { is: "fault", fault });
    });
    stream.done().then(leave, leave);
  });
}

const ENDED: Watched = { is: "ended" };
