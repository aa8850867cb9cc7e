import type { FalClient } from "@fal-ai/client";
import type { Placed, Progress, Watched } from "../../run/vendor.ts";
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

// The client keeps every event as long as it listens, and one that has not ended as text. A status has 200 bytes, so
// this is an hour of three in four seconds, and then the stream is opened again. Bytes.
const MOST_IN_EVENT = 20_000;
const MOST_IN_STREAM = 500_000;

/**
 * Breaks a stream of events off when one of them, or all of them, are longer than any status. It hands them on one by
 * one: the client's parser takes a second and more for 100 kB at once.
 */
export function limitedEvents(): TransformStream<Uint8Array, Uint8Array> {
  let inStream = 0;
  let inEvent = 0;
  let inLine = 0;
  return new TransformStream({
    transform: (chunk, events) => {
      let from = 0;
      for (const [index, byte] of chunk.entries()) {
        inEvent += 1;
        if (inEvent > MOST_IN_EVENT || inStream + index > MOST_IN_STREAM) {
          throw new Error("a status stream that says too much");
        }
        if (byte !== LINE_FEED && byte !== RETURN) inLine += 1;
        if (byte !== LINE_FEED) continue;
        // An empty line ends an event.
        if (inLine === 0) {
          events.enqueue(chunk.subarray(from, index + 1));
          from = index + 1;
          inEvent = 0;
        }
        inLine = 0;
      }
      inStream += chunk.length;
      events.enqueue(chunk.subarray(from));
    },
  });
}

const LINE_FEED = 10;
const RETURN = 13;

const ENDED: Watched = { is: "ended" };
