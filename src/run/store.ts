import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";

/** Where finished videos go. */
export interface Store {
  /**
   * Brings a settled line's video to its place, whole or not at all, with its sidecar; what is there already
   * and is the same stays, what is there and is not ours is never written over. Given up when `leave` says so.
   * Never throws.
   */
  deliver(
    hold: Hold,
    videoUrl: string,
    tell: (bytes: number) => void,
    leave: AbortSignal,
  ): Promise<Delivered>;
}

export type Delivered =
  | { readonly is: "delivered"; readonly delivery: Delivery }
  | { readonly is: "undelivered"; readonly trouble: DeliveryTrouble; readonly why: string };

/** `gone`: the address has nothing any more; `disk`: it could not be written; `taken`: something else is in its place. */
export type DeliveryTrouble = "gone" | "unreachable" | "disk" | "taken" | "unsafe";
