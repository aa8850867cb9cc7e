import type { Hold } from "../ledger/hold.ts";

/** The disk, for reading what was delivered. */
export interface VideoFiles {
  stamp(path: string): Promise<{ readonly bytes: number; readonly writtenAt: number } | null>;
  /** SHA-256 (hex); null where there is no file to read. */
  sum(path: string): Promise<string | null>;
  /** From one byte to another, that one included. */
  part(path: string, from: number, to: number): ReadableStream<Uint8Array>;
}

/** Videos by their hold, never by a path: what was delivered, to the byte, and no other file of this machine. */
export class Videos {
  readonly #files: VideoFiles;
  readonly #known = new Map<string, number>();

  constructor(files: VideoFiles) {
    this.#files = files;
  }

  /** Null where this machine does not have what was delivered. */
  async answer({ id, delivery }: Hold, range: string | undefined): Promise<Response | null> {
    if (delivery === null) return null;
    const { path, bytes, sha256 } = delivery;
    const stamp = await this.#files.stamp(path);
    if (stamp === null || stamp.bytes !== bytes || bytes === 0) return null;
    // A ledger that is shared is written by others: a path in it may lead anywhere.
    if (this.#known.get(id) !== stamp.writtenAt) {
      if ((await this.#files.sum(path)) !== sha256) return null;
      this.#known.set(id, stamp.writtenAt);
    }
    const headers = { "accept-ranges": "bytes", "content-type": "video/mp4" };
    const part = rangeOf(range, bytes);
    if (part === "beyond") {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${bytes}` } });
    }
    const { from, to } = part ?? { from: 0, to: bytes - 1 };
    return new Response(this.#files.part(path, from, to), {
      status: part === null ? 200 : 206,
      headers: {
        ...headers,
        "content-length": String(to - from + 1),
        ...(part === null ? {} : { "content-range": `bytes ${from}-${to}/${bytes}` }),
      },
    });
  }
}

/** The bytes that a player asks for; null for all, also where it asks for several parts. */
function rangeOf(
  header: string | undefined,
  bytes: number,
): { readonly from: number; readonly to: number } | "beyond" | null {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    return last === "0" ? "beyond" : { from: Math.max(0, bytes - Number(last)), to: bytes - 1 };
  }
  const from = Number(first);
  const to = last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (from >= bytes) return "beyond";
  return to < from ? null : { from, to };
}
