import type { Vendor } from "../run/vendor.ts";

/** How a vendor is reached from this machine. */
export interface Connection {
  /** What is wrong with its variables, for a person; null if nothing is. */
  readonly problem: string | null;
  /** Which of its variables has to be set before anything is bought, and to what; null if nothing is missing. */
  readonly missing: string | null;
  /** What a person should know who buys over this connection; null for nothing. */
  readonly notice: string | null;
  /** The variable that leads to another server than the vendor's own: the simulator may be there. */
  readonly detour: string;
  /** Asks a question that costs nothing. Returns null if nobody answers. */
  isSimulated(fetch: VendorFetch): Promise<boolean | null>;
  /** `simulated`: whether only the simulator's answers count, as under a ledger for rehearsals. */
  open(fetch: VendorFetch, simulated: boolean): Promise<Vendor>;
}

type VendorFetch = (url: string, init: RequestInit) => Promise<Response>;
