import type { Order } from "../../ledger/entry.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Clock } from "../../run/ports.ts";
import type { Vendor } from "../../run/vendor.ts";
import type { SavedPlan } from "../load.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../read-options.ts";

/** The ledger a run writes to, its clock, and how to print its name. */
export interface LedgerSession {
  /** Whether the built-in simulator plays the vendor: then no one is asked for a yes. */
  readonly rehearsal: boolean;
  readonly ledger: Ledger;
  /** As it is shown to people. */
  readonly ledgerPath: string;
  /** The ledger as a command to paste has to name it; null if it is found without. */
  readonly shownLedger: string | null;
  readonly clock: Clock;
  /** Where videos go; null if they go to whichever machine buys them. */
  readonly out: string | null;
  /** Makes the ledger, which is a blank one until then; null if there is one already. */
  readonly make: (() => Promise<Pick<LedgerSession, "ledger" | "shownLedger">>) | null;
  /** Closes the ledger, including one that was made meanwhile. */
  close(): Promise<void>;
}

/** A session in which this process buys, from vendors or from the simulator. */
export interface BuyingSession extends LedgerSession {
  readonly out: string;
  readonly vendor: Vendor;
}

/** Returns the session with its ledger, which is made if there was none: called after a yes. */
export async function withLedgerMade<Session extends LedgerSession>(
  session: Session,
): Promise<Session> {
  return session.make === null ? session : { ...session, ...(await session.make()), make: null };
}

/** What a run is to buy, and how. */
export interface LiveRequest {
  readonly plan: AdmittedPlan;
  readonly saved: SavedPlan | null;
  readonly orders: readonly Order[];
  readonly approval: string | null;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** An occurrence's run, which was started when the occurrence was claimed; null starts one. */
  readonly started: string | null;
  /** Receives every event of the run. */
  readonly watch: ((event: RunEvent) => void) | undefined;
}
