import { readFile, readStream, writeFile, writeNewFile } from "../disk.ts";
import type { Screen } from "../report/plan-table.ts";
import { EXIT } from "./exit-codes.ts";
import type { Shell } from "./shell.ts";

const NARROWEST = 40;

/** The real machine. The only reader of the environment. */
export function processShell(): Shell {
  return {
    out: writerTo(process.stdout),
    err: writerTo(process.stderr),
    outScreen: screenOf(process.stdout),
    errScreen: screenOf(process.stderr),
    now: () => Date.now(),
    read: async (path) => (path === "-" ? await readStream(process.stdin) : await readFile(path)),
    write: writeFile,
    writeNew: writeNewFile,
  };
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  return { width: widthOf(stream), colour: hasColour(stream) };
}

/** Off a terminal there is no width to fit, unless COLUMNS states one. */
function widthOf(stream: NodeJS.WriteStream): number {
  const columns = stream.isTTY ? stream.columns : Number(process.env["COLUMNS"]);
  return Number.isInteger(columns) && columns > 0 ? Math.max(NARROWEST, columns) : Infinity;
}

/** `--no-color`, then FORCE_COLOR, then NO_COLOR and a dumb terminal, then whether anyone is looking. */
function hasColour(stream: NodeJS.WriteStream): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = process.env;
  if (process.argv.includes("--no-color")) return false;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if ((no !== undefined && no !== "") || term === "dumb") return false;
  return stream.isTTY;
}

/**
 * `topsheet plan | head` closes the pipe early: what is left is not written, files and the exit code are as they
 * would have been. A full disk under standard output is a failure, said once.
 */
function writerTo(stream: NodeJS.WriteStream): (text: string) => void {
  let open = true;
  stream.on("error", (cause) => {
    open = false;
    if ("code" in cause && cause.code === "EPIPE") return;
    process.exitCode = EXIT.failed;
    process.on("exit", () => {
      process.exitCode = EXIT.failed;
    });
    if (stream !== process.stderr) process.stderr.write(`error: ${cause.message}\n`);
  });
  return (text) => {
    if (open && text !== "") stream.write(text);
  };
}
