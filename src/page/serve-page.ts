import { randomBytes } from "node:crypto";
import { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Hold } from "../ledger/hold.ts";
import type { Clock } from "../run/clock.ts";
import { KeptPage, type PageSource } from "./kept-page.ts";
import { LIVE } from "./script.ts";
import { type VideoFiles, Videos } from "./video-answer.ts";

export interface PageRequest {
  readonly source: PageSource;
  /** A hold that the page shows; null for any other. */
  readonly hold: (id: string) => Promise<Hold | null>;
  readonly files: VideoFiles;
  /** The wall's. */
  readonly clock: Clock;
}

export interface ServedPage {
  /** `http://127.0.0.1:PORT/TOKEN/`: who has it may look, and do nothing else. */
  readonly url: string;
  /** Says that there is something new. */
  changed(): void;
  /** Shows a last time how it stands, with a word on why it ends, and stops. */
  end(word: string): Promise<void>;
}

const UNREAD = "The ledger cannot be read at the moment: this is how it stood, and it is tried on.";
// A reader has the last event at once, or is one that the run's end does not wait for.
const FAREWELL_MS = 400;

const HEADERS: readonly (readonly [string, string])[] = [
  ["cache-control", "no-store"],
  ["content-security-policy", `${LIVE.policy}; frame-ancestors 'none'`],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
];

/** Serves a page on this machine, read-only, to whoever knows its address. Rejects where no port is to be had. */
export async function servePage(request: PageRequest): Promise<ServedPage> {
  const token = randomBytes(16).toString("hex");
  const page = new KeptPage(request.source, request.clock);
  const videos = new Videos(request.files);
  const open = new Set<Promise<void>>();
  let last = "";
  let port = 0;
  const app = new Hono();
  app.use(async (c, next) => {
    // A name that someone else made to lead here is no reason to answer.
    const host = c.req.header("host");
    const meant = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
    if (!meant || !c.req.path.startsWith(`/${token}/`)) c.res = c.text("Not found", 404);
    else if (c.req.method !== "GET") {
      c.res = c.text("This page can only be looked at", 405, { allow: "GET" });
    } else await next();
    for (const [name, value] of HEADERS) c.res.headers.set(name, value);
  });
  app.get(`/${token}/`, async (c) => {
    await page.draw();
    return page.now === null ? c.text(`${UNREAD} Reload this page.`, 503) : c.html(page.now);
  });
  app.get(`/${token}/events`, (c) =>
    streamSSE(c, async (stream) => {
      const gone = page.read();
      stream.onAbort(gone);
      const work = async (): Promise<void> => {
        for (let told: string | null = ""; !stream.aborted && !page.over; await page.next(told)) {
          told = page.now;
          const event =
            told === null ? { event: "unread", data: UNREAD } : { event: "page", data: told };
          await stream.writeSSE({ ...event, retry: 1_000 });
        }
        if (stream.aborted) return;
        if (page.now !== null) await stream.writeSSE({ event: "page", data: page.now });
        await stream.writeSSE({ event: "ended", data: last });
      };
      const done = work();
      open.add(done);
      await done.finally(() => open.delete(done));
    }),
  );
  app.get(`/${token}/videos/:hold`, async (c) => {
    const hold = await request.hold(c.req.param("hold"));
    const answer = hold === null ? null : await videos.answer(hold, c.req.header("range"));
    return answer ?? c.text("Not found", 404);
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!(server instanceof Server)) throw new Error("an HTTP/1 server was asked for");
  port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    changed: () => page.changed(),
    end: async (word) => {
      last = word;
      await page.end();
      await Promise.race([Promise.allSettled(open), request.clock.sleep(FAREWELL_MS)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // What was written last is on its way before the connection goes.
      const cut = setTimeout(() => server.closeAllConnections(), FAREWELL_MS / 4);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function listening(server: Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
