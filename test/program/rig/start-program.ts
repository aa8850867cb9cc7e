import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cleanup } from "./cleanup.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The program as it is published; a soak may have one of its own. */
export const programPath = (): string =>
  process.env["TOPSHEET_CLI"] ?? join(ROOT, "dist/bin/cli.cjs");

export interface EndedProgram {
  readonly code: number | null;
  /** The signal that killed it, if one did. */
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that is running. */
export interface RunningProgram {
  readonly pid: number;
  readonly told: { readonly out: string; readonly err: string };
  readonly ended: Promise<EndedProgram>;
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

/** Starts a program with nothing of our environment but PATH. */
function begin(
  cleanup: Cleanup,
  program: string,
  args: readonly string[],
  { cwd, env = {} }: Around,
): RunningProgram {
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: tmpdir(),
      XDG_STATE_HOME: cleanup.state,
      NODE: process.execPath,
      CLI: programPath(),
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
  const ended = new Promise<EndedProgram>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      living.delete(child);
      resolve({ code, signal, ...told });
    });
  });
  cleanup.atEnd(async () => {
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
export function startTopsheet(
  cleanup: Cleanup,
  args: readonly string[],
  around: Around,
): RunningProgram {
  return begin(cleanup, process.execPath, [programPath(), ...args], around);
}

export async function runTopsheet(
  cleanup: Cleanup,
  args: readonly string[],
  around: Around,
): Promise<EndedProgram> {
  return await startTopsheet(cleanup, args, around).ended;
}

/** Some other program, to its end. */
export async function runOther(
  cleanup: Cleanup,
  program: string,
  args: readonly string[],
  around: Around,
): Promise<EndedProgram> {
  return await begin(cleanup, program, args, around).ended;
}

/** A line as a person pastes it into a plain shell that knows `topsheet`. */
export async function runPasted(
  cleanup: Cleanup,
  line: string,
  around: Around,
): Promise<EndedProgram> {
  const script = `topsheet() { "$NODE" "$CLI" "$@"; }\n${line}\n`;
  return await begin(cleanup, "sh", ["-c", script], around).ended;
}

/** A shell's line on a terminal of its own; whoever is there can type. */
export function startOnTerminal(cleanup: Cleanup, line: string, around: Around): RunningProgram {
  const env = { TERM: "xterm", ...around.env };
  return begin(cleanup, "script", ["-qec", line, "/dev/null"], { cwd: around.cwd, env });
}
