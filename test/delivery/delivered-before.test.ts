import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Delivery } from "../../src/ledger/entry.ts";
import { applyStep, type Hold } from "../../src/ledger/hold.ts";
import { writeSidecarText } from "../../src/delivery/video-path.ts";
import { startServer } from "../vendors/fal/small-server.ts";
import {
  deliver,
  listFiles,
  makeSettledHold,
  createStore,
  makeTemporaryFolder,
} from "./deliver.ts";

// A video that was delivered to another machine: this one receives the same bytes, or nothing.

const FILM = "the whole film";
const FILE = "a.612e2e2e.mp4";

function deliveryOf(text: string): Delivery {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const facts = { seconds: null, width: null, height: null, audio: null, warnings: [] };
  return { path: "theirs/film/a.mp4", sha256, bytes: Buffer.byteLength(text), ...facts };
}

function deliveredBefore(url: string, changes: Partial<Hold> = {}): Hold {
  return makeSettledHold(url, { delivery: deliveryOf(FILM), ...changes });
}

/** Answers with these texts in turn, then with the last one, and does not state their length. */
async function saying(...texts: readonly string[]) {
  let asked = 0;
  const url = await startServer((_, response) => {
    const text = texts[Math.min(asked, texts.length - 1)] ?? "";
    asked += 1;
    response.writeHead(200, { "content-type": "video/mp4" });
    response.write(text.slice(0, 3));
    response.end(text.slice(3));
  });
  return { url, asked: () => asked };
}

test("downloads again if a video of unknown length breaks off", async () => {
  const out = await makeTemporaryFolder();
  const { url, asked } = await saying("the whole", FILM);
  expect(await deliver(createStore(out), deliveredBefore(url))).toMatchObject({ is: "delivered" });
  expect(asked()).toBe(2);
  expect(await readFile(join(out, "film", FILE), "utf8")).toBe(FILM);
});

test.for([
  ["as long", "the whole firm", 1, "different"],
  ["longer", "the whole film, and more", 1, "different"],
  ["never as long", "the whole", 4, "unreachable"],
] as const)("refuses another video that is %s", async ([, text, times, trouble]) => {
  const out = await makeTemporaryFolder();
  const { url, asked } = await saying(text);
  const told = await deliver(createStore(out), deliveredBefore(url));
  expect(told).toMatchObject({ is: "undelivered", trouble });
  expect(asked()).toBe(times);
  expect(await listFiles(out)).toEqual([]);
});

test("moves a changed file aside only for the video that was delivered, and keeps it", async () => {
  const out = await makeTemporaryFolder();
  const hold = deliveredBefore((await saying(FILM)).url);
  await deliver(createStore(out), hold);
  await writeFile(join(out, "film", FILE), "my cut of it");
  const other = deliveredBefore((await saying("the whole firm")).url);
  expect(await deliver(createStore(out), other)).toMatchObject({ trouble: "different" });
  expect(await listFiles(out)).toEqual([`film/${FILE}`, `film/${FILE}.json`]);
  const mark = createHash("sha256").update("my cut of it").digest("hex").slice(0, 8);
  const aside = join(out, "film", `a.612e2e2e.changed-${mark}.mp4`);
  const told = await deliver(createStore(out), hold);
  expect(told).toMatchObject({ is: "delivered", aside });
  expect(await readFile(aside, "utf8")).toBe("my cut of it");
  expect(await readFile(join(out, "film", FILE), "utf8")).toBe(FILM);
  expect(await listFiles(out)).toHaveLength(3);
});

test("downloads nothing if other files have both of its names", async () => {
  const out = await makeTemporaryFolder();
  const { url, asked } = await saying(FILM);
  await mkdir(join(out, "film"));
  for (const name of [FILE, "a.612e2e2e-hold-1.mp4"]) {
    await writeFile(join(out, "film", name), "mine");
  }
  expect(await deliver(createStore(out), deliveredBefore(url))).toMatchObject({ trouble: "taken" });
  expect(asked()).toBe(0);
  expect(await listFiles(out)).toHaveLength(2);
});

test("finds for two purchases of the same line the video of each", async () => {
  const out = await makeTemporaryFolder();
  const [one, two] = await Promise.all([saying(FILM), saying("the second take")]);
  const first = deliveredBefore(one.url);
  const second = makeSettledHold(two.url, {
    id: "hold-2",
    delivery: deliveryOf("the second take"),
  });
  const to = createStore(out);
  for (const hold of [first, second]) {
    expect(await to.find(hold)).toBeNull();
    expect(await deliver(to, hold)).toMatchObject({ is: "delivered" });
  }
  const found = await Promise.all([first, second].map((hold) => to.find(hold)));
  expect(found).toEqual([FILE, "a.612e2e2e-hold-2.mp4"].map((name) => join(out, "film", name)));
  const texts = await Promise.all(found.map((path) => readFile(path ?? "none", "utf8")));
  expect(texts).toEqual([FILM, "the second take"]);
});

test("does not find a video that was never delivered, whatever is in its place", async () => {
  const out = await makeTemporaryFolder();
  await mkdir(join(out, "film"));
  await writeFile(join(out, "film", FILE), FILM);
  expect(await createStore(out).find(makeSettledHold("https://fal.media/a"))).toBeNull();
});

test("replaces an empty file that was taken for a delivery", async () => {
  const out = await makeTemporaryFolder();
  const { url } = await saying(FILM);
  const delivery = { ...deliveryOf(""), path: join(out, "film", FILE) };
  const hold = applyStep(makeSettledHold(url), { kind: "delivered", delivery }, 0);
  if (hold === null) throw new Error("not to be delivered");
  await mkdir(join(out, "film"));
  await writeFile(delivery.path, "");
  await writeFile(
    `${delivery.path}.json`,
    writeSidecarText(hold, delivery, { rehearsal: false, ledger: "ledger-1" }),
  );
  expect(await createStore(out).find(hold)).toBeNull();
  const aside = join(out, "film", FILE.replace(".mp4", ".changed-e3b0c442.mp4"));
  expect(await deliver(createStore(out), hold)).toMatchObject({ is: "delivered", aside });
  expect(await readFile(delivery.path, "utf8")).toBe(FILM);
  expect(await readFile(aside, "utf8")).toBe("");
});
