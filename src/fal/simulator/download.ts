import { answer, answerStatus, type Exchange, head } from "./exchange.ts";
import type { KeptJob } from "./job.ts";
import { videoKind } from "./ordered-video.ts";
import { video } from "./video.ts";

const PIECES = 10;
const PIECE_SECONDS = 0.5;

/** The video of a job, or the part of it that a Range header asks for; public, as fal's addresses are. */
export async function answerFile(exchange: Exchange, job: KeptJob, speed: number): Promise<void> {
  const { behaviour, made, model, answered } = job;
  if ("wrong" in made || behaviour.video?.gone === true) {
    return answer(exchange, 404, "text/plain", "Not Found");
  }
  const whole = await video(videoKind(model, made.order, behaviour.video));
  const part = partOf(exchange.request.headers.range, whole.length);
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
    head(exchange, status, headers);
    exchange.response.end();
    return;
  }
  const fault = behaviour.download?.[answered.download] ?? "fine";
  answered.download += 1;
  switch (fault) {
    case "hang":
      return;
    case "fine":
      head(exchange, status, headers);
      exchange.response.end(bytes);
      return;
    case "cut":
      head(exchange, status, headers);
      exchange.response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        exchange.request.socket.destroy();
      });
      return;
    case "slow":
      head(exchange, status, headers);
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

/** One range, both ends included; what cannot be read counts as none, what lies behind the end is null. */
function partOf(range: string | undefined, length: number): Part | "whole" | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined || to === undefined || from + to === "") return "whole";
  const last = length - 1;
  if (from === "") return { from: Math.max(0, length - Number(to)), to: last };
  if (Number(from) > last || (to !== "" && Number(to) < Number(from))) return null;
  return { from: Number(from), to: to === "" ? last : Math.min(last, Number(to)) };
}
