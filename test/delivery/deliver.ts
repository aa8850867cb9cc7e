import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { STORE_FILES } from "../../src/cli/store-files.ts";
import { type StoreAccess, videoStore } from "../../src/delivery/video-store.ts";
import { applyStep, type Hold, createHold } from "../../src/ledger/hold.ts";
import type { Clock, Delivered, LocalVideos, Store } from "../../src/run/ports.ts";
import { makeVideo, type VideoKind } from "../../src/simulator/video.ts";
import { order, usd } from "../run/rig/orders.ts";

/** A clock that does not wait, but records for how long it was asked to. */
export function createRecordingClock(): Clock & { readonly slept: readonly number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => 0,
    moment: () => ({ steady: 0, wall: 0 }),
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

export async function makeTemporaryFolder(): Promise<string> {
  const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = await mkdtemp(join(base, "topsheet-delivery-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

export function createStore(out: string, changes: Partial<StoreAccess> = {}): Store & LocalVideos {
  const clock = createRecordingClock();
  return videoStore({
    out,
    fetch,
    files: STORE_FILES,
    clock,
    rehearsal: false,
    ledger: "ledger-1",
    ...changes,
  });
}

const never = new AbortController().signal;

export async function deliver(
  to: Store,
  hold: Hold,
  { leave = never }: { readonly leave?: AbortSignal } = {},
): Promise<Delivered> {
  return await to.deliver(hold, hold.videoUrl ?? "", () => undefined, leave);
}

/** A hold that is paid, whose video is at that address. */
export function makeSettledHold(videoUrl: string, changes: Partial<Hold> = {}): Hold {
  const at = Date.UTC(2026, 10, 21, 9);
  const request = { id: "request-1", statusUrl: null, responseUrl: null, cancelUrl: null };
  const hold = applyStep(
    {
      ...createHold("hold-1", "run-1", order("a"), at),
      state: "submitted",
      submittedAt: at,
      request,
    },
    {
      kind: "settled",
      videoUrl,
      size: null,
      billableUnits: "4.0",
      excess: usd(0.112),
      headers: {},
    },
    at + 60_000,
  );
  if (hold === null) throw new Error("not to be settled");
  return { ...hold, ...changes };
}

/** As ordered: 5 s, wide, no sound. */
export async function makeFilm(changes: Partial<VideoKind> = {}): Promise<Buffer> {
  return await makeVideo({ seconds: 5, ratio: "16:9", size: "HD", audio: false, ...changes });
}

/** Lists every file under a folder, by its path from there. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
