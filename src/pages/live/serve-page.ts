import { createHash, randomBytes } from "node:crypto";
import { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Hold } from "../../ledger/hold.ts";
import type { Clock } from "../../run/ports.ts";
import { CachedPage, type PageSource } from "./cached-page.ts";
import type { VideoFiles } from "../../cli/shell.ts";
import type { ServedPage } from "../../cli/wing.ts";

// The only script of any page. Each event brings the whole page. Nodes that are equal are kept, so that a video plays
// on, what was unfolded stays unfolded, and nothing jumps.
const SCRIPT = `
const notice = document.getElementById("live");
const report = (text, bad) => {
  if (notice.textContent !== text) notice.textContent = text;
  notice.className = bad ? "bad" : "quiet";
};
const name = (node) =>
  node.nodeType !== 1 ? "" : node.id || (node.parentElement.matches(".cards") && node.querySelector("video")?.getAttribute("src")) || "";
const update = (old, next) => {
  if (old.id === "live" || old.isEqualNode(next)) return;
  if (old.nodeType !== 1 || old.tagName !== next.tagName || old.tagName === "svg") return old.replaceWith(next);
  for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  let at = old.firstChild;
  for (const child of [...next.childNodes]) {
    const named = name(child);
    const same = named === "" ? at : [...old.children].find((one) => name(one) === named);
    if (named === "" ? at === null || name(at) !== "" : same === undefined) {
      old.insertBefore(child, at);
      continue;
    }
    while (at !== same) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    at = same.nextSibling;
    update(same, child);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
};
const source = new EventSource("events");
source.addEventListener("page", ({ data }) => {
  const next = new DOMParser().parseFromString(data, "text/html");
  for (const part of ["header", "main"]) update(document.querySelector(part), next.querySelector(part));
  report("Live: this page updates itself.", false);
});
source.addEventListener("unread", ({ data }) => report(data, true));
source.addEventListener("ended", ({ data }) => {
  source.close();
  report(data, false);
});
source.onerror = () =>
  report("The connection is lost: this page shows its last state and tries to connect again. Close it if the command that serves it has ended.", true);
`;

// The hash allows this script alone: text in prompts and names cannot become one.
const HASH = createHash("sha256").update(SCRIPT).digest("base64");

export const LIVE = {
  script: SCRIPT,
  policy: `default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; script-src 'sha256-${HASH}'; connect-src 'self'; base-uri 'none'; form-action 'none'`,
};

export interface PageRequest {
  readonly source: PageSource;
  /** Finds a hold that the page shows. Resolves to null for any other. */
  readonly hold: (id: string) => Promise<Hold | null>;
  readonly files: VideoFiles;
  /** The wall clock. */
  readonly clock: Clock;
}

const UNREAD =
  "The ledger cannot be read at the moment: this page shows its last state. The command tries again.";
// How long the end of a run waits for readers to receive the last event.
const FAREWELL_MS = 400;

const HEADERS: readonly (readonly [string, string])[] = [
  ["cache-control", "no-store"],
  ["content-security-policy", `${LIVE.policy}; frame-ancestors 'none'`],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
];

/** Serves a page on this machine, read-only, to everyone who knows its address. Rejects if no port is free. */
export async function servePage(request: PageRequest): Promise<ServedPage> {
  const token = randomBytes(16).toString("hex");
  const page = new CachedPage(request.source, request.clock);
  const videos = new Videos(request.files);
  const open = new Set<Promise<void>>();
  let last = "";
  let port = 0;
  const app = new Hono();
  app.use(async (c, next) => {
    // Refuses other host names, which an attacker could point at this machine (DNS rebinding).
    const host = c.req.header("host");
    const isOurHost = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
    if (!isOurHost || !c.req.path.startsWith(`/${token}/`)) c.res = c.text("Not found", 404);
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
        for (let sent: string | null = ""; !stream.aborted && !page.over; await page.next(sent)) {
          sent = page.now;
          const event =
            sent === null ? { event: "unread", data: UNREAD } : { event: "page", data: sent };
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
  port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    changed: () => page.changed(),
    end: async (word) => {
      last = word;
      await page.end();
      await Promise.race([Promise.allSettled(open), request.clock.sleep(FAREWELL_MS)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Gives the last event time to be sent before connections are closed.
      const cut = setTimeout(() => server.closeAllConnections(), FAREWELL_MS / 4);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function listen(server: Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** Serves videos by hold, never by path: exactly what was delivered, and no other file of this machine. */
class Videos {
  readonly #files: VideoFiles;
  readonly #known = new Map<string, number>();

  constructor(files: VideoFiles) {
    this.#files = files;
  }

  /** Resolves to null if this machine does not have what was delivered. */
  async answer({ id, delivery }: Hold, range: string | undefined): Promise<Response | null> {
    if (delivery === null) return null;
    const { path, bytes, sha256 } = delivery;
    const stamp = await this.#files.stamp(path);
    if (stamp === null || stamp.bytes !== bytes || bytes === 0) return null;
    // Others write to a shared ledger: a path in it may lead anywhere, so the content is checked.
    if (this.#known.get(id) !== stamp.writtenAt) {
      if ((await this.#files.sum(path)) !== sha256) return null;
      this.#known.set(id, stamp.writtenAt);
    }
    const headers = { "accept-ranges": "bytes", "content-type": "video/mp4" };
    const part = parseRange(range, bytes);
    if (part === "beyond") {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${bytes}` } });
    }
    const { from, to } = part ?? { from: 0, to: bytes - 1 };
    return new Response(this.#files.part(path, from, to), {
      status: part === null ? 200 : 206,
      headers: {
        ...headers,
        "content-length": String(to - from + 1),
        ...(part === null ? {} : { "content-range": `bytes ${from}-${to}/${bytes}` }),
      },
    });
  }
}

/** Parses the range that a player asks for. Returns null for the whole file, also if it asks for several parts. */
function parseRange(
  header: string | undefined,
  bytes: number,
): { readonly from: number; readonly to: number } | "beyond" | null {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    return last === "0" ? "beyond" : { from: Math.max(0, bytes - Number(last)), to: bytes - 1 };
  }
  const from = Number(first);
  const to = last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (from >= bytes) return "beyond";
  return to < from ? null : { from, to };
}
