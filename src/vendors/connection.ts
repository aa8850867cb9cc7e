import type { Fetch } from "../run/ports.ts";
import type { Vendor } from "../run/vendor.ts";

/** How a vendor is reached from this machine. */
export interface Connection {
  /** What is wrong with its variables, for a person; null if nothing is. */
  readonly problem: string | null;
  /** Which of its variables has to be set to buy anything, and to what; null if none is missing. */
  readonly missing: string | null;
  /** What a person who buys over this connection should know; null if nothing. */
  readonly notice: string | null;
  /** The variable that leads to a server in place of the vendor's own: it may be the simulator. */
  readonly detour: string;
  /** Asks, free of charge, whether the simulator answers. Returns null if nobody does. */
  isSimulated(fetch: Fetch): Promise<boolean | null>;
  /** `simulated`: whether only answers of the simulator count, as under a ledger for rehearsals. */
  open(fetch: Fetch, simulated: boolean): Promise<Vendor>;
}
