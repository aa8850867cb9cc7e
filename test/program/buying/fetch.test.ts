import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { readEntries, readHolds } from "../rig/read-ledger.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { startOnTerminal, type EndedProgram, runTopsheet } from "../rig/start-program.ts";
import { type BoughtLine, createBoughtLedger } from "./bought-ledger.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { portOf } from "../rig/recording-proxy.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { type Cleanup, cleanUpAfter } from "../rig/cleanup.ts";

// What was made for one machine comes to another, and comes back where it was lost.

const FETCH = ["fetch", "--ledger", "ledger.sqlite"];

/** Marks of fingerprints and checksums made alike. */
function alike({ code, out, err }: EndedProgram) {
  const plain = (text: string): readonly string[] =>
    text
      .replaceAll(/\.[0-9a-f]{8}(?=[.-])/g, ".MARK")
      .replaceAll(/-[0-9a-f]{8}(?=\.mp4)/g, "-MARK")
      .split("\n")
      .map((line) => line.replaceAll(/ {2,}/g, "  "));
  return { code, out: plain(out), err: plain(err).toSorted() };
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder);
  const texts = names.map(async (name) => {
    return [name, await readFile(join(folder, name), "latin1")] as const;
  });
  return new Map(await Promise.all(texts));
}

test.concurrent("fetches what another machine was delivered, and what this one has lost", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(4)));
  expect((await stage.run({ options: ["--out", "a"] })).code).toBe(0);
  const before = await readEntries(stage.ledger);
  const downloads = async (): Promise<number> => {
    const { requests } = await stage.simulator.requests();
    const files = requests.filter(({ kind }) => kind === "file");
    expect(files.filter(({ authorization }) => authorization)).toEqual([]);
    return files.length;
  };
  expect(await downloads()).toBe(4);
  // With a key that would be refused nowhere, were it sent.
  const env = { FAL_KEY: "someone:secret" };
  const told = alike(await stage.topsheet([...FETCH, "--out", "b"], env));
  const rows = ["s01", "s02", "s03", "s04"];
  expect(told).toEqual({
    code: 0,
    out: [
      "proof · fetch · REHEARSAL, nothing was bought",
      "",
      "Line  State  Video",
      ...rows.map((shot) => `${shot}~t1  fetched  b/proof/${shot}~t1.MARK.mp4`),
      "",
      "4 of 4 videos here, 4 fetched now.",
      "",
    ],
    err: ["", ...rows.map((shot) => `${shot}~t1 is in b/proof/${shot}~t1.MARK.mp4`)],
  });
  const [a, b] = [join(stage.cwd, "a/proof"), join(stage.cwd, "b/proof")];
  const delivered = await filesIn(a);
  expect(delivered.size).toBe(8);
  expect(await filesIn(b)).toEqual(
    new Map([...delivered].map(([name, text]) => [name, text.replaceAll('"a/', '"b/')])),
  );
  expect(await downloads()).toBe(8);

  // Now one is deleted, one damaged, one is someone's own, and one has lost only its sidecar.
  const [lost = "", damaged = "", own = "", bare = ""] = [...delivered.keys()].filter((name) =>
    name.endsWith(".mp4"),
  );
  await rm(join(b, lost));
  await truncate(join(b, damaged), 1_000);
  await writeFile(join(b, own), "the director's cut");
  await rm(join(b, `${own}.json`));
  await rm(join(b, `${bare}.json`));
  expect(alike(await stage.topsheet([...FETCH, "PROOF", "--out", "b"]))).toEqual({
    code: 0,
    out: [
      "proof · fetch · REHEARSAL, nothing was bought",
      "",
      "Line  State  Video",
      "s01~t1  fetched  b/proof/s01~t1.MARK.mp4",
      "s02~t1  fetched  b/proof/s02~t1.MARK.mp4; the changed file there is kept as b/proof/s02~t1.MARK.changed-MARK.mp4",
      "s03~t1  fetched  b/proof/s03~t1.MARK-MARK.mp4",
      "s04~t1  here already  b/proof/s04~t1.MARK.mp4",
      "",
      "4 of 4 videos here, 3 fetched now.",
      "",
    ],
    err: [
      "",
      "s01~t1 is in b/proof/s01~t1.MARK.mp4",
      "s02~t1 is in b/proof/s02~t1.MARK.mp4; the changed file there is kept as b/proof/s02~t1.MARK.changed-MARK.mp4",
      "s03~t1 is in b/proof/s03~t1.MARK-MARK.mp4",
    ],
  });
  const after = await filesIn(b);
  for (const name of [lost, damaged, bare]) {
    expect(after.get(name)).toBe(delivered.get(name));
    expect(after.get(`${name}.json`)).toBe(delivered.get(`${name}.json`));
  }
  expect(after.get(own)).toBe("the director's cut");
  const kept = [...after.keys()].filter((name) => name.includes(".changed-"));
  expect(kept.map((name) => after.get(name)?.length)).toEqual([1_000]);
  expect(after.size).toBe(10);
  expect(await downloads()).toBe(11);
  const quiet = await stage.topsheet([...FETCH, "--out", "b", "-q"]);
  expect(quiet).toMatchObject({ code: 0, out: "", err: "" });
  expect(await filesIn(b)).toEqual(after);
  expect(await downloads()).toBe(11);
  // The ledger says what it said: to which machine it was delivered first.
  expect(await readEntries(stage.ledger)).toEqual(before);
});

test.concurrent("fetches what is paid for and was never delivered, and records it as a run does", async (context) => {
  const stage = await CampaignFolder.inProcess(cleanUpAfter(context), manifest(shots(2)));
  await mkdir(join(stage.cwd, "a"));
  await writeFile(join(stage.cwd, "a/proof"), "a file where a folder should be");
  expect((await stage.run({ options: ["--out", "a"] })).code).toBe(1);
  expect((await stage.topsheet([...FETCH, "--out", "a"])).code).toBe(1);
  expect((await stage.topsheet([...FETCH, "--out", "b", "-q"])).code).toBe(0);
  const holds = await readHolds(stage.ledger, "proof");
  expect(holds.map(({ delivery }) => delivery?.path.replace(/[0-9a-f]{8}/, "MARK"))).toEqual([
    "b/proof/s01~t1.MARK.mp4",
    "b/proof/s02~t1.MARK.mp4",
  ]);
  const before = await readEntries(stage.ledger);
  expect(await stage.run({ consent: [] })).toMatchObject({ code: 0 });
  const { counts } = await stage.simulator.requests();
  expect(counts).toMatchObject({ submit: 2, file: 2 });
  const more = (await readEntries(stage.ledger)).slice(before.length).map(({ fact }) => fact.kind);
  expect(more).toEqual(["run-started", "run-ended"]);
});

/** A server of videos: what it has at each path. It goes with its proof. */
async function serving(cleanup: Cleanup, paths: Readonly<Record<string, RequestListener>>) {
  const server = createServer((request, response) => {
    const answer = paths[request.url ?? ""];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}

const having =
  (text: string): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { "content-length": Buffer.byteLength(text) }).end(text);

test.concurrent("exits with 1 if a video is gone or differs from what was delivered, and overwrites nothing", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder();
  const url = await serving(cleanup, {
    "/longer": having("the film, and more"),
    "/other": having("the firm"),
    "/fine": having("the film"),
    "/new": having("the film"),
    "/endless": (_, response) => {
      const timer = setInterval(() => response.write("film ".repeat(1_000)), 1);
      response.on("close", () => clearInterval(timer));
    },
  });
  const lines: readonly BoughtLine[] = [
    { key: "gone~t1", url: `${url}/none`, delivered: "the film" },
    { key: "longer~t1", url: `${url}/longer`, delivered: "the film" },
    { key: "other~t1", url: `${url}/other`, delivered: "the film" },
    { key: "endless~t1", url: `${url}/endless`, delivered: "the film" },
    { key: "unsafe~t1", url: "http://example.org/film", delivered: "the film" },
    { key: "fine~t1", url: `${url}/fine`, delivered: "the film" },
    { key: "new~t1", url: `${url}/new` },
  ];
  await createBoughtLedger(join(cwd, "ledger.sqlite"), lines);
  // What stands in a place already and is not what was delivered stays there, for nothing better came.
  await mkdir(join(cwd, "out/proof"), { recursive: true });
  await writeFile(join(cwd, "out/proof", nameOf("other~t1")), "the film!");
  const told = await runTopsheet(cleanup, FETCH, { cwd });
  const theirs = (key: string): string => `; it was delivered as theirs/proof/${key}.mp4`;
  const different = "its address has something else now than what was delivered";
  const unread = "the file cannot be read as a video";
  expect(alike(told)).toEqual({
    code: 1,
    out: [
      "proof · fetch",
      "",
      "Line  State  Video",
      `gone~t1  gone  its address answered 404${theirs("gone~t1")}`,
      `longer~t1  different  ${different}${theirs("longer~t1")}`,
      `other~t1  different  ${different}${theirs("other~t1")}`,
      `endless~t1  different  ${different}${theirs("endless~t1")}`,
      `unsafe~t1  not fetched  videos are fetched over https only${theirs("unsafe~t1")}`,
      `fine~t1  fetched  out/proof/fine~t1.MARK.mp4; ${unread}`,
      `new~t1  fetched  out/proof/new~t1.MARK.mp4; ${unread}`,
      "",
      "2 of 7 videos here, 2 fetched now, 1 gone from fal.",
      "",
    ],
    err: [
      "",
      `endless~t1 is not here: ${different}`,
      `fine~t1 is in out/proof/fine~t1.MARK.mp4, but: ${unread}`,
      "gone~t1 is not here: its address answered 404",
      `longer~t1 is not here: ${different}`,
      `new~t1 is in out/proof/new~t1.MARK.mp4, but: ${unread}`,
      `other~t1 is not here: ${different}`,
      "unsafe~t1 is not here: videos are fetched over https only",
    ],
  });
  const names = ["fine~t1", "new~t1", "other~t1"].map(nameOf);
  const [fine = "", new_ = "", other = ""] = names;
  expect([...(await filesIn(join(cwd, "out/proof"))).keys()].toSorted()).toEqual(
    [fine, `${fine}.json`, new_, `${new_}.json`, other].toSorted(),
  );
  expect(await readFile(join(cwd, "out/proof", other), "utf8")).toBe("the film!");
  const document = fetchDocument.parse(
    JSON.parse((await runTopsheet(cleanup, [...FETCH, "--format", "json"], { cwd })).out),
  );
  expect(document.videos.map(({ key, state }) => `${key}: ${state}`)).toEqual([
    "gone~t1: gone",
    "longer~t1: different",
    "other~t1: different",
    "endless~t1: different",
    "unsafe~t1: unsafe",
    "fine~t1: here",
    "new~t1: here",
  ]);
  expect(document.totals).toEqual({ videos: 7, here: 2, fetched: 0, missing: 5, under_way: 0 });
});

function nameOf(key: string): string {
  return `${key}.${createHash("sha256").update(key).digest("hex").slice(0, 8)}.mp4`;
}

const fetchDocument = z.strictObject({
  schema: z.literal("topsheet/fetch@1"),
  ledger: z.object({ id: z.uuid() }),
  rehearsal: z.boolean(),
  videos: z.array(
    z.strictObject({
      campaign: z.literal("proof"),
      key: z.string(),
      hold: z.uuid(),
      url: z.url(),
      state: z.string(),
      path: z.string().nullable(),
      sha256: z.string().nullable(),
      bytes: z.int().nullable(),
      kept: z.string().nullable(),
      why: z.string().nullable(),
      warnings: z.array(z.string()),
    }),
  ),
  totals: z.record(z.string(), z.int()),
});

test.concurrent("leaves at once on Ctrl-C, and leaves no half file", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder();
  let asked = 0;
  const url = await serving(cleanup, {
    "/slow": (_, response) => {
      asked += 1;
      response.writeHead(200, { "content-length": 8 }).write("the");
    },
  });
  const keys = ["a~t1", "b~t1", "c~t1", "d~t1", "e~t1"];
  const path = join(cwd, "ledger.sqlite");
  await createBoughtLedger(
    path,
    keys.map((key) => ({ key, url: `${url}/slow` })),
  );
  const before = await readEntries(path);
  const line = `stty cols 100 rows 30; exec "$NODE" "$CLI" ${FETCH.join(" ")}`;
  const going = startOnTerminal(cleanup, line, { cwd });
  await waitUntil("four at once", () => (asked === 4 ? true : null));
  // Redrawn only where it changes, so that its lines come apart.
  await waitUntil("its picture", () =>
    ["0 of 5 videos looked at", ...keys.slice(0, 4).map((key) => `  ${key} · 0.0 MB`)].every(
      (drawn) => going.told.out.includes(drawn),
    )
      ? true
      : null,
  );
  going.type("\u0003");
  // What stands still is tried again after a minute.
  const { code, out } = await going.ended;
  expect(code).toBe(130);
  expect(out).toMatch(/a~t1 +not fetched\s/);
  expect(out).toContain("0 of 5 videos here.");
  expect(asked).toBe(4);
  expect(await readdir(join(cwd, "out/proof"))).toEqual([]);
  expect(await readEntries(path)).toEqual(before);
});

test.concurrent("finds a rehearsal's videos beside its ledger, and soon notices that its simulator is gone", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": manifest(shots(2)) });
  const rehearsal = ["run", "shots.yaml", "--rehearse", "--speed", "500"];
  expect((await runTopsheet(cleanup, rehearsal, { cwd })).code).toBe(0);
  const [folder = ""] = await readdir(join(cwd, "out"));
  const ledger = ["--ledger", join("out", folder, "ledger.sqlite")];
  const there = await runTopsheet(cleanup, ["fetch", ...ledger, "--out", join("out", folder)], {
    cwd,
  });
  expect(there).toMatchObject({ code: 0, err: "" });
  expect(there.out).toContain("proof · fetch · REHEARSAL, nothing was bought\n");
  expect(there.out).toContain("2 of 2 videos here.\n");
  const elsewhere = await runTopsheet(cleanup, ["fetch", ...ledger], { cwd });
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.out).toContain("0 of 2 videos here.\n");
});
