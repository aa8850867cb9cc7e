import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

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
      return (await file.stat()).isDirectory() ? { fault: "directory" } : await readAll(file);
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
export async function writeFile(path: string, text: string): Promise<DiskFault | null> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return null;
  } catch (cause) {
    await rm(temporary, { force: true });
    return await faultOf(cause, path);
  }
}

/** As `writeFile`, but never over something that is there. */
export async function writeNewFile(path: string, text: string): Promise<DiskFault | null> {
  if (await exists(path)) return { fault: "exists" };
  return await writeFile(path, text);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function readAll(file: Awaited<ReturnType<typeof open>>): Promise<Uint8Array | DiskFault> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    length += bytesRead;
    if (length > MOST_BYTES) return { fault: "too-large", most: MOST_BYTES };
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

async function faultOf(cause: unknown, path: string): Promise<DiskFault> {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { fault: "missing", neighbours: await neighboursOf(path) };
    case "EISDIR":
      return { fault: "directory" };
    case "EACCES":
    case "EPERM":
      return { fault: "denied" };
    default:
      return { fault: "other", why: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function neighboursOf(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  return names.map((name) => join(dirname(path), name));
}
