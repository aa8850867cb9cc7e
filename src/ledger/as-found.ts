import { NOTHING } from "../money/usd.ts";
import type { Hold } from "./hold.ts";

/** A dead run's hold as the next run will find it: what was not sent is free, what was being sent is not known. */
export function asFound<Kept extends Pick<Hold, "run" | "state" | "held">>(
  hold: Kept,
  living: ReadonlySet<string>,
): Kept {
  if (living.has(hold.run)) return hold;
  if (hold.state === "reserved") return { ...hold, state: "released", held: NOTHING };
  return hold.state === "sending" ? { ...hold, state: "unknown" } : hold;
}
