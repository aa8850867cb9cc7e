import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, onTestFinished } from "vitest";
import { ROOT } from "../../rig/in-process.ts";

// Bundled once for a test file: a child that compiles its own modules takes three times as long to start.
const folder = mkdtempSync(join(ROOT, "node_modules/.topsheet-child-"));
// A child may be another user.
chmodSync(folder, 0o755);
const SCRIPT = join(folder, "child-process.mjs");
buildSync({
  entryPoints: [fileURLToPath(new URL("child-process.ts", import.meta.url))],
  outfile: SCRIPT,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** What starts a child: the child's own words, or a shell around them. */
type Around = (command: readonly string[]) => readonly [string, ...string[]];

export interface Child {
  readonly pid: number;
  /** Returns the next line that it prints. */
  says(): Promise<unknown>;
  /** Lets it continue. */
  go(): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** A child process that works on a ledger. */
export function startChild(
  args: readonly string[],
  around: Around = (command) => [process.execPath, ...command],
): Child {
  const [program, ...rest] = around([SCRIPT, ...args]);
  const started = spawn(program, rest, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void started.kill("SIGKILL"));
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return {
    pid: started.pid ?? 0,
    says: async () => {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${args.join(" ")} ended without a word`);
      return JSON.parse(line.value);
    },
    go: () => void started.stdin.write("go\n"),
    ended: new Promise((resolve, reject) => {
      started.on("error", reject);
      started.on("close", (code, signal) => resolve(signal ?? code));
    }),
  };
}
