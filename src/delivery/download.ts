import type { DeliveryTrouble } from "../run/store.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

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

// Without a byte for so long, a download is dead. Milliseconds.
const SILENCE_MS = 60_000;

/** Opens a video for reading. It carries no key: the address is public, and may lead anywhere. */
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
    const alarm = setTimeout(() => opening.abort(), SILENCE_MS);
    const signal = AbortSignal.any([opening.signal, leave]);
    try {
      const response = await fetch(url, { redirect: "manual", signal });
      const next = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && next !== null) {
        url = new URL(next, url).href;
        await response.body?.cancel();
        continue;
      }
      return await openedBy(response, opening);
    } catch (cause) {
      return { is: "not-opened", trouble: "unreachable", why: reasonOf(cause), again: true };
    } finally {
      clearTimeout(alarm);
    }
  }
  return { is: "not-opened", trouble: "unreachable", why: "too many redirects", again: false };
}

async function openedBy(response: Response, opening: AbortController): Promise<Opened> {
  const { status, body, headers } = response;
  if (status === 200 && (headers.get("content-type") ?? "").startsWith("text/")) {
    await body?.cancel();
    const why = "its address answered with a page, not a video";
    return { is: "not-opened", trouble: "unreachable", why, again: true };
  }
  if (status === 200 && body !== null) {
    const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
    const chunks = withAlarm(body, opening);
    return { is: "opened", chunks, length: length === null ? null : Number(length) };
  }
  await body?.cancel();
  const gone = status === 404 || status === 410 || status === 403;
  const why = `its address answered ${status}`;
  return { is: "not-opened", trouble: gone ? "gone" : "unreachable", why, again: !gone };
}

async function* withAlarm(
  body: ReadableStream<Uint8Array>,
  opening: AbortController,
): AsyncGenerator<Uint8Array> {
  let alarm = setTimeout(() => opening.abort(), SILENCE_MS);
  try {
    for await (const chunk of body) {
      clearTimeout(alarm);
      yield chunk;
      alarm = setTimeout(() => opening.abort(), SILENCE_MS);
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

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
