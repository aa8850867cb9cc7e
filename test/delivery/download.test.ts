import { readdir } from "node:fs/promises";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fetch } from "../../src/run/ports.ts";
import { findClosedAddress, startServer } from "../vendors/fal/small-server.ts";
import {
  deliver,
  makeFilm,
  listFiles,
  createRecordingClock,
  makeSettledHold,
  createStore,
  makeTemporaryFolder,
} from "./deliver.ts";

const BYTES = await makeFilm();

/** How a server answers its first, second, … request; the last one is for all others. */
function inTurn(...listeners: readonly RequestListener[]): RequestListener {
  let turn = 0;
  return (request, response) => {
    const listener = listeners[Math.min(turn, listeners.length - 1)];
    turn += 1;
    listener?.(request, response);
  };
}

const whole: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": BYTES.length }).end(BYTES);
};
const half: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": BYTES.length });
  response.write(BYTES.subarray(0, BYTES.length / 2), () => response.destroy());
};
const refusing =
  (status: number): RequestListener =>
  (_, response) => {
    response.writeHead(status).end("no");
  };

/** Downloads a video. Returns what came of it, the files, and the pauses between tries. */
async function tried(listener: RequestListener | string) {
  const out = await makeTemporaryFolder();
  let asked = 0;
  const url =
    typeof listener === "string"
      ? listener
      : await startServer((request, response) => {
          asked += 1;
          listener(request, response);
        });
  const clock = createRecordingClock();
  const told = await deliver(
    createStore(out, { clock }),
    makeSettledHold(url, { size: BYTES.length }),
  );
  return { told, asked, slept: clock.slept, files: await listFiles(out) };
}

const DELIVERED = { is: "delivered", delivery: { bytes: BYTES.length, warnings: [] } };

describe("tries a failed download again", () => {
  test.for<readonly [name: string, bad: RequestListener]>([
    ["cut half way", half],
    [
      "nothing, as it said",
      (_, response) => response.writeHead(200, { "content-length": 0 }).end(),
    ],
    ["nothing, without a word", (_, response) => response.writeHead(200).end()],
    ["fewer bytes than the vendor said", (_, response) => response.end(BYTES.subarray(0, 1_000))],
    ["500", refusing(500)],
    ["503", refusing(503)],
    ["408", refusing(408)],
    ["429", refusing(429)],
    ["401", refusing(401)],
    ["206, half of it", refusing(206)],
    ["no answer", (request) => request.socket.destroy()],
    [
      "shorter than it said",
      (_, response) => {
        response.writeHead(200, { "content-length": BYTES.length, connection: "close" });
        response.end(BYTES.subarray(0, 10));
      },
    ],
  ])("%s", async ([, bad]) => {
    expect(await tried(inTurn(bad, whole))).toMatchObject({
      told: DELIVERED,
      asked: 2,
      slept: [1_000],
      files: { length: 2 },
    });
  });

  test.for<readonly [name: string, bad: RequestListener]>([
    ["cut half way", half],
    ["nothing", (_, response) => response.writeHead(200, { "content-length": 0 }).end()],
    ["fewer bytes than the vendor said", (_, response) => response.end(BYTES.subarray(0, 1_000))],
    ["500", refusing(500)],
  ])("%s, four times: leaves it for another run, and keeps nothing of it", async ([, bad]) => {
    expect(await tried(bad)).toMatchObject({
      told: { is: "undelivered", trouble: "unreachable" },
      asked: 4,
      slept: [1_000, 5_000, 20_000],
      files: [],
    });
  });

  test("nobody listens", async () => {
    expect(await tried(await findClosedAddress())).toMatchObject({
      told: { is: "undelivered", trouble: "unreachable" },
      slept: [1_000, 5_000, 20_000],
    });
  });
});

test.for([403, 404, 410])(
  "reports after %d that it is gone, and does not ask again",
  async (status) => {
    expect(await tried(refusing(status))).toMatchObject({
      told: { is: "undelivered", trouble: "gone", why: `its address answered ${status}` },
      asked: 1,
      slept: [],
      files: [],
    });
  },
);

test("waits for a slow download", async () => {
  const slow: RequestListener = (_, response) => {
    response.writeHead(200, { "content-length": BYTES.length });
    const pieces = Array.from({ length: 5 }, (__, index) =>
      BYTES.subarray((index * BYTES.length) / 5, ((index + 1) * BYTES.length) / 5),
    );
    const timer = setInterval(() => {
      response.write(pieces.shift());
      if (pieces.length > 0) return;
      clearInterval(timer);
      response.end();
    }, 10);
  };
  expect(await tried(slow)).toMatchObject({ asked: 1 });
});

test("receives a download whole without a length, or compressed", async () => {
  const chunked: RequestListener = (_, response) => {
    response.write(BYTES.subarray(0, 99));
    response.end(BYTES.subarray(99));
  };
  const packed: RequestListener = (_, response) => {
    const bytes = gzipSync(BYTES);
    response.writeHead(200, { "content-encoding": "gzip", "content-length": bytes.length });
    response.end(bytes);
  };
  for (const listener of [chunked, packed]) {
    expect(await tried(listener)).toMatchObject({ told: DELIVERED, asked: 1 });
  }
});

test("sends no key and no cookie", async () => {
  vi.stubEnv("FAL_KEY", "key-id-0123:key-secret-4567");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const seen: IncomingHttpHeaders[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(request.headers);
    response.writeHead(302, { location: "/next", "set-cookie": "a=b" }).end();
  };
  await tried(
    inTurn(listener, listener, (request, response) => {
      seen.push(request.headers);
      whole(request, response);
    }),
  );
  expect(seen).toHaveLength(3);
  for (const headers of seen) {
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("cookie");
    expect(JSON.stringify(headers)).not.toContain("4567");
  }
});

describe("a redirect", () => {
  const to =
    (location: string): RequestListener =>
    (_, response) => {
      response.writeHead(302, { location }).end("over there");
    };

  test("is followed up to five times", async () => {
    const hops = Array.from({ length: 5 }, (_, index) => to(`/hop-${index}`));
    expect(await tried(inTurn(...hops, whole))).toMatchObject({ told: DELIVERED, asked: 6 });
    const more = await tried(inTurn(...hops, to("/one-more"), whole));
    expect(more).toMatchObject({
      told: { is: "undelivered", trouble: "unreachable", why: "too many redirects" },
      asked: 6,
      files: [],
    });
  });

  test("is given up after more", async () => {
    expect(await tried(to("/"))).toMatchObject({
      told: { is: "undelivered", trouble: "unreachable" },
      asked: 6,
    });
  });

  test("is no video without a valid address", async () => {
    expect((await tried(refusing(302))).told).toMatchObject({ trouble: "unreachable" });
    expect((await tried(to("http://["))).told).toMatchObject({ trouble: "unreachable" });
  });

  test.for([
    "http://example.org/output.mp4",
    "http://127.0.0.2/output.mp4",
    "http://[::ffff:1.2.3.4]/x",
    "ftp://example.org/output.mp4",
    "file:///etc/passwd",
    "data:video/mp4;base64,AAAA",
    "https://user:secret@example.org/output.mp4",
    "https://user@example.org/output.mp4",
    "javascript:alert(1)",
  ])("to %s is not followed", async (location) => {
    expect(await tried(to(location))).toMatchObject({
      told: { is: "undelivered", trouble: "unsafe", why: "videos are fetched over https only" },
      asked: 1,
      slept: [],
      files: [],
    });
  });
});

describe("an address", () => {
  const asking = async (url: string) => {
    const asked: string[] = [];
    const made: Fetch = async (address) => {
      asked.push(address);
      return new Response(new Uint8Array(BYTES));
    };
    const told = await deliver(
      createStore(await makeTemporaryFolder(), { fetch: made }),
      makeSettledHold(url),
    );
    return { is: told.is, asked };
  };

  test.for([
    "https://v3b.fal.media/files/b/1/output.mp4",
    "https://anywhere.example.org/x?y=z",
    "http://127.0.0.1:8080/output.mp4",
    "http://localhost/output.mp4",
    "http://[::1]:9/output.mp4",
  ])("%s is requested", async (url) => {
    expect(await asking(url)).toEqual({ is: "delivered", asked: [url] });
  });

  test.for([
    "http://v3b.fal.media/files/b/1/output.mp4",
    "http://localhost.example.org/x",
    "http://127.0.0.1.example.org/x",
    "http://0.0.0.0/x",
    "https://key:secret@v3b.fal.media/x",
    "file:///etc/passwd",
    "/etc/passwd",
    "output.mp4",
    "",
  ])("%j is not requested", async (url) => {
    expect(await asking(url)).toEqual({ is: "undelivered", asked: [] });
  });
});

test.for<readonly [why: string, bad: RequestListener]>([
  ["an empty file came", (_, response) => response.writeHead(200, { "content-length": 0 }).end()],
  [
    `99 bytes came, the vendor said ${BYTES.length}`,
    (_, response) => response.end(BYTES.subarray(0, 99)),
  ],
])("%s: states it as the reason", async ([why, bad]) => {
  expect((await tried(bad)).told).toEqual({ is: "undelivered", trouble: "unreachable", why });
});

describe("when told to leave", () => {
  test("ends a download at once, does not try again, and leaves nothing", async () => {
    const out = await makeTemporaryFolder();
    const url = await startServer((_, response) => {
      response.writeHead(200, { "content-length": BYTES.length }).write(BYTES.subarray(0, 100));
      setImmediate(() => leave.abort());
    });
    // There is no time-out.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const leave = new AbortController();
    const clock = createRecordingClock();
    const told = await deliver(createStore(out, { clock }), makeSettledHold(url), {
      leave: leave.signal,
    });
    expect(told).toMatchObject({ is: "undelivered", trouble: "unreachable" });
    // The real clock would not sleep either.
    expect(clock.slept.length).toBeLessThanOrEqual(1);
    expect(await readdir(`${out}/film`)).toEqual([]);
  });

  test("asks for nothing if it has not begun", async () => {
    let asked = 0;
    const url = await startServer((request, response) => {
      asked += 1;
      whole(request, response);
    });
    const told = await deliver(createStore(await makeTemporaryFolder()), makeSettledHold(url), {
      leave: AbortSignal.abort(),
    });
    expect(told.is).toBe("undelivered");
    expect(asked).toBe(0);
  });
});
