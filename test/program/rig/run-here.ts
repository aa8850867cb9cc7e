import { tmpdir } from "node:os";
import { PassThrough, Readable } from "node:stream";
import pLimit from "p-limit";
import { main } from "../../../src/cli/program.ts";
import { processShell } from "../../../src/cli/wiring.ts";
import type { Cleanup } from "./cleanup.ts";
import { type Around, type EndedProgram, programPath, ROOT } from "./start-program.ts";

// A command in the process of the tests takes a tenth of the time that a process of its own takes to start. It sees its
// own folder, environment and streams, so one runs at a time.

const oneAtATime = pLimit(1);

/** Runs `topsheet …` off a terminal, with nothing of our environment but PATH, as `runTopsheet` does. */
export async function runHere(
  cleanup: Cleanup,
  args: readonly string[],
  { cwd, env = {} }: Around,
): Promise<EndedProgram> {
  return await oneAtATime(async () => {
    const told = { out: "", err: "" };
    const restore = replaceProcess({
      argv: [process.execPath, programPath(), ...args],
      env: {
        PATH: process.env["PATH"],
        HOME: tmpdir(),
        XDG_STATE_HOME: cleanup.state,
        ...env,
      },
      stdin: Readable.from([]),
      stdout: collect((text) => (told.out += text)),
      stderr: collect((text) => (told.err += text)),
    });
    process.chdir(cwd);
    try {
      const code = await main(args, processShell());
      return { code, signal: null, ...told };
    } finally {
      process.chdir(ROOT);
      restore();
    }
  });
}

function collect(add: (text: string) => void): PassThrough {
  const stream = new PassThrough();
  stream.setEncoding("utf8").on("data", add);
  return stream;
}

/** Puts these in place of what the process has; returns how to put back what it had. */
function replaceProcess(own: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(own).map((name) => ({
    name,
    property: Object.getOwnPropertyDescriptor(process, name),
  }));
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(process, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const { name, property } of before) {
      if (property !== undefined) Object.defineProperty(process, name, property);
    }
  };
}
