import { createHash, randomUUID } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import {
  access,
  appendFile as appendToFile,
  link,
  mkdir,
  open,
  opendir,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { errorCode, explainError } from "./diagnostics/errors.ts";

/** Why a file could not be read or written. */
export type DiskFault =
  | { readonly fault: "missing"; readonly neighbours: readonly string[] }
  | { readonly fault: "directory" }
  | { readonly fault: "too-large"; readonly most: number }
  | { readonly fault: "denied" }
  | { readonly fault: "exists" }
  | { readonly fault: "other"; readonly why: string };

// 90,000 flat shots. A manifest is written by people; what is longer is a mistake, or never ends (/dev/zero).
const MOST_BYTES = 16 * 1024 * 1024;

/** Reads a file that a person named. */
export async function readFile(path: string): Promise<Uint8Array | DiskFault> {
  try {
    return await readStream(createReadStream(path));
  } catch (cause) {
    return await toDiskFault(cause, path);
  }
}

/** Reads what comes, under the same limit if it comes through a pipe. */
export async function readStream(
  stream: AsyncIterable<Uint8Array | string>,
  most = MOST_BYTES,
): Promise<Uint8Array | DiskFault> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > most) return { fault: "too-large", most };
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Writes a file whole or not at all: a temporary file beside it, synced, then renamed over it. */
export async function writeFile(
  path: string,
  content: string | Uint8Array,
): Promise<DiskFault | null> {
  return await writeBeside(path, content, async (temporary) => {
    await rename(temporary, path);
    return null;
  });
}

/** Writes a file as `writeFile` does, but never over something that is there: of several at once, one writes. */
export async function writeNewFile(path: string, text: string): Promise<DiskFault | null> {
  return await writeBeside(path, text, async (temporary) =>
    (await linkUnlessTaken(temporary, path)) ? null : { fault: "exists" },
  );
}

/** Writes a temporary file beside a path, which `name` gives that name. */
async function writeBeside(
  path: string,
  content: string | Uint8Array,
  name: (temporary: string) => Promise<DiskFault | null>,
): Promise<DiskFault | null> {
  const unfinished = prefixUnfinished(path);
  const temporary = join(dirname(path), `${unfinished}${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    const fault = await name(temporary);
    await removeUnfinished(dirname(path), unfinished, STALE_MS);
    return fault;
  } catch (cause) {
    return await toDiskFault(cause, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Adds to the end of a file, which is made if it is missing. */
export async function appendFile(path: string, text: string): Promise<DiskFault | null> {
  try {
    await appendToFile(path, text);
    return null;
  } catch (cause) {
    return await toDiskFault(cause, path);
  }
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

export type Received =
  | { readonly is: "received"; readonly bytes: number; readonly sha256: string }
  | { readonly is: "cut"; readonly why: string }
  | { readonly is: "taken" }
  | { readonly is: "unwritable"; readonly why: string };

/**
 * Writes what comes, as it comes: a temporary file beside it, synced, then linked to its name, which fails if that is
 * taken. The same bytes in its place are as good. `length` in bytes, if the sender stated it.
 */
export async function receiveFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
  length: number | null,
): Promise<Received> {
  const unfinished = prefixUnfinished(path);
  const temporary = join(dirname(path), `${unfinished}${randomUUID()}.tmp`);
  const sent = chunks[Symbol.asyncIterator]();
  try {
    const file = await open(temporary, "wx");
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for (;;) {
        const next = await sent.next().catch((cause: unknown) => ({ cut: explainError(cause) }));
        if ("cut" in next) return { is: "cut", why: next.cut };
        if (next.done === true) break;
        hash.update(next.value);
        await file.writeFile(next.value);
        bytes += next.value.length;
        tell(bytes);
      }
      if (length !== null && bytes !== length) {
        return { is: "cut", why: `${bytes} bytes of ${length} came` };
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = hash.digest("hex");
    if (!(await linkUnlessTaken(temporary, path)) && (await hashFile(path)) !== sha256) {
      return { is: "taken" };
    }
    await removeUnfinished(dirname(path), unfinished, 0);
    await syncFolder(dirname(path));
    return { is: "received", bytes, sha256 };
  } catch (cause) {
    return { is: "unwritable", why: explainError(cause) };
  } finally {
    // Ends the sender: a download that nobody reads would stay open.
    await Promise.resolve(sent.return?.()).catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

/** Returns how the names of temporary files for a path begin. Long names may begin alike, so there is a mark. */
function prefixUnfinished(path: string): string {
  const mark = createHash("sha256").update(basename(path)).digest("hex").slice(0, 8);
  return `.${basename(path).slice(0, 60)}.${mark}.`;
}

// Milliseconds. No process takes longer from making a small file to giving it its name.
const STALE_MS = 10_000;

/** Removes what a killed process left half written, if it is older. A process that still downloads finds the whole file. */
async function removeUnfinished(
  folder: string,
  unfinished: string,
  olderThan: number,
): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const left = names.filter((name) => name.startsWith(unfinished) && name.endsWith(".tmp"));
  for (const name of left) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs >= olderThan) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Makes a folder if it is missing. Returns a reason if no files can be made in it. */
export async function makeWritableFolder(path: string, mode = 0o777): Promise<string | null> {
  try {
    await mkdir(path, { recursive: true, mode });
    await access(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (cause) {
    return explainError(cause);
  }
}

/** Gives a file its name. Returns false if that is taken. Some file systems have no links: only there can two race. */
async function linkUnlessTaken(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (cause) {
    if (errorCode(cause) === "EEXIST") return false;
    if (await exists(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

/** Returns the SHA-256 (hex) of a file, which is read in pieces; null if there is no file to read. */
export async function hashFile(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return hash.digest("hex");
  } catch {
    return null;
  }
}

/** Returns how long a file is and when it was last written; null if there is no file. */
export async function readFileStamp(
  path: string,
): Promise<{ readonly bytes: number; readonly writtenAt: number } | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { bytes: found.size, writtenAt: found.mtimeMs } : null;
}

/** Opens a file's bytes from one to another, that one included. */
export function openFilePart(path: string, from: number, to: number): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path, { start: from, end: to }));
}

/** Gives a file another name, never over something that has it. Returns a reason if it cannot. */
export async function renameFile(path: string, to: string): Promise<string | null> {
  try {
    if (!(await exists(to))) await rename(path, to);
    else if ((await hashFile(path)) === (await hashFile(to))) await rm(path);
    else return `${to} is there already and is something else`;
    return null;
  } catch (cause) {
    return explainError(cause);
  }
}

/** A rename or a link is durable when its folder is; not every system can sync one. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY).catch(() => null);
  if (folder === null) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}

/** Makes a folder inside another. Returns a reason if it would be elsewhere (a link in its place) or cannot be made. */
export async function makeFolder(inside: string, name: string): Promise<string | null> {
  const path = join(inside, name);
  try {
    await mkdir(path, { recursive: true });
    const real = await realpath(path);
    // On a disk to which case means nothing, the folder may have been there under another spelling.
    const meant = join(await realpath(inside), name);
    if (real.toLowerCase() === meant.toLowerCase()) return null;
    return `${path} leads to ${real}`;
  } catch (cause) {
    return explainError(cause);
  }
}

/** Returns the text of a regular file of at most so many bytes; null for anything else, which is not waited for. */
export async function readSmallText(path: string, most: number): Promise<string | null> {
  // Without O_NONBLOCK a pipe would keep its reader waiting.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > most) return null;
    const bytes = await readStream(file.createReadStream({ autoClose: false }), most);
    return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** Lists the names in a folder, as they come; none if it cannot be read. */
export async function* listNames(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch {
    // A folder that cannot be read has no names to list.
  }
}

/** Finds a name in a folder or the nearest one above it; null if there is none. */
export async function findNearestAbove(folder: string, name: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, name);
    if (await exists(path)) return path;
    if (at.endsWith(sep) || dirname(at) === at) return null;
  }
}

/** Returns a path without links in it; what of it is not there yet stays as it is named. */
export async function resolveRealPath(path: string): Promise<string> {
  const whole = resolve(path);
  // Not the resolved path: after a link, `..` leads to where the link leads.
  const real = await realpath(path).catch(() => null);
  if (real !== null || dirname(whole) === whole) return real ?? whole;
  return join(await resolveRealPath(dirname(path)), basename(whole));
}

/** A file that lines are added to; each is whole when it is there. */
export interface LineFile {
  add(line: string): Promise<DiskFault | null>;
  close(): Promise<void>;
}

export async function openLineFile(path: string): Promise<LineFile | DiskFault> {
  try {
    const file = await open(path, "a");
    return {
      add: async (line) => {
        try {
          await file.appendFile(`${line}\n`);
          return null;
        } catch (cause) {
          return await toDiskFault(cause, path);
        }
      },
      close: async () => await file.close(),
    };
  } catch (cause) {
    return await toDiskFault(cause, path);
  }
}

async function toDiskFault(cause: unknown, path: string): Promise<DiskFault> {
  switch (errorCode(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return { fault: "missing", neighbours: await listNeighbours(path) };
    case "EISDIR":
      return { fault: "directory" };
    case "EACCES":
    case "EPERM":
      return { fault: "denied" };
    default:
      return { fault: "other", why: explainError(cause) };
  }
}

async function listNeighbours(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  return names.map((name) => join(dirname(path), name));
}
