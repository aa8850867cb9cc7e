import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";

/** Where finished videos go. */
export interface Store {
  /**
   * Brings a settled line's video to its place, whole or not at all, with its sidecar; what is there already
   * and is the same stays, what is there and is not ours is never written over. Where a delivery is recorded,
   * nothing but the very same comes to its place. Given up when `leave` says so. Never throws.
   */
  deliver(
    hold: Hold,
    videoUrl: string,
    tell: (bytes: number) => void,
    leave: AbortSignal,
  ): Promise<Delivered>;
}

/** What of it is on this machine. */
export interface Shelf {
  /** The path of a line's video where it is what was recorded as delivered, to whichever machine; else null. */
  find(hold: Hold): Promise<string | null>;
}

export type Delivered =
  | {
      readonly is: "delivered";
      readonly delivery: Delivery;
      /** Where the line's own video is kept that stood in its place and had changed. */
      readonly aside?: string;
    }
  | { readonly is: "undelivered"; readonly trouble: DeliveryTrouble; readonly why: string };

/**
 * `gone`: the address has nothing any more; `different`: it has something else than what was delivered; `disk`: it
 * could not be written; `taken`: something else is in its place.
 */
export type DeliveryTrouble = "gone" | "different" | "unreachable" | "disk" | "taken" | "unsafe";
