import { createHash, randomUUID } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import {
  access,
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
const CHUNK = 64 * 1024;

export async function readFile(path: string): Promise<Uint8Array | DiskFault> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      return (await file.stat()).isDirectory()
        ? { fault: "directory" }
        : await readAll(file, MOST_BYTES);
    } finally {
      await file.close();
    }
  } catch (cause) {
    return await faultOf(cause, path);
  }
}

/** The same limit for what comes through a pipe. */
export async function readStream(
  stream: AsyncIterable<Uint8Array | string>,
): Promise<Uint8Array | DiskFault> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MOST_BYTES) return { fault: "too-large", most: MOST_BYTES };
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Whole or not at all: a temporary file beside it, synced, then renamed over it. */
export async function writeFile(
  path: string,
  content: string | Uint8Array,
): Promise<DiskFault | null> {
  return await written(path, content, async (temporary) => {
    await rename(temporary, path);
    return null;
  });
}

/** As `writeFile`, but never over something that is there: of several at once, one writes. */
export async function writeNewFile(path: string, text: string): Promise<DiskFault | null> {
  return await written(path, text, async (temporary) =>
    (await placed(temporary, path)) ? null : { fault: "exists" },
  );
}

async function written(
  path: string,
  content: string | Uint8Array,
  name: (temporary: string) => Promise<DiskFault | null>,
): Promise<DiskFault | null> {
  const unfinished = unfinishedName(path);
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
    await sweep(dirname(path), unfinished, STALE_MS);
    return fault;
  } catch (cause) {
    return await faultOf(cause, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Adds to the end of a file, which is made where it is missing. */
export async function appendFile(path: string, text: string): Promise<DiskFault | null> {
  try {
    const file = await open(path, "a");
    try {
      await file.appendFile(text);
    } finally {
      await file.close();
    }
    return null;
  } catch (cause) {
    return await faultOf(cause, path);
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
 * Writes what comes, as it comes: a temporary file beside it, synced, then linked to its name, which fails where
 * that is taken. The same bytes in its place are as good. `length` in bytes, where the sender stated it.
 */
export async function receiveFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
  length: number | null,
): Promise<Received> {
  const unfinished = unfinishedName(path);
  const temporary = join(dirname(path), `${unfinished}${randomUUID()}.tmp`);
  const sent = chunks[Symbol.asyncIterator]();
  try {
    const file = await open(temporary, "wx");
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for (;;) {
        const next = await sent.next().catch((cause: unknown) => ({ cut: whyOf(cause) }));
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
    if (!(await placed(temporary, path)) && (await sha256Of(path)) !== sha256) {
      return { is: "taken" };
    }
    await sweep(dirname(path), unfinished, 0);
    await syncFolder(dirname(path));
    return { is: "received", bytes, sha256 };
  } catch (cause) {
    return { is: "unwritable", why: whyOf(cause) };
  } finally {
    // Whoever sends may stop: a download that nobody reads would stay open.
    await Promise.resolve(sent.return?.()).catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

/** How the names of temporary files for a path begin. Long names may begin alike, so there is a mark. */
function unfinishedName(path: string): string {
  const mark = createHash("sha256").update(basename(path)).digest("hex").slice(0, 8);
  return `.${basename(path).slice(0, 60)}.${mark}.`;
}

// Nobody is longer than this between making a small file and giving it its name.
const STALE_MS = 10_000;

/** Takes away what a killed process had half of, once it is older than that. One that still downloads finds the whole file. */
async function sweep(folder: string, unfinished: string, olderThan: number): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const left = names.filter((name) => name.startsWith(unfinished) && name.endsWith(".tmp"));
  for (const name of left) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs >= olderThan) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Whether files can be made in a folder, which is made if it is not there; a reason where not. */
export async function writableFolder(path: string, mode = 0o777): Promise<string | null> {
  try {
    await mkdir(path, { recursive: true, mode });
    await access(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (cause) {
    return whyOf(cause);
  }
}

/** Gives a file its name unless that is taken; some file systems have no links, and only there two may race. */
async function placed(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (cause) {
    if (exitCodeFor(cause) === "EEXIST") return false;
    if (await exists(path)) return false;
    await rename(temporary, path);
    return true;
  }
}

/** SHA-256 (hex) of a file, read in pieces; null where there is no file to read. */
export async function sha256Of(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY).catch(() => null);
  if (file === null) return null;
  try {
    const hash = createHash("sha256");
    for await (const chunk of file.createReadStream()) hash.update(chunk);
    return hash.digest("hex");
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** How long a file is and when it was last written; null where there is no file. */
export async function fileStamp(
  path: string,
): Promise<{ readonly bytes: number; readonly writtenAt: number } | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { bytes: found.size, writtenAt: found.mtimeMs } : null;
}

/** A file's bytes from one to another, that one included. */
export function filePart(path: string, from: number, to: number): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path, { start: from, end: to }));
}

/** Gives a file another name, over nothing that has it already; a reason where it cannot. */
export async function renameFile(path: string, to: string): Promise<string | null> {
  try {
    if (!(await exists(to))) await rename(path, to);
    else if ((await sha256Of(path)) === (await sha256Of(to))) await rm(path);
    else return `${to} is there already and is something else`;
    return null;
  } catch (cause) {
    return whyOf(cause);
  }
}

/** A rename or a link is durable when its folder is; not every system can sync one. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY).catch(() => null);
  if (folder === null) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}

/** Makes a folder inside another; a reason where it would be elsewhere (a link in its place) or cannot be made. */
export async function makeFolder(inside: string, name: string): Promise<string | null> {
  const path = join(inside, name);
  try {
    await mkdir(path, { recursive: true });
    const real = await realpath(path);
    // Where case does not count, the folder may have been there under another spelling.
    const meant = join(await realpath(inside), name);
    if (real.toLowerCase() === meant.toLowerCase()) return null;
    return `${path} leads to ${real}`;
  } catch (cause) {
    return whyOf(cause);
  }
}

/** The text of a regular file of at most so many bytes; null for whatever else may be there, which is not waited for. */
export async function smallText(path: string, most: number): Promise<string | null> {
  // Without O_NONBLOCK a pipe would keep its reader waiting.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > most) return null;
    const bytes = await readAll(file, most);
    return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** The names in a folder, as they come; none if it cannot be read. */
export async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch {
    // What cannot be read has nothing to tell.
  }
}

/** The nearest of these names at a folder or above it; null where there is none. */
export async function nearestAbove(folder: string, name: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, name);
    if (await exists(path)) return path;
    if (at.endsWith(sep) || dirname(at) === at) return null;
  }
}

/** A path without links in it; what of it is not there yet stays as it is named. */
export async function realPath(path: string): Promise<string> {
  const whole = resolve(path);
  // Not of the resolved path: after a link, `..` leads to where the link leads.
  const real = await realpath(path).catch(() => null);
  if (real !== null || dirname(whole) === whole) return real ?? whole;
  return join(await realPath(dirname(path)), basename(whole));
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
          return await faultOf(cause, path);
        }
      },
      close: async () => await file.close(),
    };
  } catch (cause) {
    return await faultOf(cause, path);
  }
}

async function readAll(
  file: Awaited<ReturnType<typeof open>>,
  most: number,
): Promise<Uint8Array | DiskFault> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    length += bytesRead;
    if (length > most) return { fault: "too-large", most };
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

async function faultOf(cause: unknown, path: string): Promise<DiskFault> {
  switch (exitCodeFor(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return { fault: "missing", neighbours: await neighboursOf(path) };
    case "EISDIR":
      return { fault: "directory" };
    case "EACCES":
    case "EPERM":
      return { fault: "denied" };
    default:
      return { fault: "other", why: whyOf(cause) };
  }
}

function exitCodeFor(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}

async function neighboursOf(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  return names.map((name) => join(dirname(path), name));
}
