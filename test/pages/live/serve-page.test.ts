import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wallClock } from "../../../src/cli/wall-clock.ts";
import { openFilePart, readFileStamp, hashFile } from "../../../src/disk.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import type { ServedPage } from "../../../src/cli/wing.ts";
import { LIVE, servePage } from "../../../src/pages/live/serve-page.ts";
import { orders } from "../../run/rig/orders.ts";
import { startMarket } from "../../run/rig/shop.ts";
import { sendRequest } from "./send-request.ts";

interface Shown {
  /** Null if it cannot be read. */
  page: string | null;
  moved: boolean;
  holds: readonly Hold[];
}

async function serve(shown: Shown): Promise<ServedPage> {
  const page = await servePage({
    source: {
      draw: async () => shown.page,
      moved: async () => {
        const { moved } = shown;
        shown.moved = false;
        return moved;
      },
    },
    hold: async (id) => shown.holds.find((hold) => hold.id === id) ?? null,
    files: { stamp: readFileStamp, sum: hashFile, part: openFilePart },
    clock: wallClock(1),
  });
  onTestFinished(async () => await page.end("the test is over"));
  return page;
}

const shows = (page: string | null): Shown => ({ page, moved: false, holds: [] });

test("the server answers only GET requests to its own address under this machine's name", async () => {
  const { url } = await serve(shows("<p>here</p>"));
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const { port, pathname } = new URL(url);
  const there = await sendRequest(url);
  expect([there.status, String(there.body)]).toEqual([200, "<p>here</p>"]);
  expect((await sendRequest(url, { headers: { host: `localhost:${port}` } })).status).toBe(200);
  const other = pathname.replaceAll(/[0-9a-f]/g, (digit) => (digit === "0" ? "1" : "0"));
  const nowhere = ["/", "/favicon.ico", "/events", other, `${other}events`, pathname.slice(0, -1)];
  const strange = ["evil.example", `evil.example:${port}`, "127.0.0.1", "localhost:80"];
  const answers = [
    ...nowhere.map(async (path) => await sendRequest(url, { path })),
    ...strange.map(async (host) => await sendRequest(url, { headers: { host } })),
    sendRequest(url, { path: `${pathname}nothing` }),
  ];
  expect(answers).toHaveLength(11);
  for (const { status, body } of await Promise.all(answers)) {
    expect([status, String(body)]).not.toContain("<p>here</p>");
    expect(status).toBe(404);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"]) {
    expect((await sendRequest(url, { method })).status).toBe(405);
  }
  expect((await sendRequest(url, { method: "POST", path: "/" })).status).toBe(404);
  const second = await serve(shows(null));
  expect(new URL(second.url).pathname).not.toBe(pathname);
});

test("responses are not cached or shared, and only our script may run", async () => {
  const { url } = await serve(shows("here"));
  const headers = { origin: "https://evil.example" };
  for (const question of [{ headers }, { headers, path: "/" }]) {
    const answer = await sendRequest(url, question);
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-"))).toEqual([]);
    const hash = createHash("sha256").update(LIVE.script).digest("base64");
    const policy = String(answer.headers["content-security-policy"]).split("; ");
    expect(policy).toEqual([
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      "img-src data:",
      "media-src 'self'",
      `script-src 'sha256-${hash}'`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  }
});

test("the stream sends each change once, says if the ledger cannot be read, and says when it ends", async () => {
  const shown = shows("one\ntwo");
  const page = await serve(shown);
  const response = await fetch(`${page.url}events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let told = "";
  const whole = (async () => {
    for await (const chunk of response.body ?? []) told += Buffer.from(chunk).toString();
  })();
  await expect.poll(() => told).toContain("event: page\ndata: one\ndata: two\n");
  // The run itself reports a change.
  shown.page = "three";
  page.changed();
  await expect.poll(() => told).toContain("data: three\n");
  // Another machine writes to the ledger.
  shown.page = "four";
  shown.moved = true;
  await expect.poll(() => told).toContain("data: four\n");
  shown.page = null;
  page.changed();
  await expect.poll(() => told).toContain("event: unread\n");
  shown.page = "five";
  await page.end("It is over.");
  await whole;
  const events = [...told.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, ...event]) => event);
  expect(events.filter(([event]) => event !== "unread")).toEqual([
    ["page", "one"],
    ["page", "three"],
    ["page", "four"],
    ["page", "five"],
    ["ended", "It is over."],
  ]);
  await expect(fetch(page.url)).rejects.toThrow("fetch failed");
});

test("the page says if it cannot be read, and is not drawn without a reader", async () => {
  const shown = shows(null);
  const page = await serve(shown);
  expect(await sendRequest(page.url)).toMatchObject({ status: 503 });
  shown.page = "here again";
  expect(await sendRequest(page.url)).toMatchObject({ status: 200 });
});

test("a video is served as delivered, whole or in part; a path leads to nothing", async () => {
  const market = await startMarket();
  const { holds } = await market.buy(orders(3));
  const [first, second, third] = holds;
  if (!first?.delivery || !second?.delivery || !third) throw new Error("three were bought");
  const file = first.delivery.path;
  const secret = join(market.folder, "secret.txt");
  await writeFile(secret, "x".repeat(second.delivery.bytes));
  // Another machine wrote this into the shared ledger: a file as long as the video, but another one.
  const forged = { ...second, delivery: { ...second.delivery, path: secret } };
  const shown = { page: "", moved: false, holds: [first, forged, third] };
  const { url } = await serve(shown);
  const bytes = await readFile(file);
  expect(bytes.length).toBeGreaterThan(500);
  const at = `${new URL(url).pathname}videos/`;
  const whole = await sendRequest(url, { path: `${at}${first.id}` });
  expect([whole.status, whole.headers["content-type"]]).toEqual([200, "video/mp4"]);
  expect(whole.body.equals(bytes)).toBe(true);
  const part = async (range: string) => {
    const answer = await sendRequest(url, { path: `${at}${first.id}`, headers: { range } });
    return [answer.status, answer.headers["content-range"], answer.body.toString("hex")];
  };
  const size = bytes.length;
  const hex = (from: number, to: number) => bytes.subarray(from, to).toString("hex");
  expect(await part("bytes=0-3")).toEqual([206, `bytes 0-3/${size}`, hex(0, 4)]);
  expect(await part("bytes=10-")).toEqual([206, `bytes 10-${size - 1}/${size}`, hex(10, size)]);
  expect(await part("bytes=-4")).toEqual([
    206,
    `bytes ${size - 4}-${size - 1}/${size}`,
    hex(size - 4, size),
  ]);
  expect(await part(`bytes=${size - 1}-${size + 9}`)).toEqual([
    206,
    `bytes ${size - 1}-${size - 1}/${size}`,
    hex(size - 1, size),
  ]);
  expect(await part(`bytes=${size}-`)).toEqual([416, `bytes */${size}`, ""]);
  expect((await part("bytes=3-1"))[0]).toBe(200);
  expect((await part("bytes=0-1,4-5"))[0]).toBe(200);
  const paths = [
    second.id,
    `../${first.id}`,
    "../../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    encodeURIComponent(file),
    `${first.id}/..%2f${third.id}`,
    `${first.id}%00`,
    "",
  ];
  for (const path of paths) {
    expect([path, (await sendRequest(url, { path: `${at}${path}` })).status]).toEqual([path, 404]);
  }
  // The file was overwritten: it is no longer what was delivered.
  await writeFile(file, Buffer.alloc(size, 1));
  expect((await sendRequest(url, { path: `${at}${first.id}` })).status).toBe(404);
});
