import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";

/** Where finished videos go. */
export interface Store {
  /**
   * Delivers a settled line's video to its place with its sidecar, whole or not at all. The same file stays if it is
   * there already, and a file that is not ours is never overwritten. If a delivery is recorded, only the same file is
   * delivered. Gives up when `leave` is aborted, and never throws.
   */
  deliver(
    hold: Hold,
    videoUrl: string,
    tell: (bytes: number) => void,
    leave: AbortSignal,
  ): Promise<Delivered>;
}

/** The videos on this machine. */
export interface LocalVideos {
  /** Returns the path of a line's video if it is what was recorded as delivered, on any machine; otherwise null. */
  find(hold: Hold): Promise<string | null>;
}

export type Delivered =
  | {
      readonly is: "delivered";
      readonly delivery: Delivery;
      /** Where an earlier video of the line is kept, if it differs. */
      readonly aside?: string;
    }
  | { readonly is: "undelivered"; readonly trouble: DeliveryTrouble; readonly why: string };

/**
 * `gone`: the address no longer has a video; `different`: it has another file than the one that was delivered; `disk`:
 * the file could not be written; `taken`: something else is in its place.
 */
export type DeliveryTrouble = "gone" | "different" | "unreachable" | "disk" | "taken" | "unsafe";

/** How vendors and deliveries reach the network; network.ts implements it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A run's time. In a rehearsal it passes faster than real time. */
export interface Clock {
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** This machine's own clocks. They keep real time in a rehearsal, as networks and disks do. */
  readonly moment: () => Moment;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One moment on two clocks, in milliseconds. Each can be wrong in its own way. */
export interface Moment {
  /** Nobody sets it; it may stand still while the machine sleeps. */
  readonly steady: number;
  /** Continues while the machine sleeps; it can be set. */
  readonly wall: number;
}

/** Returns the milliseconds since a moment, by the clock that says more; Infinity if the wall clock was set back. */
export function elapsedSince(then: Moment, now: Moment): number {
  if (now.wall < then.wall) return Infinity;
  return Math.max(now.steady - then.steady, now.wall - then.wall);
}
