import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";

/** Where finished videos go. */
export interface Store {
  /**
   * Brings a settled line's video to its place, whole or not at all, with its sidecar; what is there already
   * and is the same stays, what is there and is not ours is never written over. If a delivery is recorded, only the
   * same file comes to its place. It gives up when `leave` says so. Never throws.
   */
  deliver(
    hold: Hold,
    videoUrl: string,
    tell: (bytes: number) => void,
    leave: AbortSignal,
  ): Promise<Delivered>;
}

/** What of the videos is on this machine. */
export interface Shelf {
  /** Returns the path of a line's video if it is what was recorded as delivered, on any machine; otherwise null. */
  find(hold: Hold): Promise<string | null>;
}

export type Delivered =
  | {
      readonly is: "delivered";
      readonly delivery: Delivery;
      /** Where the line's earlier video is kept, if it had changed. */
      readonly aside?: string;
    }
  | { readonly is: "undelivered"; readonly trouble: DeliveryTrouble; readonly why: string };

/**
 * `gone`: the address has nothing any more; `different`: it has something else than what was delivered; `disk`: it
 * could not be written; `taken`: something else is in its place.
 */
export type DeliveryTrouble = "gone" | "different" | "unreachable" | "disk" | "taken" | "unsafe";

/** A run's time. In a rehearsal it passes faster than real time. */
export interface Clock {
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** This machine's own clocks. They keep their pace in a rehearsal: networks and disks do too. */
  readonly moment: () => Moment;
  /** Resolves after as many milliseconds, or at once when the signal says so. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One moment on two clocks, in milliseconds. Each can be wrong in its own way. */
export interface Moment {
  /** Nobody sets it; it may stand still while the machine sleeps. */
  readonly steady: number;
  /** Goes on while the machine sleeps; it can be set. */
  readonly wall: number;
}

/** Returns the milliseconds since a moment, by the clock that says more; Infinity if the wall clock was set back. */
export function elapsedSince(then: Moment, now: Moment): number {
  if (now.wall < then.wall) return Infinity;
  return Math.max(now.steady - then.steady, now.wall - then.wall);
}
