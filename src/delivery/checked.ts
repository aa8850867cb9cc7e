import { createHash } from "node:crypto";
import type { Delivery } from "../ledger/entry.ts";
import type { Delivered } from "../run/ports.ts";

type Undelivered = Extract<Delivered, { readonly is: "undelivered" }>;

/** Bytes on their way, that break off if they are too few, or not those that were delivered before. */
export interface Checked {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why they broke off; null if that was not for what they are. */
  readonly refusal: () => Undelivered | null;
}

export interface Promised {
  /** In bytes, if the sender stated it for this answer. */
  readonly length: number | null;
  /** In bytes, if fal stated it with the result. */
  readonly size: number | null;
  /** What was delivered before; null if any video is welcome. */
  readonly wanted: Pick<Delivery, "sha256" | "bytes"> | null;
}

/** `whenRight`: what has to be done once all of them are known to be right; a reason if it cannot be. */
export function checked(
  sent: AsyncIterable<Uint8Array>,
  { length, size, wanted }: Promised,
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
      if (wanted !== null && bytes > wanted.bytes) throw refuse("different", DIFFERENT);
      yield chunk;
    }
    // What was cut short may come whole the next time. No video is empty, whatever was promised.
    const stated = length ?? wanted?.bytes ?? 0;
    if (bytes < stated) throw new Error(`${bytes} bytes of ${stated} came`);
    if (bytes === 0) throw new Error("an empty file came");
    // Of what was delivered before, its own length is known.
    if (wanted === null && size !== null && bytes < size) {
      throw new Error(`${bytes} bytes came, fal said ${size}`);
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
