import { createHash } from "node:crypto";
import type { Delivery } from "../ledger/entry.ts";
import type { Delivered } from "../run/store.ts";

type Undelivered = Extract<Delivered, { readonly is: "undelivered" }>;

/** Bytes on their way, that break off where they are not those that were delivered before. */
export interface Checked {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why they broke off; null where that was not for what they are. */
  readonly refusal: () => Undelivered | null;
}

/**
 * `length` in bytes, where the sender stated it. `whenRight`: what has to be done once all of them are known to be
 * right; a reason where it cannot be.
 */
export function checked(
  sent: AsyncIterable<Uint8Array>,
  length: number | null,
  wanted: Pick<Delivery, "sha256" | "bytes">,
  whenRight: () => Promise<string | null>,
): Checked {
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
      // What never ends would fill the disk.
      if (bytes > wanted.bytes) throw refuse("different", DIFFERENT);
      yield chunk;
    }
    // What was cut short may come whole the next time.
    if (bytes < (length ?? wanted.bytes)) {
      throw new Error(`${bytes} bytes of ${length ?? wanted.bytes} came`);
    }
    if (hash.digest("hex") !== wanted.sha256) throw refuse("different", DIFFERENT);
    const barred = await whenRight();
    if (barred !== null) throw refuse("disk", barred);
  }
  return { chunks: chunks(), refusal: () => refusal };
}

const DIFFERENT = "its address has something else now than what was delivered";
