import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SERVER_PROCESS = fileURLToPath(new URL("server-process.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface PostgresServer {
  /** The URL of its maintenance database, for a superuser. */
  readonly url: string;
  /** Stops it; every client is told. */
  readonly stop: () => Promise<void>;
  /** Ends it without a word, as a crash does. */
  readonly crash: () => Promise<void>;
  /** Starts it again on the same port with the same data. */
  readonly start: () => Promise<void>;
  /** Stops it and removes its data. */
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
    // Ctrl-C ends the tests, which then stop the server.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => serverProcess.on("close", () => resolve()));
  const lines = createInterface({ input: serverProcess.stdout })[Symbol.asyncIterator]();
  const readLine = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error("PostgreSQL did not start: see above");
    return line.value;
  };
  const send = (word: string) => async () => {
    serverProcess.stdin.write(`${word}\n`);
    await readLine();
  };
  return {
    url: await readLine(),
    stop: send("stop"),
    crash: send("crash"),
    start: send("start"),
    remove: async () => {
      serverProcess.stdin.end();
      await ended;
    },
  };
}
