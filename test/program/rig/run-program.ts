import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ROOT } from "../../rig/in-process.ts";

/** What the tests of this folder start: the bin as it is published. */
export const CLI = join(ROOT, "dist/bin/cli.cjs");

/** No command leaves anything in a state folder for another test. */
const STATELESS = { XDG_STATE_HOME: "/dev/null" };

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** `topsheet …` as a process of its own, with nothing of our environment but where programs are. */
export async function topsheet(args: readonly string[], around: Around = {}): Promise<Ended> {
  return await run(process.execPath, [CLI, ...args], around);
}

/** A line of bash in which `$TOPSHEET` is the program; `pipefail` is on. */
export async function bash(line: string, around: Around = {}): Promise<Ended> {
  const script = `set -o pipefail; topsheet() { "$NODE" "$CLI" "$@"; }; ${line}`;
  return await run("bash", ["-c", script], around);
}

export async function run(
  program: string,
  args: readonly string[],
  { cwd, input, env = {} }: Around = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: cwd ?? (await folder()),
    env: {
      PATH: process.env["PATH"],
      HOME: tmpdir(),
      ...STATELESS,
      NODE: process.execPath,
      CLI,
      ...env,
    },
  });
  const told = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (told.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told.err += text));
  // A program that does not read its input closes it: no failure of the test's.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, ...told };
}

/** An empty folder for one test, with these files in it. */
export async function folder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "topsheet-"));
  onTestFinished(async () => await rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

/** A manifest of one shot of 5 s on turbo, $0.70 a take. */
export function manifest({ cap = 5, takes = 1, prompt = "Rain." } = {}): string {
  return [
    "topsheet: 1",
    "campaign: whole",
    `budget: { cap: ${cap} }`,
    `shots: [{ id: a, model: kling-v3-turbo-pro, prompt: ${JSON.stringify(prompt)}, takes: ${takes} }]`,
    "",
  ].join("\n");
}
