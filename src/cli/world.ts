import type { FalAccess } from "../fal/fal-vendor.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../run/clock.ts";

/** What a run buys in: fal and a ledger of money, or the simulator and a ledger of its own. */
export interface World {
  /** Whether the built-in simulator plays fal: only then is no one asked. */
  readonly rehearsal: boolean;
  readonly ledger: Ledger;
  readonly ledgerPath: string;
  /** The ledger as a command to paste has to name it; null where it is found without. */
  readonly shownLedger: string | null;
  readonly clock: Clock;
  readonly out: string;
  readonly access: FalAccess;
  close(): Promise<void>;
}
