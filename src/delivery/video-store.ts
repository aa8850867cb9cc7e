import { join } from "node:path";
import type { Hold } from "../ledger/hold.ts";
import type { Clock } from "../run/clock.ts";
import type { Delivered, Store } from "../run/store.ts";
import { type Fetch, openVideo } from "./download.ts";
import { isSidecar, sidecar } from "./sidecar.ts";
import { deliveryWarnings, videoFacts } from "./video-facts.ts";
import { videoPath } from "./video-path.ts";

/** The disk under a store; disk.ts has it. */
export interface Files {
  /** Makes a folder for a campaign under the output folder; a reason where that leads elsewhere or cannot be. */
  folder(out: string, name: string): Promise<string | null>;
  /** Writes what comes, whole or not at all, and syncs it. Never over something else that is there. */
  receive(
    path: string,
    chunks: AsyncIterable<Uint8Array>,
    tell: (bytes: number) => void,
    length: number | null,
  ): Promise<Received>;
  /** Writes a small file, in place of an older one only where that is ours; a reason where it cannot be. */
  write(path: string, text: string, isOurs: (there: string) => boolean): Promise<string | null>;
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
  /** Whether nothing of it was bought: said in each sidecar. */
  readonly rehearsal: () => Promise<boolean>;
}

// A download costs nothing and can be had again. Milliseconds before the second, third and fourth time.
const AGAIN_MS = [1_000, 5_000, 20_000];

/** Videos in a folder for each campaign, each with a sidecar that says what it is and what it cost. */
export function videoStore(access: StoreAccess): Store {
  return {
    deliver: async (hold, url, tell, leave) => await deliver(access, hold, url, tell, leave),
  };
}

async function deliver(
  access: StoreAccess,
  hold: Hold,
  url: string,
  tell: (bytes: number) => void,
  leave: AbortSignal,
): Promise<Delivered> {
  const { out, files } = access;
  const { folder, file } = videoPath(hold);
  const barred = await files.folder(out, folder);
  if (barred !== null) return { is: "undelivered", trouble: "disk", why: barred };
  // Two purchases of the same can have one name, when a shot was put before its twin.
  const names = [file, file.replace(/\.mp4$/, `-${hold.id.slice(0, 8)}.mp4`)];
  const [first = file, second = file] = names.map((name) => join(out, folder, name));
  let path = first;
  let received = await download(access, url, path, tell, leave);
  if (received.is === "undelivered" && received.trouble === "taken") {
    path = second;
    received = await download(access, url, path, tell, leave);
  }
  if (received.is !== "received") return received;
  const { bytes, sha256 } = received;
  const facts = await videoFacts(path);
  const warnings = [...deliveryWarnings(hold, facts)];
  if (hold.size !== null && hold.size !== bytes) {
    warnings.push(`${bytes} bytes, fal said ${hold.size}`);
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
  const unwritten = await files.write(
    `${path}.json`,
    sidecar(hold, delivery, await access.rehearsal()),
    isSidecar,
  );
  if (unwritten !== null) return { is: "undelivered", trouble: "disk", why: unwritten };
  return { is: "delivered", delivery };
}

type Downloaded =
  | { readonly is: "received"; readonly bytes: number; readonly sha256: string }
  | Extract<Delivered, { readonly is: "undelivered" }>;

async function download(
  { fetch, files, clock }: StoreAccess,
  url: string,
  path: string,
  tell: (bytes: number) => void,
  leave: AbortSignal,
): Promise<Downloaded> {
  for (let attempt = 0; ; attempt += 1) {
    const last = (): boolean => attempt >= AGAIN_MS.length || leave.aborted;
    const opened = await openVideo(fetch, url, leave);
    if (opened.is === "not-opened") {
      const { trouble, why, again } = opened;
      if (!again || last()) return { is: "undelivered", trouble, why };
    } else {
      const received = await files.receive(path, opened.chunks, tell, opened.length);
      switch (received.is) {
        case "received":
          return received;
        case "unwritable":
          return { is: "undelivered", trouble: "disk", why: received.why };
        case "taken": {
          const why = `${path} is there already and is something else`;
          return { is: "undelivered", trouble: "taken", why };
        }
        case "cut":
          if (last()) return { is: "undelivered", trouble: "unreachable", why: received.why };
      }
    }
    await clock.sleep(AGAIN_MS[attempt] ?? 0, leave);
  }
}
