import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { receiveFile } from "../../../src/disk.ts";
import { listFiles, makeTemporaryFolder } from "../../delivery/deliver.ts";

interface Sender extends AsyncIterable<Uint8Array> {
  /** Whether it was told to stop. */
  readonly released: () => boolean;
  readonly asked: () => number;
}

/** Sends these pieces, then an error if one is given. */
function sender(pieces: readonly (Uint8Array | string)[], breaks: Error | null = null): Sender {
  let released = false;
  let asked = 0;
  return {
    released: () => released,
    asked: () => asked,
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const piece = pieces[asked];
        asked += 1;
        if (piece !== undefined) return { done: false, value: Buffer.from(piece) };
        if (breaks !== null) throw breaks;
        return { done: true, value: undefined };
      },
      return: async () => {
        released = true;
        return { done: true, value: undefined };
      },
    }),
  };
}

function works(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

// Mounting a disk needs the rights of an administrator, as in a container.
const MOUNTS =
  process.getuid?.() === 0 && works("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt");

const silent = (): void => undefined;
const sha256 = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

test("receives a file in pieces, and returns its size and its hash", async () => {
  const folder = await makeTemporaryFolder();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 12 }),
      fc.uuid(),
      async (pieces, name) => {
        const all = Buffer.concat(pieces);
        const heard: number[] = [];
        const path = join(folder, name);
        const received = await receiveFile(path, sender(pieces), (n) => heard.push(n), all.length);
        expect(received).toEqual({ is: "received", bytes: all.length, sha256: sha256(all) });
        expect(await readFile(path)).toEqual(all);
        expect(heard).toHaveLength(pieces.length);
        expect(heard.at(-1) ?? 0).toBe(all.length);
        expect(heard).toEqual(heard.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 40 },
  );
  expect((await listFiles(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

describe("has no file in its place until it is whole", () => {
  test.for<readonly [name: string, from: () => Sender, length: number | null, why: RegExp]>([
    ["a sender that breaks off", () => sender(["ab"], new Error("terminated")), null, /terminated/],
    ["one that never begins", () => sender([], new Error("reset")), null, /reset/],
    ["fewer bytes than it said", () => sender(["ab"]), 3, /2 bytes of 3 came/],
    ["more bytes than it said", () => sender(["ab", "cd"]), 3, /4 bytes of 3 came/],
    ["none, of some", () => sender([]), 1, /0 bytes of 1 came/],
  ])("%s", async ([, from, length, why]) => {
    const folder = await makeTemporaryFolder();
    const received = await receiveFile(join(folder, "a.mp4"), from(), silent, length);
    expect(received).toEqual({ is: "cut", why: expect.stringMatching(why) });
    expect(await listFiles(folder)).toEqual([]);
  });

  test("has only a hidden file while it receives", async () => {
    const folder = await makeTemporaryFolder();
    const seen: (readonly string[])[] = [];
    const looking = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("ab");
      seen.push(await listFiles(folder));
      yield Buffer.from("cd");
    })();
    await receiveFile(join(folder, "a.mp4"), looking, silent, 4);
    expect(seen).toEqual([[expect.stringMatching(/^\.a\.mp4\..+\.tmp$/)]]);
    expect(await listFiles(folder)).toEqual(["a.mp4"]);
  });
});

describe("a file that is there already", () => {
  test("counts if it is the same", async () => {
    const path = join(await makeTemporaryFolder(), "a");
    await writeFile(path, "abcd");
    const before = await stat(path);
    expect(await receiveFile(path, sender(["ab", "cd"]), silent, null)).toMatchObject({
      is: "received",
      sha256: sha256("abcd"),
    });
    expect((await stat(path)).ino).toBe(before.ino);
  });

  test("is never overwritten", async () => {
    const folder = await makeTemporaryFolder();
    const other = join(folder, "other");
    await writeFile(other, "other");
    await mkdir(join(folder, "folder"));
    await writeFile(join(folder, "file"), "mine");
    await writeFile(join(folder, "empty"), "");
    await symlink(other, join(folder, "link"));
    await symlink(join(folder, "nothing"), join(folder, "dangling"));
    for (const name of ["folder", "file", "empty", "link", "dangling"]) {
      const received = await receiveFile(join(folder, name), sender(["new"]), silent, null);
      expect([name, received.is]).toEqual([name, "taken"]);
    }
    expect(await readFile(other, "utf8")).toBe("other");
    expect(await readFile(join(folder, "file"), "utf8")).toBe("mine");
    expect(await listFiles(folder)).toEqual(["dangling", "empty", "file", "link", "other"]);
  });

  test("is one of many that are received at once", async () => {
    const folder = await makeTemporaryFolder();
    const path = join(folder, "a");
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        receiveFile(path, sender([`number ${index}`]), silent, null),
      ),
    );
    expect(all.filter(({ is }) => is === "received")).toHaveLength(1);
    expect(all.filter(({ is }) => is === "taken")).toHaveLength(9);
    expect(await listFiles(folder)).toEqual(["a"]);
  });
});

describe("reports what cannot be written, and leaves nothing of it", () => {
  test("a missing folder", async () => {
    const folder = await makeTemporaryFolder();
    const received = await receiveFile(join(folder, "none", "a"), sender(["ab"]), silent, null);
    expect(received).toEqual({ is: "unwritable", why: expect.stringContaining("ENOENT") });
  });

  test("a name that is too long", async () => {
    const folder = await makeTemporaryFolder();
    const path = join(folder, "x".repeat(300));
    expect(await receiveFile(path, sender(["ab"]), silent, null)).toMatchObject({
      is: "unwritable",
    });
    expect(await listFiles(folder)).toEqual([]);
  });

  test("a folder that disappears before the file is whole", async () => {
    const folder = join(await makeTemporaryFolder(), "inside");
    await mkdir(folder);
    const going = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("ab");
      await rm(folder, { recursive: true });
      yield Buffer.from("cd");
    })();
    expect(await receiveFile(join(folder, "a"), going, silent, 4)).toMatchObject({
      is: "unwritable",
    });
  });

  test.skipIf(!MOUNTS)("(p) a full disk (skipped if none may be mounted)", async () => {
    const disk = await mkdtemp(join(tmpdir(), "topsheet-full-"));
    expect(works("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk)).toBe(true);
    onTestFinished(async () => {
      works("umount", disk);
      await rm(disk, { recursive: true });
    });
    const piece = Buffer.alloc(64 * 1_024, 7);
    const large = sender(Array.from({ length: 40 }, () => piece));
    const received = await receiveFile(join(disk, "a"), large, silent, null);
    expect(received).toEqual({ is: "unwritable", why: expect.stringContaining("ENOSPC") });
    expect(large.asked()).toBeLessThan(10);
    expect(await listFiles(disk)).toEqual([]);
    expect(await receiveFile(join(disk, "a"), sender([piece]), silent, null)).toMatchObject({
      is: "received",
    });
  });

  // Otherwise the connection of a download would stay open, unread, as long as the run lasts.
  test.for([
    ["where it cannot begin", join("none", "a")],
    ["in its middle", "too-large"],
  ] as const)("stops the sender, %s", async ([, name]) => {
    const folder = await makeTemporaryFolder();
    const pieces = sender(["ab", "cd", "ef"]);
    const failing = (): void => {
      if (name === "too-large") throw new Error("as if the disk were full");
    };
    expect(await receiveFile(join(folder, name), pieces, failing, null)).toMatchObject({
      is: "unwritable",
    });
    expect(pieces.released()).toBe(true);
  });
});

test("removes what a killed process left half written, and nothing else", async () => {
  const folder = await makeTemporaryFolder();
  const long = "x".repeat(90);
  const left = (await halves(folder, [`${long}1.mp4`, `${long}2.mp4`])).toSorted();
  const path = join(folder, `${long}1.mp4`);
  expect(await receiveFile(path, sender(["whole"]), silent, 5)).toMatchObject({ is: "received" });
  expect(await listFiles(folder)).toHaveLength(left.length);
  expect((await listFiles(folder)).filter((name) => name.endsWith(".tmp"))).toHaveLength(1);
});

/** Writes what killed downloads have of their files. */
async function halves(folder: string, names: readonly string[]): Promise<readonly string[]> {
  for (const name of names) {
    const forever = sender([], null);
    const stuck = { ...forever, [Symbol.asyncIterator]: () => ({ next: async () => await never }) };
    void receiveFile(join(folder, name), stuck, silent, null);
  }
  await expect.poll(async () => await listFiles(folder)).toHaveLength(names.length);
  return await listFiles(folder);
}

const never = new Promise<IteratorResult<Uint8Array>>(() => undefined);
