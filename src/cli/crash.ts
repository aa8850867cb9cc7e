import { printable } from "../diagnostics/printable.ts";

/** A bug of ours: what we need to mend it, and nothing of the manifest's text. */
export function crashText(cause: unknown, args: readonly string[]): string {
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return [
    "topsheet: this is a bug of topsheet, not of your manifest. Nothing was spent.",
    "Please report it with these lines and the manifest, if you can share it:",
    "",
    `  topsheet ${args.map(printable).join(" ")} (Node ${process.version})`,
    ...stack.split("\n").map((line) => `  ${printable(line)}`),
    "",
  ].join("\n");
}
