import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import * as z from "zod";
import { bash, folder, manifest, topsheet } from "./rig/run-program.ts";

// Pipes that close, disks that are full, terminals and their colours.

const ESCAPE = "\u001b";
const many = { "a.yaml": manifest({ cap: 100_000, takes: 10_000 }) };

test("writes 10,000 lines through a pipe", async () => {
  const cwd = await folder(many);
  const told = await bash("topsheet plan a.yaml --format json | cat", { cwd });
  expect(told).toMatchObject({ code: 0, err: "" });
  const { lines } = z
    .object({ lines: z.array(z.object({ key: z.string() })) })
    .parse(JSON.parse(told.out));
  expect(lines.length).toBe(10_000);
  expect(lines.at(-1)?.key).toBe("a~t10000");
});

test("ends silently if a pipe is closed early", async () => {
  const cwd = await folder(many);
  const told = await bash("topsheet plan a.yaml --format csv | head -1", { cwd });
  expect(told.err).toBe("");
  expect(told.out.split("\n")).toHaveLength(2);
});

test("writes -o even if a pipe is closed early", async () => {
  const cwd = await folder(many);
  await bash("topsheet plan a.yaml --format csv -o all.json | head -1", { cwd });
  const { lines } = z
    .object({ lines: z.array(z.unknown()) })
    .parse(JSON.parse(await readFile(join(cwd, "all.json"), "utf8")));
  expect(lines.length).toBe(10_000);
});

test("exits with 1 and a sentence if the disk under standard output is full", async () => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await bash("topsheet plan a.yaml > /dev/full", { cwd });
  expect(told.code).toBe(1);
  expect(told.err).toMatch(/no space left|ENOSPC/i);
  expect(told.err).not.toMatch(/^\s+at |node:internal/m);
});

test("exits with 1 and a sentence if the disk under -o is full, and leaves no partial file", async () => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await bash("ulimit -f 0; topsheet plan a.yaml -o a.csv", { cwd });
  expect(told.code).toBe(1);
  expect(told.err).toMatch(/error: a\.csv could not be written/);
  expect(told.err).not.toMatch(/^\s+at /m);
  expect(await readdir(cwd)).toEqual(["a.yaml"]);
});

const WRONG = { "a.yaml": manifest({ cap: 0.5 }) };

test("prints no colour off a terminal, but does with FORCE_COLOR, on both streams", async () => {
  const cwd = await folder(WRONG);
  const plain = await topsheet(["plan", "a.yaml"], { cwd });
  expect(plain.code).toBe(3);
  expect(plain.out + plain.err).not.toContain(ESCAPE);
  const forced = await topsheet(["plan", "a.yaml"], { cwd, env: { FORCE_COLOR: "1" } });
  expect(forced.out).toContain(ESCAPE);
  expect(forced.err).toContain(ESCAPE);
  expect(stripVTControlCharacters(forced.out)).toBe(plain.out);
  expect(stripVTControlCharacters(forced.err)).toBe(plain.err);
});

test.for([
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, [], true],
  [{ FORCE_COLOR: "0" }, [], false],
  [{ FORCE_COLOR: "1" }, ["--no-color"], false],
  [{ NO_COLOR: "1" }, [], false],
] as const)("%j and %j: colour is %s", async ([env, options, colour]) => {
  const cwd = await folder(WRONG);
  const told = await topsheet([...options, "plan", "a.yaml"], { cwd, env });
  expect((told.out + told.err).includes(ESCAPE)).toBe(colour);
  expect(told.code).toBe(3);
});

test("takes --no-color after the command too", async () => {
  const cwd = await folder(WRONG);
  const told = await topsheet(["plan", "a.yaml", "--no-color"], { cwd, env: { FORCE_COLOR: "1" } });
  expect(told.code).toBe(3);
  expect(told.out + told.err).not.toContain(ESCAPE);
});

test.for([
  ["", true],
  ["NO_COLOR=1", false],
  ["NO_COLOR=", true],
  ["TERM=dumb", false],
] as const)("on a real terminal with [%s] colour is %s", async ([env, colour]) => {
  const cwd = await folder(WRONG);
  const command = `TERM=xterm ${env} "$NODE" "$CLI" plan a.yaml`;
  const told = await bash(`script -qec '${command}' /dev/null`, { cwd });
  expect(told.code).toBe(3);
  expect(told.out.includes(ESCAPE)).toBe(colour);
});

test("prints no line wider than COLUMNS off a terminal", async () => {
  const cwd = await folder({ "a.yaml": manifest({ takes: 3 }) });
  const widest = async (columns: string): Promise<number> => {
    const { out } = await topsheet(["plan", "a.yaml"], { cwd, env: { COLUMNS: columns } });
    return Math.max(...out.split("\n").map((line) => line.length));
  };
  expect(await widest("48")).toBeLessThanOrEqual(48);
  expect(await widest("200")).toBeGreaterThan(48);
  expect(await widest("0")).toBe(await widest("no number"));
});
