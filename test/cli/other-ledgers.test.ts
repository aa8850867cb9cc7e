import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeRegister, readRegister } from "../../src/cli/buying/campaign-register.ts";
import { findSidecar } from "../../src/cli/buying/other-ledgers.ts";
import type { RegisterFiles } from "../../src/cli/shell.ts";
import { NOW } from "../rig/in-process.ts";

/** A register in memory, which makes one file once. */
function inMemory(files: Map<string, string>): RegisterFiles {
  return {
    read: async (name) => files.get(name) ?? null,
    write: async (name, text, how) => {
      if (how === "new" && files.has(name)) return "taken";
      files.set(name, text);
      return "written";
    },
  };
}

const now = (): number => NOW;
const never = async (): Promise<boolean> => false;
const entry = { seq: 7, at: 1_000 };
const books = (id: string) => ({
  ledger: { id, lastEntry: async () => entry },
  ledgerPath: `/films/${id}.sqlite`,
});

describe("the register of campaigns", () => {
  test("enters one of two runs that find no entry, and tells the other of it", async () => {
    const shell = { register: inMemory(new Map()), now };
    const both = await Promise.all([
      writeRegister(shell, books("a"), "film", never),
      writeRegister(shell, books("b"), "Film", never),
    ]);
    const at = "2026-11-21T09:00:00Z";
    expect(both).toEqual([null, { id: "a", path: "/films/a.sqlite", at, entry }]);
    // The one that is entered goes on, and where its ledger is follows it.
    const moved = { ...books("a"), ledgerPath: "/moved/a.sqlite" };
    expect(await writeRegister(shell, moved, "FILM", never)).toBeNull();
    expect(await readRegister(shell, "film")).toEqual([
      { id: "a", path: "/moved/a.sqlite", at, entry },
    ]);
    expect(await writeRegister(shell, books("b"), "film", async ({ id }) => id === "a")).toBeNull();
    // The one before is remembered: it may have all that was paid.
    const ids = async (): Promise<readonly string[]> =>
      (await readRegister(shell, "film")).map(({ id }) => id);
    expect(await ids()).toEqual(["b", "a"]);
    expect(await writeRegister(shell, books("a"), "film", async () => true)).toBeNull();
    expect(await ids()).toEqual(["a", "b"]);
    for (let count = 0; count < 30; count += 1) {
      await writeRegister(shell, books(`more ${count}`), "film", async () => true);
    }
    expect(await ids()).toHaveLength(20);
  });

  test.for([
    "",
    "null",
    '{ "schema": "topsheet/campaign@1", "camp',
    '{ "schema": "topsheet/campaign@2", "campaign": "film", "ledgers": [{ "id": "x", "path": "", "at": "2026-11-21T09:00:00Z", "entry": { "seq": 7, "at": 1 } }] }',
    '{ "schema": "topsheet/campaign@1", "campaign": "other", "ledgers": [{ "id": "x", "path": "", "at": "2026-11-21T09:00:00Z", "entry": { "seq": 7, "at": 1 } }] }',
    '{ "schema": "topsheet/campaign@1", "campaign": "film", "ledgers": [{ "id": "", "path": "", "at": "2026-11-21T09:00:00Z", "entry": { "seq": 7, "at": 1 } }] }',
    '{ "schema": "topsheet/campaign@1", "campaign": "film", "ledgers": [{ "id": "x", "path": "", "at": "\\u001b[2J", "entry": { "seq": 7, "at": 1 } }] }',
    '{ "schema": "topsheet/campaign@1", "campaign": "film", "ledgers": {} }',
  ])("takes no notice of what is no entry, and replaces it: %s", async (text) => {
    const files = new Map([["film.json", text]]);
    const shell = { register: inMemory(files), now };
    expect(await readRegister(shell, "film")).toEqual([]);
    expect(await writeRegister(shell, books("a"), "film", never)).toBeNull();
    expect(await readRegister(shell, "film")).toMatchObject([{ id: "a" }]);
    expect(files.size).toBe(1);
  });

  test("stays silent if nothing can be written", async () => {
    const register: RegisterFiles = { read: async () => null, write: async () => "unwritten" };
    expect(await writeRegister({ register, now }, books("a"), "film", never)).toBeNull();
  });

  test.for(["../../../etc/passwd", "con", "a/b", ".", "é".repeat(300)])(
    "a campaign's file stays in the register's folder: %s",
    async (campaign) => {
      const files = new Map<string, string>();
      await writeRegister({ register: inMemory(files), now }, books("a"), campaign, never);
      const [name = ""] = files.keys();
      expect(name).toMatch(/^[A-Za-z0-9_~=,[\]@%+.-]{1,140}\.json$/);
      expect(join("register", name)).toBe(`register/${name}`);
      expect(name).not.toMatch(/^(\.|con\.)/);
    },
  );
});

const SIDECAR = `${JSON.stringify(
  { schema: "topsheet/video@1", rehearsal: false, ledger: "x", campaign: "Film", hold: "h" },
  null,
  2,
)}\n`;
const REHEARSED = SIDECAR.replace('"rehearsal": false', '"rehearsal": true');

/** A disk whose output folder has these files, without end if `more` is text. */
function disk(files: Readonly<Record<string, string>>, more: string | null = null) {
  const seen = { names: 0, texts: 0 };
  return {
    seen,
    names: async function* (folder: string): AsyncGenerator<string> {
      if (folder === "out") yield* ["other", "FILM", "film"];
      if (folder !== join("out", "FILM")) return;
      for (const name of Object.keys(files)) {
        seen.names += 1;
        yield name;
      }
      for (let count = 0; more !== null; count += 1) {
        seen.names += 1;
        yield `more-${count}.json`;
      }
    },
    smallText: async (path: string): Promise<string | null> => {
      seen.texts += 1;
      return files[path.slice("out/FILM/".length)] ?? more;
    },
  };
}

describe("files beside videos", () => {
  test("stop the search at the first purchase of the campaign, however its name is spelled", async () => {
    const files = disk({ "a.mp4": "", "a.mp4.json": REHEARSED, "b.mp4.json": SIDECAR }, SIDECAR);
    expect(await findSidecar(files, "out", "film")).toEqual({
      path: join("out", "FILM", "b.mp4.json"),
      ledger: "x",
    });
    expect(files.seen).toEqual({ names: 3, texts: 2 });
  });

  test("count if they were written before they named their ledger", async () => {
    const old = SIDECAR.replace('  "ledger": "x",\n', "");
    const found = await findSidecar(disk({ "a.mp4.json": old }), "out", "film");
    expect(found).toMatchObject({ ledger: null });
  });

  test("are passed over if they are a rehearsal's, another campaign's, no JSON or other JSON", async () => {
    const files = disk({
      "a.json": REHEARSED,
      "b.json": SIDECAR.replace('"Film"', '"Films"'),
      "c.json": SIDECAR.slice(0, -4),
      "d.json": '{\n  "schema": "topsheet/video@1",\n  "hold": 7\n}',
      "e.json": "[]",
    });
    expect(await findSidecar(files, "out", "film")).toBeNull();
    expect(files.seen.texts).toBe(5);
  });

  test("are read up to a number of files and of megabytes", async () => {
    const many = disk({}, REHEARSED);
    expect(await findSidecar(many, "out", "film")).toBeNull();
    expect(many.seen.names).toBe(5_001);
    const large = disk({}, "x".repeat(1024 * 1024));
    expect(await findSidecar(large, "out", "film")).toBeNull();
    expect(large.seen.texts).toBeLessThan(40);
  });
});
