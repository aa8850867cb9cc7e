import { STORE_FILES } from "../../src/cli/store-files.ts";
import { createHash } from "node:crypto";
import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startServer } from "../vendors/fal/small-server.ts";
import { order } from "../run/rig/orders.ts";
import {
  deliver,
  makeFilm,
  listFiles,
  makeSettledHold,
  createStore,
  makeTemporaryFolder,
} from "./deliver.ts";

const FILE = "a.612e2e2e.mp4";
/** The name if that is taken: with the beginning of the hold's id. */
const OTHER = "a.612e2e2e-hold-1.mp4";

/** Starts a server that has these bytes at every address. */
async function serving(bytes: Buffer): Promise<string> {
  const url = await startServer((_, response) => {
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  return `${url}/output.mp4`;
}

test("delivers a video to its place, with a sidecar that says what it is and what it cost", async () => {
  const folder = await makeTemporaryFolder();
  const out = join(folder, "not", "there", "yet");
  const bytes = await makeFilm();
  const url = await serving(bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const path = join(out, "film", FILE);
  const heard: number[] = [];
  const hold = makeSettledHold(url, { size: bytes.length, scene: "1" });
  const never = new AbortController().signal;
  const told = await createStore(out).deliver(hold, url, (count) => heard.push(count), never);
  const facts = { seconds: 5, width: 1_920, height: 1_080, audio: false };
  expect(told).toEqual({
    is: "delivered",
    delivery: { path, sha256, bytes: bytes.length, ...facts, warnings: [] },
  });
  expect(heard.at(-1)).toBe(bytes.length);
  expect(await readFile(path)).toEqual(bytes);
  expect(await listFiles(folder)).toEqual([
    `not/there/yet/film/${FILE}`,
    `not/there/yet/film/${FILE}.json`,
  ]);
  const text = await readFile(`${path}.json`, "utf8");
  expect(text.endsWith("}\n")).toBe(true);
  const sidecar: unknown = JSON.parse(text);
  expect(sidecar).toEqual({
    schema: "topsheet/video@1",
    rehearsal: false,
    ledger: "ledger-1",
    campaign: "film",
    key: "a",
    shot: "a",
    scene: "1",
    model: "kling-v3-pro",
    endpoint: "fal-ai/kling-video/v3/pro/text-to-video",
    input: order("a").input,
    fingerprint: order("a").fingerprint,
    ordinal: 1,
    hold: "hold-1",
    request_id: "request-1",
    url,
    currency: "USD",
    cost: "0.672",
    billable_units: "4.0",
    reserved: "2026-11-21T09:00:00.000Z",
    settled: "2026-11-21T09:01:00.000Z",
    video: { sha256, bytes: bytes.length, ...facts },
    warnings: [],
  });
});

test("says in a rehearsal's sidecar that nothing was bought", async () => {
  const out = await makeTemporaryFolder();
  const hold = makeSettledHold(await serving(await makeFilm()));
  await deliver(createStore(out, { rehearsal: true }), hold);
  const text = await readFile(join(out, "film", `${FILE}.json`), "utf8");
  expect(JSON.parse(text)).toMatchObject({ rehearsal: true });
});

test("names the edition in the file and in the sidecar", async () => {
  const out = await makeTemporaryFolder();
  const hold = makeSettledHold(await serving(await makeFilm()), {
    edition: "2026-11-21T01:00",
    key: "hero~t1@2026-11-21T01:00",
  });
  expect(await deliver(createStore(out), hold)).toMatchObject({ is: "delivered" });
  const [path] = await listFiles(out);
  expect(path).toContain("@2026-11-21T01%3A00");
  expect(await readFile(join(out, `${path}.json`), "utf8")).toContain(
    '"edition": "2026-11-21T01:00"',
  );
});

describe("a file that is there already", () => {
  test("stays if it is the same", async () => {
    const out = await makeTemporaryFolder();
    const hold = makeSettledHold(await serving(await makeFilm()));
    const first = await deliver(createStore(out), hold);
    const before = await stat(join(out, "film", FILE));
    expect(await deliver(createStore(out), hold)).toEqual(first);
    const after = await stat(join(out, "film", FILE));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(await listFiles(out)).toHaveLength(2);
  });

  test("is not overwritten if it is something else: the video gets a name of its own", async () => {
    const out = await makeTemporaryFolder();
    const path = join(out, "film", FILE);
    await mkdir(join(out, "film"));
    await writeFile(path, "the director's cut");
    const hold = makeSettledHold(await serving(await makeFilm()));
    const first = await deliver(createStore(out), hold);
    expect(first).toMatchObject({ is: "delivered", delivery: { path: join(out, "film", OTHER) } });
    expect(await readFile(path, "utf8")).toBe("the director's cut");
    const all = [`film/${OTHER}`, `film/${OTHER}.json`, `film/${FILE}`];
    expect(await listFiles(out)).toEqual(all);
    // The next time it is found under that name.
    expect(await deliver(createStore(out), hold)).toEqual(first);
    expect(await listFiles(out)).toEqual(all);
  });

  test("stays if that name is taken too", async () => {
    const out = await makeTemporaryFolder();
    await mkdir(join(out, "film"));
    for (const name of [FILE, OTHER]) await writeFile(join(out, "film", name), "mine");
    const told = await deliver(createStore(out), makeSettledHold(await serving(await makeFilm())));
    expect(told).toMatchObject({ is: "undelivered", trouble: "taken" });
    for (const name of [FILE, OTHER]) {
      expect(await readFile(join(out, "film", name), "utf8")).toBe("mine");
    }
    expect(await listFiles(out)).toHaveLength(2);
  });

  test("is not followed if it is a link", async () => {
    const out = await makeTemporaryFolder();
    const elsewhere = await makeTemporaryFolder();
    await mkdir(join(out, "film"));
    await symlink(join(elsewhere, "target"), join(out, "film", FILE));
    await symlink(join(elsewhere, "target"), join(out, "film", OTHER));
    const told = await deliver(createStore(out), makeSettledHold(await serving(await makeFilm())));
    expect(told).toMatchObject({ is: "undelivered", trouble: "taken" });
    expect(await listFiles(elsewhere)).toEqual([]);
  });

  test("may be a folder", async () => {
    const out = await makeTemporaryFolder();
    await mkdir(join(out, "film", FILE), { recursive: true });
    const told = await deliver(createStore(out), makeSettledHold(await serving(await makeFilm())));
    expect(told).toMatchObject({ is: "delivered", delivery: { path: join(out, "film", OTHER) } });
  });

  test("is not overwritten if it has the sidecar's name and is none", async () => {
    const out = await makeTemporaryFolder();
    const path = join(out, "film", `${FILE}.json`);
    await mkdir(join(out, "film"));
    await writeFile(path, "notes of the editor");
    const told = await deliver(createStore(out), makeSettledHold(await serving(await makeFilm())));
    expect(told).toMatchObject({ is: "undelivered", trouble: "disk" });
    expect(await readFile(path, "utf8")).toBe("notes of the editor");
  });

  test("is overwritten if it is an older sidecar of ours", async () => {
    const out = await makeTemporaryFolder();
    const url = await serving(await makeFilm());
    await deliver(createStore(out), makeSettledHold(url, { billableUnits: null }));
    await deliver(createStore(out), makeSettledHold(url, { billableUnits: "4.0" }));
    expect(await readFile(join(out, "film", `${FILE}.json`), "utf8")).toContain('"4.0"');
  });
});

describe("a campaign's folder", () => {
  test.for([
    [
      "a link to elsewhere",
      async (out: string, away: string) => await symlink(away, join(out, "film")),
    ],
    [
      "a link to nowhere",
      async (out: string) => await symlink("/nowhere/at/all", join(out, "film")),
    ],
    ["a link up", async (out: string) => await symlink("..", join(out, "film"))],
    ["a file", async (out: string) => await writeFile(join(out, "film"), "no folder")],
  ] as const)("that is %s receives nothing", async ([, make]) => {
    const folder = await makeTemporaryFolder();
    const [out, away] = [join(folder, "out"), join(folder, "away")];
    await mkdir(out);
    await mkdir(away);
    await make(out, away);
    const told = await deliver(createStore(out), makeSettledHold(await serving(await makeFilm())));
    expect(told).toMatchObject({ is: "undelivered", trouble: "disk" });
    expect(await listFiles(away)).toEqual([]);
    expect(await listFiles(folder)).toEqual(["out/film"]);
  });

  test("may be under an output folder that is a link, for the person named it", async () => {
    const folder = await makeTemporaryFolder();
    await mkdir(join(folder, "disk"));
    await symlink(join(folder, "disk"), join(folder, "out"));
    const hold = makeSettledHold(await serving(await makeFilm()));
    expect(await deliver(createStore(join(folder, "out")), hold)).toMatchObject({
      is: "delivered",
    });
    expect(await listFiles(join(folder, "disk"))).toHaveLength(2);
  });
});

describe("warns if a video is not what was ordered", () => {
  const wanted = { prompt: "a", aspect_ratio: "16:9", generate_audio: true };

  test.for<readonly [name: string, bytes: () => Promise<Buffer>, warnings: readonly string[]]>([
    ["all of it", async () => await makeFilm({ audio: true }), []],
    [
      "too short",
      async () => await makeFilm({ audio: true, seconds: 3 }),
      ["3 s long, 5 s were paid for"],
    ],
    ["longer", async () => await makeFilm({ audio: true, seconds: 6 }), []],
    [
      "square",
      async () => await makeFilm({ audio: true, ratio: "1:1" }),
      ["1080 × 1080, 16:9 was asked for"],
    ],
    ["silent", async () => await makeFilm(), ["no sound, sound was asked for"]],
    [
      "everything wrong",
      async () => await makeFilm({ seconds: 1, ratio: "9:16" }),
      [
        "1 s long, 5 s were paid for",
        "1080 × 1920, 16:9 was asked for",
        "no sound, sound was asked for",
      ],
    ],
    [
      "a login page",
      async () => Buffer.from("<!doctype html><title>Log in</title>"),
      ["the file cannot be read as a video"],
    ],
    [
      "half of one",
      async () => (await makeFilm()).subarray(0, 200),
      ["the file cannot be read as a video"],
    ],
  ])("%s", async ([, bytes, warnings]) => {
    const out = await makeTemporaryFolder();
    const hold = makeSettledHold(await serving(await bytes()), { input: wanted });
    const told = await deliver(createStore(out), hold);
    expect(told).toMatchObject({ is: "delivered", delivery: { warnings } });
    const sidecar = await readFile(join(out, "film", `${FILE}.json`), "utf8");
    expect(JSON.parse(sidecar)).toMatchObject({ warnings });
  });

  test("more bytes than the vendor stated", async () => {
    const bytes = await makeFilm();
    const hold = makeSettledHold(await serving(bytes), { size: bytes.length - 1 });
    expect(await deliver(createStore(await makeTemporaryFolder()), hold)).toMatchObject({
      delivery: { warnings: [`${bytes.length} bytes, the vendor said ${bytes.length - 1}`] },
    });
  });

  // A hotel's network answers so at every address: it is tried again, now and by the next run.
  test("a page in place of a video, which is not delivered", async () => {
    let asked = 0;
    const url = await startServer((_, response) => {
      asked += 1;
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end("<h1>Welcome to the hotel</h1>");
    });
    const out = await makeTemporaryFolder();
    const told = await deliver(createStore(out), makeSettledHold(url));
    expect(told).toMatchObject({ is: "undelivered", trouble: "unreachable" });
    expect(asked).toBe(4);
    expect(await listFiles(out)).toEqual([]);
  });
});

describe("(p) a disk that is full after a paid download", () => {
  test("is reported, and the next try works when there is room", async () => {
    const out = await makeTemporaryFolder();
    const hold = makeSettledHold(await serving(await makeFilm()));
    const full = createStore(out, {
      files: {
        ...STORE_FILES,
        receive: async (_, chunks) => {
          for await (const _chunk of chunks) break;
          return { is: "unwritable", why: "no space left on device" };
        },
      },
    });
    expect(await deliver(full, hold)).toEqual({
      is: "undelivered",
      trouble: "disk",
      why: "no space left on device",
    });
    expect(await deliver(createStore(out), hold)).toMatchObject({ is: "delivered" });
  });

  test("is reported if only the sidecar does not fit: the video stays, and counts the next time", async () => {
    const out = await makeTemporaryFolder();
    const hold = makeSettledHold(await serving(await makeFilm()));
    await mkdir(join(out, "film", `${FILE}.json`), { recursive: true });
    const told = await deliver(createStore(out), hold);
    expect(told).toMatchObject({ is: "undelivered", trouble: "disk" });
    expect(await listFiles(out)).toEqual([`film/${FILE}`]);
    const roomy = { ...STORE_FILES, write: async () => null };
    expect(await deliver(createStore(out, { files: roomy }), hold)).toMatchObject({
      is: "delivered",
    });
  });
});

test("delivers twenty lines at once, each to its own place", async () => {
  const out = await makeTemporaryFolder();
  const bytes = await makeFilm();
  const slow: RequestListener = (_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 100));
    setTimeout(() => response.end(bytes.subarray(100)), 20);
  };
  const url = await startServer(slow);
  const keys = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const told = await Promise.all(
    keys.map((key) => deliver(createStore(out), makeSettledHold(url, { key, id: `hold ${key}` }))),
  );
  expect(told.map(({ is }) => is)).toEqual(keys.map(() => "delivered"));
  expect(await listFiles(out)).toHaveLength(40);
});

test("makes one file if two processes deliver the same line", async () => {
  const out = await makeTemporaryFolder();
  const hold = makeSettledHold(await serving(await makeFilm()));
  const told = await Promise.all([1, 2, 3, 4].map(() => deliver(createStore(out), hold)));
  expect(told.map(({ is }) => is)).toEqual(told.map(() => "delivered"));
  expect(await listFiles(out)).toEqual([`film/${FILE}`, `film/${FILE}.json`]);
});
