import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Clock, Delivered, LocalVideos, Store, Fetch } from "../run/ports.ts";
import { openVideo } from "./download.ts";
import { compareWithOrder, readVideoFacts } from "./video-facts.ts";
import { isSidecar, isSidecarOf, writeSidecarText, videoPath } from "./video-path.ts";

/*
 * Brings videos to the output folder. A video is downloaded (download.ts), checked against what was promised, put at its
 * path (video-path.ts), compared with its order (video-facts.ts), and gets a sidecar that says what it is.
 */

/** The disk under a store, which disk.ts implements. */
export interface Files {
  /** Returns a small file's text, null if there is none to read. */
  read(path: string): Promise<string | null>;
  /** Returns a file's SHA-256 (hex), null if there is none to read. */
  sum(path: string): Promise<string | null>;
  /** Makes a folder for a campaign under the output folder. Returns a reason if it leads elsewhere or cannot be made. */
  folder(out: string, name: string): Promise<string | null>;
  /** Writes what comes, whole or not at all, and syncs it. Never overwrites something else. */
  receive(
    path: string,
    chunks: AsyncIterable<Uint8Array>,
    tell: (bytes: number) => void,
    length: number | null,
  ): Promise<Received>;
  /** Writes a small file, over an older one only if that is ours. Returns a reason if it cannot be written. */
  write(path: string, text: string, isOurs: (there: string) => boolean): Promise<string | null>;
  /** Renames a file. Returns a reason if it cannot have that name. */
  rename(path: string, to: string): Promise<string | null>;
}

type Received =
  | { readonly is: "received"; readonly bytes: number; readonly sha256: string }
  /** The sender stopped, or sent another number of bytes than it said. */
  | { readonly is: "cut"; readonly why: string }
  | { readonly is: "taken" }
  | { readonly is: "unwritable"; readonly why: string };

export interface StoreAccess {
  /** The output folder, as the person named it. */
  readonly out: string;
  readonly fetch: Fetch;
  readonly files: Files;
  readonly clock: Clock;
  /** Whether it is a rehearsal, in which nothing is bought: each sidecar says it. */
  readonly rehearsal: boolean;
  /** The id of the ledger that has the holds: each sidecar says it. */
  readonly ledger: string;
}

// Milliseconds before the second, third and fourth try: a download costs nothing.
const AGAIN_MS = [1_000, 5_000, 20_000];

/** Stores videos in a folder for each campaign, each with a sidecar that says what it is and what it cost. */
export function videoStore(access: StoreAccess): Store & LocalVideos {
  return {
    deliver: async (hold, url, tell, leave) => await deliver(access, hold, url, tell, leave),
    find: async (hold) => await findDelivered(access, hold),
  };
}

async function findDelivered(access: StoreAccess, hold: Hold): Promise<string | null> {
  const { out, files } = access;
  const { delivery } = hold;
  if (delivery === null) return null;
  for (const path of videoPaths(out, hold)) {
    if ((await files.sum(path)) !== delivery.sha256) continue;
    const there = (await files.read(`${path}.json`)) !== null;
    // A delivery without its sidecar is not complete.
    return there || (await writeSidecar(access, hold, { ...delivery, path })) === null
      ? path
      : null;
  }
  return null;
}

async function deliver(
  access: StoreAccess,
  hold: Hold,
  url: string,
  tell: (bytes: number) => void,
  leave: AbortSignal,
): Promise<Delivered> {
  const { out, files } = access;
  const barred = await files.folder(out, videoPath(hold).folder);
  if (barred !== null) return { is: "undelivered", trouble: "disk", why: barred };
  let received: Downloaded = placeTaken(videoPaths(out, hold)[0]);
  for (const place of await findPlaces(files, out, hold)) {
    const { size, delivery: wanted } = hold;
    received = await download(access, { url, place, size, wanted }, tell, leave);
    if (received.is === "received") return await describeDelivery(access, hold, place, received);
    if (received.trouble !== "taken") return received;
  }
  return received;
}

async function describeDelivery(
  access: StoreAccess,
  hold: Hold,
  { path, aside }: Place,
  { bytes, sha256 }: { readonly bytes: number; readonly sha256: string },
): Promise<Delivered> {
  const facts = await readVideoFacts(path);
  const warnings = [...compareWithOrder(hold, facts)];
  if (hold.size !== null && hold.size !== bytes) {
    warnings.push(`${bytes} bytes, the vendor said ${hold.size}`);
  }
  const delivery = {
    path,
    sha256,
    bytes,
    seconds: facts?.seconds ?? null,
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    audio: facts?.audio ?? null,
    warnings,
  };
  const unwritten = await writeSidecar(access, hold, delivery);
  if (unwritten !== null) return { is: "undelivered", trouble: "disk", why: unwritten };
  return { is: "delivered", delivery, ...(aside === null ? {} : { aside }) };
}

/** Writes the sidecar. Returns a reason if it cannot be written. */
async function writeSidecar(
  { files, rehearsal, ledger }: StoreAccess,
  hold: Hold,
  delivery: Delivery,
): Promise<string | null> {
  const text = writeSidecarText(hold, delivery, { ledger, rehearsal });
  return await files.write(`${delivery.path}.json`, text, isSidecar);
}

type Undelivered = Extract<Delivered, { readonly is: "undelivered" }>;
type Downloaded =
  | { readonly is: "received"; readonly bytes: number; readonly sha256: string }
  | Undelivered;

interface DownloadRequest {
  readonly url: string;
  readonly place: Place;
  /** In bytes, if the vendor stated it. */
  readonly size: number | null;
  /** What was delivered before; null if any video is welcome. */
  readonly wanted: Delivery | null;
}

async function download(
  { fetch, files, clock }: StoreAccess,
  { url, place, size, wanted }: DownloadRequest,
  tell: (bytes: number) => void,
  leave: AbortSignal,
): Promise<Downloaded> {
  const { path, aside } = place;
  // Called only when what takes its place is there, whole and right.
  const giveWay = async (): Promise<string | null> =>
    aside === null ? null : await files.rename(path, aside);
  for (let attempt = 0; ; attempt += 1) {
    const last = (): boolean => attempt >= AGAIN_MS.length || leave.aborted;
    const opened = await openVideo(fetch, url, leave);
    if (opened.is === "not-opened") {
      const { trouble, why, again } = opened;
      if (!again || last()) return { is: "undelivered", trouble, why };
    } else {
      const { chunks, length } = opened;
      const sent = checkChunks(chunks, { length, size, wanted }, giveWay);
      const received = await files.receive(path, sent.chunks, tell, length);
      const refusal = sent.refusal();
      if (refusal !== null) return refusal;
      switch (received.is) {
        case "received":
          return received;
        case "unwritable":
          return { is: "undelivered", trouble: "disk", why: received.why };
        case "taken":
          return placeTaken(path);
        case "cut":
          if (last()) return { is: "undelivered", trouble: "unreachable", why: received.why };
      }
    }
    await clock.sleep(AGAIN_MS[attempt] ?? 0, leave);
  }
}

function placeTaken(path: string): Undelivered {
  const why = `${path} is there already and is something else`;
  return { is: "undelivered", trouble: "taken", why };
}

/** Where a video may go. A file that is there is moved aside first; `aside` is null if nothing has to move. */
interface Place {
  readonly path: string;
  readonly aside: string | null;
}

/**
 * Returns where to look for a line's video, the best place first: two purchases of the same can have one name, after a
 * shot was put before its twin. A duplicate leaves the line's name to the other hold.
 */
export function videoPaths(out: string, hold: Hold): readonly [string, ...string[]] {
  const { folder, file } = videoPath(hold);
  const own = join(out, folder, file.replace(/\.mp4$/, `-${hold.id.slice(0, 8)}.mp4`));
  return hold.duplicate ? [own] : [join(out, folder, file), own];
}

/**
 * Finds where a line's video can go, the best place first. A delivered file that was changed gives its place to the
 * original and is kept, for someone may have meant the change. So does an empty one, which an older version took for a
 * delivery.
 */
async function findPlaces(files: Files, out: string, hold: Hold): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const path of videoPaths(out, hold)) {
    const sum = await files.sum(path);
    const wanted = hold.delivery === null && sum !== EMPTY ? sum : hold.delivery?.sha256;
    if (sum === null || sum === wanted) places.push({ path, aside: null });
    else if (isSidecarOf((await files.read(`${path}.json`)) ?? "", hold)) {
      const aside = path.replace(/\.mp4$/, `.changed-${sum.slice(0, 8)}.mp4`);
      places.push({ path, aside });
    }
  }
  return places;
}

// The SHA-256 of no bytes.
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Bytes that end with an error if they are too few, or not those that were delivered before. */
interface CheckedChunks {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Returns why they were refused; null if they were not. */
  readonly refusal: () => Undelivered | null;
}

interface ExpectedBytes {
  /** In bytes, if the sender stated it for this answer. */
  readonly length: number | null;
  /** In bytes, if the vendor stated it with the result. */
  readonly size: number | null;
  /** What was delivered before; null if any video is welcome. */
  readonly wanted: Pick<Delivery, "sha256" | "bytes"> | null;
}

/** `whenRight` runs when all of them are known to be right. It returns a reason if they must be refused all the same. */
function checkChunks(
  sent: AsyncIterable<Uint8Array>,
  { length, size, wanted }: ExpectedBytes,
  whenRight: () => Promise<string | null>,
): CheckedChunks {
  let refusal: Undelivered | null = null;
  const refuse = (trouble: Undelivered["trouble"], why: string): Error => {
    refusal = { is: "undelivered", trouble, why };
    return new Error(why);
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of sent) {
      hash.update(chunk);
      bytes += chunk.length;
      // A download without an end would fill the disk.
      if (wanted !== null && bytes > wanted.bytes) throw refuse("different", DIFFERENT);
      yield chunk;
    }
    // A download that was cut may come whole the next time. No video is empty, whatever was promised.
    const stated = length ?? wanted?.bytes ?? 0;
    if (bytes < stated) throw new Error(`${bytes} bytes of ${stated} came`);
    if (bytes === 0) throw new Error("an empty file came");
    // For a video that was delivered before, its own length decides.
    if (wanted === null && size !== null && bytes < size) {
      throw new Error(`${bytes} bytes came, the vendor said ${size}`);
    }
    if (wanted !== null && hash.digest("hex") !== wanted.sha256) {
      throw refuse("different", DIFFERENT);
    }
    const barred = await whenRight();
    if (barred !== null) throw refuse("disk", barred);
  }
  return { chunks: chunks(), refusal: () => refusal };
}

const DIFFERENT = "its address has something else now than what was delivered";
