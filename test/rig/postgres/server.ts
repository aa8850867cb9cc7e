import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVER_PROCESS = fileURLToPath(new URL("server-process.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface PostgresServer {
  /** Of its maintenance database; its user may do everything. */
  readonly url: string;
  /** Every connection is told goodbye. */
  readonly stop: () => Promise<void>;
  /** As if the plug was pulled. */
  readonly crash: () => Promise<void>;
  /** On the same port, with what was there. */
  readonly start: () => Promise<void>;
  /** Stopped for good, and nothing of it left. */
  readonly remove: () => Promise<void>;
}

/**
 * Starts a PostgreSQL of one's own. It ends with this process at the latest, whatever ends that. Without `fsync` a commit
 * does not wait for the disk, which only a machine that loses its power would notice.
 */
export async function startPostgres(fsync: "on" | "off" = "on"): Promise<PostgresServer> {
  const serverProcess = spawn(process.execPath, ["--import", "tsx", SERVER_PROCESS, fsync], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
    // Ctrl-C is for the tests: the server goes when they are through with it.
    detached: true,
  });
  const gone = new Promise<void>((resolve) => serverProcess.on("close", () => resolve()));
  const said = createInterface({ input: serverProcess.stdout })[Symbol.asyncIterator]();
  const heard = async () => {
    const line = await said.next();
    if (line.done === true) throw new Error("PostgreSQL did not start: see above");
    return line.value;
  };
  const wish = (word: string) => async () => {
    serverProcess.stdin.write(`${word}\n`);
    await heard();
  };
  return {
    url: await heard(),
    stop: wish("stop"),
    crash: wish("crash"),
    start: wish("start"),
    remove: async () => {
      serverProcess.stdin.end();
      await gone;
    },
  };
}
