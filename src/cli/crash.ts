import { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { toPrintable } from "../diagnostics/printable.ts";
import type { Shell } from "./shell.ts";

/** Describes a bug of ours with what is needed to fix it, and nothing of the manifest's text. Frames name our own files. */
export async function describeCrash(
  cause: unknown,
  args: readonly string[],
  read: Shell["read"],
): Promise<string> {
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const lines = await Promise.all(stack.split("\n").map((line) => mapToSource(line, read)));
  return [
    `topsheet: this is a bug of topsheet, not of your manifest. ${describeSpending(args)}`,
    "Please report it with these lines and the manifest, if you can share it:",
    "",
    `  topsheet ${args.map(toPrintable).join(" ")} (Node ${process.version})`,
    ...lines.map((line) => `  ${toPrintable(line)}`),
    "",
  ].join("\n");
}

/** Only a run spends, and what it bought is in the ledger, whatever happened afterwards. */
function describeSpending([command]: readonly string[]): string {
  return command === "run"
    ? "What was bought is in the ledger: `topsheet status` shows it, running again takes it up."
    : "Nothing was spent.";
}

const FRAME = /((?:file:\/\/)?[^\s():]+):(\d+):(\d+)/;

/** Replaces a place in the bundle by the place in our sources, if its source map is beside it. */
async function mapToSource(line: string, read: Shell["read"]): Promise<string> {
  const [whole, file = "", row, column] = FRAME.exec(line) ?? [];
  if (whole === undefined) return line;
  const path = file.replace(/^file:\/\//, "");
  const map = await read(`${path}.map`);
  if (!(map instanceof Uint8Array)) return line;
  try {
    const entry = new SourceMap(JSON.parse(new TextDecoder().decode(map))).findEntry(
      Number(row) - 1,
      Number(column) - 1,
    );
    if (!("originalSource" in entry)) return line;
    const source = join(dirname(path), entry.originalSource);
    return line.replace(whole, `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
  } catch {
    // An unreadable map must not hide the crash.
    return line;
  }
}
