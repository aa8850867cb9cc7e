import { randomUUID } from "node:crypto";
import { homedir, hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import {
  appendFile,
  exists,
  openFilePart,
  readFileStamp,
  listNames,
  findNearestAbove,
  openLineFile,
  readFile,
  readStream,
  resolveRealPath,
  hashFile,
  readSmallText,
  makeWritableFolder,
  writeFile,
  writeNewFile,
} from "../disk.ts";
import type { RunLocks, LedgerEnvironment } from "../ledger/ledger.ts";
import { networkFetch, type Proxies } from "../network.ts";
import type { Connection } from "../vendors/connection.ts";
import type { Screen } from "../report/document.ts";
import { EXIT } from "./exit-codes.ts";
import type { Buying, Ledgers, Overdrawn, RegisterFiles, Shell } from "./shell.ts";

const NARROWEST = 40;

/** The real machine. The only reader of the environment. */
export function processShell(): Shell {
  const writeOut = createWriter(process.stdout);
  return {
    out: writeOut,
    outBytes: process.stdout.isTTY ? null : writeOut,
    err: createWriter(process.stderr),
    outScreen: describeScreen(process.stdout),
    errScreen: describeScreen(process.stderr),
    now: () => Date.now(),
    read: async (path) => (path === "-" ? await readStream(process.stdin) : await readFile(path)),
    write: writeFile,
    writeNew: writeNewFile,
    exists,
    append: appendFile,
    stepSummary: readVariable("GITHUB_STEP_SUMMARY"),
    here: process.cwd(),
    program: async () => ({
      node: process.execPath,
      script: await resolveRealPath(process.argv[1] ?? ""),
    }),
    ledgers: makeLedgers(),
    register: makeRegister(),
    buying: makeBuying,
  };
}

function makeLedgers(): Ledgers {
  return {
    named: readVariable("TOPSHEET_LEDGER"),
    nearest: async (folder) => await findNearestAbove(folder, join(".topsheet", "ledger.sqlite")),
    real: resolveRealPath,
    exists: async (path) => {
      if (!(await isPostgres(path))) return await exists(path);
      const { existsInPostgres } = await import("../ledger/sql/postgres.ts");
      return await existsInPostgres(path);
    },
    open: async (path, use, now) => {
      if (await isPostgres(path)) {
        const { openPostgres } = await import("../ledger/sql/postgres.ts");
        return await openPostgres(path, use, await makeEnvironment(path, now, null));
      }
      const { openSqlite } = await import("../ledger/sql/sqlite.ts");
      const { createRunLocks } = await import("../ledger/run-lock.ts");
      return await openSqlite(path, use, await makeEnvironment(path, now, createRunLocks(path)));
    },
    create: async (path, purpose, now) => {
      if (await isPostgres(path)) {
        const { createPostgres } = await import("../ledger/sql/postgres.ts");
        return await createPostgres(path, purpose, await makeEnvironment(path, now, null));
      }
      const { createSqlite } = await import("../ledger/sql/sqlite.ts");
      const { createRunLocks } = await import("../ledger/run-lock.ts");
      return await createSqlite(
        path,
        purpose,
        await makeEnvironment(path, now, createRunLocks(path)),
      );
    },
    blank: async () => {
      const { openBlankLedger } = await import("../ledger/sql/sqlite.ts");
      return await openBlankLedger(await makeEnvironment("", undefined, null));
    },
  };
}

/** `locks`: null where no lock proves anything. */
async function makeEnvironment(
  path: string,
  now: (() => number) | undefined,
  locks: RunLocks | null,
): Promise<LedgerEnvironment> {
  const { NO_LOCKS } = await import("../ledger/ledger.ts");
  const { formatLedgerName } = await import("./ledgers.ts");
  return {
    // A rehearsal has a time of its own; everyone else shares the ledger's.
    now: now ?? null,
    newId: randomUUID,
    owner: nameProcess(),
    locks: locks ?? NO_LOCKS,
    onMigrated: () => {
      const what = "was created by an older topsheet and has been migrated: older versions cannot";
      process.stderr.write(`${formatLedgerName(path)} ${what} open it any more.\n`);
    },
  };
}

function makeRegister(): RegisterFiles {
  const state = findStateFolder();
  if (state === null) return { read: async () => null, write: async () => "unwritten" };
  const folder = join(state, "campaigns");
  return {
    read: async (name, most) => await readSmallText(join(folder, name), most),
    write: async (name, text, how) => {
      if ((await makeWritableFolder(folder, 0o700)) !== null) return "unwritten";
      const put = how === "new" ? writeNewFile : writeFile;
      const fault = await put(join(folder, name), text);
      if (fault === null) return "written";
      return fault.fault === "exists" ? "taken" : "unwritten";
    },
  };
}

/** Where programs remember what they have done for this user; null if the machine names no such place. */
function findStateFolder(): string | null {
  const named = readVariable("XDG_STATE_HOME");
  if (named !== null && isAbsolute(named)) return join(named, "topsheet");
  const local = readVariable("LOCALAPPDATA");
  if (process.platform === "win32" && local !== null) return join(local, "topsheet");
  const usual =
    process.platform === "darwin" ? ["Library", "Application Support"] : [".local", "state"];
  try {
    // A service may have no HOME: then the system knows.
    const home = homedir();
    return isAbsolute(home) ? join(home, ...usual, "topsheet") : null;
  } catch {
    return null;
  }
}

/** Loaded when a ledger is asked for: `--help` asks for none. */
async function isPostgres(name: string): Promise<boolean> {
  const url = await import("../ledger/postgres-url.ts");
  return url.isPostgres(name);
}

async function makeBuying(): Promise<Buying> {
  const { STORE_FILES } = await import("./store-files.ts");
  const { readConnections, VENDORS } = await import("../vendors/vendors.ts");
  const reached = await readConnections(VENDORS, readVariable);
  const problem = findEnvironmentProblem([...reached.values()]);
  return {
    problem,
    connections: reached,
    fetch: await networkFetch(problem === null ? readProxies() : null),
    files: STORE_FILES,
    videoFiles: { stamp: readFileStamp, sum: hashFile, part: openFilePart },
    writable: async (folder) => await makeWritableFolder(folder),
    names: listNames,
    smallText: readSmallText,
    openLines: openLineFile,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    overdrawn: openOverdrawn,
    ask: askOnTerminal,
    onSignal: (listener) => {
      process.on("SIGINT", listener);
      process.on("SIGTERM", listener);
      // A terminal that is closed.
      const hangUp = (): void => listener("SIGTERM");
      process.on("SIGHUP", hangUp);
      return () => {
        process.off("SIGHUP", hangUp);
        process.off("SIGINT", listener);
        process.off("SIGTERM", listener);
      };
    },
    abandon: (code) => process.exit(code),
    random: Math.random,
  };
}

/** A variable that is set to something. */
function readVariable(name: string): string | null {
  const value = process.env[name]?.trim() ?? "";
  return value === "" ? null : value;
}

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** The proxies that the environment states; null if it states none. */
function readProxies(): Proxies | null {
  const http = readVariable("http_proxy") ?? readVariable("HTTP_PROXY");
  const https = readVariable("https_proxy") ?? readVariable("HTTPS_PROXY");
  if (http === null && https === null) return null;
  const direct = readVariable("no_proxy") ?? readVariable("NO_PROXY");
  // A simulator on this machine is not to be had through anyone else.
  const none = [...(direct === null ? [] : [direct]), "127.0.0.1", "localhost", "::1"];
  return { http, https, none };
}

/** What could not be sent with: found before a line is held for it. Never says what a secret is. */
function findEnvironmentProblem(connections: readonly Connection[]): string | null {
  for (const { problem } of connections) if (problem !== null) return problem;
  for (const name of PROXIES) {
    const value = readVariable(name);
    if (value === null) continue;
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return `${name} is not an address: it has to start with http:// or https://`;
    }
  }
  return null;
}

async function openOverdrawn(stream: "out" | "err"): Promise<Overdrawn | null> {
  const terminal = stream === "out" ? process.stdout : process.stderr;
  if (!terminal.isTTY || process.env["TERM"] === "dumb") return null;
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(terminal, { showCursor: true });
  return { rows: () => terminal.rows, show: update, clear: () => update.clear() };
}

async function askOnTerminal(question: string): ReturnType<Buying["ask"]> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
    terminal.on("SIGINT", () => terminal.close());
    const answer = await Promise.race([terminal.question(question), closed]);
    if (answer === null) return "interrupted";
    return /^y(es)?$/i.test(answer.trim()) ? "yes" : "no";
  } finally {
    terminal.close();
  }
}

function describeScreen(stream: NodeJS.WriteStream): Screen {
  return { width: readWidth(stream), colour: hasColour(stream) };
}

/** Off a terminal there is no width to fit, unless COLUMNS states one. */
function readWidth(stream: NodeJS.WriteStream): number {
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
function createWriter(stream: NodeJS.WriteStream): (data: string | Uint8Array) => void {
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
  return (data) => {
    if (open && data.length > 0) stream.write(data);
  };
}

/** Names this process for people. */
function nameProcess(): string {
  return JSON.stringify([hostname(), process.pid]);
}

/** A process as a person knows it: what its machine is called, and its number there. */
export function parseProcessName(name: string): { readonly machine: string; readonly pid: string } {
  const [where, pid] = readName(name);
  if (where === null || pid === null) return { machine: name, pid: "" };
  // Older versions wrote the boot and the namespace behind the machine's name.
  return { machine: where.split(" ", 1).join(""), pid: String(pid) };
}

function readName(name: string): readonly [string | null, number | null] {
  try {
    const read: unknown = JSON.parse(name);
    const [where, pid]: unknown[] = Array.isArray(read) ? read : [];
    return [typeof where === "string" ? where : null, typeof pid === "number" ? pid : null];
  } catch {
    return [null, null];
  }
}
