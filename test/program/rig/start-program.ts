import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Yard } from "./cleanup.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The program as it is published; a soak may have one of its own. */
const cli = (): string => process.env["TOPSHEET_CLI"] ?? join(ROOT, "dist/bin/cli.cjs");

export interface Ended {
  readonly code: number | null;
  /** What killed it, where something did. */
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that goes on. */
export interface Going {
  readonly pid: number;
  readonly told: { readonly out: string; readonly err: string };
  readonly ended: Promise<Ended>;
  readonly over: () => boolean;
  kill(signal: NodeJS.Signals): void;
  /** To its standard input. */
  type(text: string): void;
}

const living = new Set<ChildProcess>();
// Also when the tests themselves are ended in the middle.
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Starts a program with nothing of our environment but where programs are. */
function begin(
  yard: Yard,
  program: string,
  args: readonly string[],
  { cwd, env = {} }: Around,
): Going {
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: tmpdir(),
      XDG_STATE_HOME: yard.state,
      NODE: process.execPath,
      CLI: cli(),
      ...env,
    },
  });
  living.add(child);
  // A program that does not read its input closes it: no failure of the proof's.
  child.stdin.on("error", () => undefined);
  const told = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (told.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told.err += text));
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      living.delete(child);
      resolve({ code, signal, ...told });
    });
  });
  yard.atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    told,
    ended,
    over: () => over,
    kill: (signal) => void child.kill(signal),
    type: (text) => void child.stdin.write(text),
  };
}

/** `topsheet …` as a process of its own. */
export function beginTopsheet(yard: Yard, args: readonly string[], around: Around): Going {
  return begin(yard, process.execPath, [cli(), ...args], around);
}

export async function topsheet(
  yard: Yard,
  args: readonly string[],
  around: Around,
): Promise<Ended> {
  return await beginTopsheet(yard, args, around).ended;
}

/** Some other program, to its end. */
export async function other(
  yard: Yard,
  program: string,
  args: readonly string[],
  around: Around,
): Promise<Ended> {
  return await begin(yard, program, args, around).ended;
}

/** A line as a person pastes it into a plain shell that knows `topsheet`. */
export async function pasted(yard: Yard, line: string, around: Around): Promise<Ended> {
  const script = `topsheet() { "$NODE" "$CLI" "$@"; }\n${line}\n`;
  return await begin(yard, "sh", ["-c", script], around).ended;
}

/** A shell's line on a terminal of its own; whoever is there can type. */
export function beginOnTerminal(yard: Yard, line: string, around: Around): Going {
  const env = { TERM: "xterm", ...around.env };
  return begin(yard, "script", ["-qec", line, "/dev/null"], { cwd: around.cwd, env });
}
