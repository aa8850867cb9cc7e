import { join } from "node:path";
import type { Hold } from "../ledger/hold.ts";
import { isSidecarOf } from "./sidecar.ts";
import { videoPath } from "./video-path.ts";

/** What has to be known of files that are there. */
export interface Looks {
  /** A small file's text; null where there is none to read. */
  read(path: string): Promise<string | null>;
  /** SHA-256 (hex) of a file; null where there is none to read. */
  sum(path: string): Promise<string | null>;
}

/** Where a video may go, and where what stands there is kept first; null where nothing has to give way. */
export interface Place {
  readonly path: string;
  readonly aside: string | null;
}

/**
 * Where a line's video is looked for, the first place first: two purchases of the same can have one name, when a shot
 * was put before its twin. A duplicate leaves the line's name to the other hold.
 */
export function namesOf(out: string, hold: Hold): readonly [string, ...string[]] {
  const { folder, file } = videoPath(hold);
  const own = join(out, folder, file.replace(/\.mp4$/, `-${hold.id.slice(0, 8)}.mp4`));
  return hold.duplicate ? [own] : [join(out, folder, file), own];
}

/**
 * Where a line's video can go, the best place first. One that was delivered before and is no longer what it was
 * gives its place to what it was, and is kept: someone may have meant it. So does an empty one, which an older version
 * took for a delivery.
 */
export async function placesFor(files: Looks, out: string, hold: Hold): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const path of namesOf(out, hold)) {
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
