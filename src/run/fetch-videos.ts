import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { DeliveryTrouble, LocalVideos, Store } from "./ports.ts";

/** How fetching a line's video to this machine ended. */
export type FetchEnd =
  | { readonly is: "here"; readonly path: string }
  | {
      readonly is: "fetched";
      readonly delivery: Delivery;
      /** Where an earlier file of that name is kept; null if there was none. */
      readonly aside: string | null;
    }
  | { readonly is: "not-here"; readonly trouble: DeliveryTrouble; readonly why: string }
  /** The person left before it was fetched. */
  | { readonly is: "left" };

export interface FetchedVideo {
  readonly hold: Hold;
  readonly end: FetchEnd;
}

export interface FetchPorts {
  readonly ledger: Pick<Ledger, "hold" | "advance">;
  readonly store: Store & LocalVideos;
  readonly coming: (hold: Hold, bytes: number) => void;
  readonly over: (hold: Hold, end: FetchEnd) => void;
  readonly leave: AbortSignal;
}

// A run downloads as many beside the lines that it makes.
const AT_ONCE = 4;

/** Whether a video was made for a line and can be downloaded. */
export function hasVideo(hold: Hold): boolean {
  return hold.state === "settled" && hold.videoUrl !== null;
}

/** Downloads those videos of these lines that this machine lacks. It costs nothing, and can be repeated. */
export async function fetchVideos(
  holds: readonly Hold[],
  ports: FetchPorts,
): Promise<readonly FetchedVideo[]> {
  setMaxListeners(0, ports.leave);
  const places = pLimit(AT_ONCE);
  const all = holds.map((hold) =>
    places(async () => {
      const end = await fetchOne(hold, ports);
      ports.over(hold, end);
      return { hold, end };
    }),
  );
  // Waits for all of them even if one has thrown: none may still be writing when this returns.
  await Promise.allSettled(all);
  return await Promise.all(all);
}

async function fetchOne(
  hold: Hold,
  { ledger, store, coming, leave }: FetchPorts,
): Promise<FetchEnd> {
  if (hold.videoUrl === null) throw new Error(`${hold.key} has no video`);
  if (leave.aborted) return { is: "left" };
  const found = await store.find(hold);
  if (found !== null) return { is: "here", path: found };
  const tell = (bytes: number): void => coming(hold, bytes);
  const delivered = await store.deliver(hold, hold.videoUrl, tell, leave);
  if (delivered.is === "undelivered") {
    const { trouble, why } = delivered;
    return leave.aborted && trouble === "unreachable"
      ? { is: "left" }
      : { is: "not-here", trouble, why };
  }
  const { delivery, aside = null } = delivered;
  // Meanwhile a run, here or elsewhere, may have recorded the same delivery.
  if (hold.delivery === null && (await ledger.hold(hold.id))?.delivery === null) {
    await ledger.advance(hold.id, { kind: "delivered", delivery });
  }
  return { is: "fetched", delivery, aside };
}
