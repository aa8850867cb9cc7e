import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { topsheet } from "../rig/in-process.ts";

/** Names every command, those of a group too. */
async function listCommands(...group: string[]): Promise<readonly string[][]> {
  const { out } = await topsheet([...group, "--help"]);
  const names = [...out.matchAll(/^ {2}([a-z]+)\b(?=(?: [[<]|  ).*)/gm)].map(
    ([, name = ""]) => name,
  );
  const commands = names.filter((name) => name !== "help").map((name) => [...group, name]);
  const below = group.length > 0 ? [] : GROUPS.map(async (name) => await listCommands(name));
  return [...commands, ...(await Promise.all(below)).flat()];
}

const GROUPS = ["schedule", "ledger"];

const COMMANDS = await listCommands();

test("lists every command, those of schedule and ledger too", () => {
  expect(COMMANDS.length).toBeGreaterThan(15);
  expect(COMMANDS).toContainEqual(["schedule", "print"]);
  expect(COMMANDS).toContainEqual(["ledger", "verify"]);
});

describe.each(COMMANDS.map((names) => names.join(" ")))("topsheet %s", (command) => {
  test("names its own help if an option is wrong", async () => {
    const { code, out, err } = await topsheet([...command.split(" "), "--no-such-option"]);
    expect(code).toBe(EXIT.wrong);
    expect(out).toBe("");
    // One that is missing comes before one that is unknown.
    expect(err).toMatch(/^error: (?:unknown option '--no-such-option'|required option .*)\n/);
    expect(err.split("\n").slice(1)).toEqual([`topsheet ${command} --help lists the options`, ""]);
  });
});

test("names the help of the program if a command is wrong", async () => {
  const { code, err } = await topsheet(["plann", "shots.yaml"]);
  expect(code).toBe(EXIT.wrong);
  expect(err).toBe(
    "error: unknown command 'plann'\n(Did you mean plan?)\ntopsheet --help lists the commands\n",
  );
});

test("shows the commands in four groups, and no other heading", async () => {
  const { out } = await topsheet(["--help"]);
  expect(out.match(/^\S.*:$/gm)).toEqual([
    "Examples:",
    "Options:",
    "Start:",
    "Buy:",
    "Sign:",
    "More:",
  ]);
});

test("refuses a command that stands in no group, for it would be in no help", async () => {
  const wing = { commands: [{ name: "moon", declare: (parent: Command) => parent }] };
  await expect(topsheet(["--help"], { wings: [wing] })).rejects.toThrow(
    "GROUPS does not have moon",
  );
});

test("shows no empty list as the default of an option", async () => {
  const { out } = await topsheet(["plan", "--help"]);
  expect(out).toContain("(repeatable)");
  expect(out).not.toContain("[]");
});
