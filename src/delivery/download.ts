import { explainError } from "../diagnostics/errors.ts";
import type { DeliveryTrouble, Fetch } from "../run/ports.ts";

export type Opened =
  | {
      readonly is: "opened";
      readonly chunks: AsyncIterable<Uint8Array>;
      readonly length: number | null;
    }
  | {
      readonly is: "not-opened";
      readonly trouble: DeliveryTrouble;
      readonly why: string;
      readonly again: boolean;
    };

const MOST_HOPS = 5;

// Milliseconds, bytes. In each minute of waiting for the network 10 kB/s have to come: otherwise a video of 50 MB takes
// more than an hour and a half, and the next try may have a better connection. A rehearsal's minute is a real one too,
// for its videos come no faster.
const MINUTE_MS = 60_000;
const LEAST_A_MINUTE = 600_000;

/** Opens a video for reading. The request has no key: the address is public, and may lead anywhere. */
export async function openVideo(
  fetch: Fetch,
  address: string,
  leave: AbortSignal,
): Promise<Opened> {
  let url = address;
  for (let hop = 0; hop <= MOST_HOPS; hop += 1) {
    if (!isSafe(url)) {
      const why = "videos are fetched over https only";
      return { is: "not-opened", trouble: "unsafe", why, again: false };
    }
    const opening = new AbortController();
    const alarm = setTimeout(() => opening.abort(new Error("no answer in a minute")), MINUTE_MS);
    const signal = AbortSignal.any([opening.signal, leave]);
    try {
      const response = await fetch(url, { redirect: "manual", signal });
      const next = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && next !== null) {
        url = new URL(next, url).href;
        await response.body?.cancel();
        continue;
      }
      return await readOpening(response, opening);
    } catch (cause) {
      return { is: "not-opened", trouble: "unreachable", why: explainError(cause), again: true };
    } finally {
      clearTimeout(alarm);
    }
  }
  return { is: "not-opened", trouble: "unreachable", why: "too many redirects", again: false };
}

async function readOpening(response: Response, opening: AbortController): Promise<Opened> {
  const { status, body, headers } = response;
  if (status === 200 && (headers.get("content-type") ?? "").startsWith("text/")) {
    await body?.cancel();
    const why = "its address answered with a page, not a video";
    return { is: "not-opened", trouble: "unreachable", why, again: true };
  }
  if (status === 200 && body !== null) {
    const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
    const chunks = limitSlowness(body, opening);
    return { is: "opened", chunks, length: length === null ? null : Number(length) };
  }
  await body?.cancel();
  const gone = status === 404 || status === 410 || status === 403;
  const why = `its address answered ${status}`;
  return { is: "not-opened", trouble: gone ? "gone" : "unreachable", why, again: !gone };
}

/** Ends a download that is dead or too slow. The time that the disk takes does not count. */
async function* limitSlowness(
  body: ReadableStream<Uint8Array>,
  opening: AbortController,
): AsyncGenerator<Uint8Array> {
  let left = MINUTE_MS;
  let came = 0;
  let began = performance.now();
  const waiting = (): NodeJS.Timeout => {
    began = performance.now();
    const slow = new Error(`${came} bytes came in a minute, fewer than ${LEAST_A_MINUTE}`);
    return setTimeout(() => opening.abort(slow), left);
  };
  let alarm = waiting();
  try {
    for await (const chunk of body) {
      clearTimeout(alarm);
      left -= performance.now() - began;
      came += chunk.length;
      if (came >= LEAST_A_MINUTE) [left, came] = [MINUTE_MS, 0];
      yield chunk;
      alarm = waiting();
    }
  } finally {
    clearTimeout(alarm);
  }
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));
}
