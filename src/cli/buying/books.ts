import type { Ledger } from "../../ledger/ledger.ts";
import type { Order } from "../../ledger/entry.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Clock } from "../../run/ports.ts";
import type { SavedPlan } from "../load.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../run-options.ts";

/** What a run is written down in. */
export interface Books {
  /** Whether the built-in simulator plays fal: only then is no one asked. */
  readonly rehearsal: boolean;
  readonly ledger: Ledger;
  /** For people. */
  readonly ledgerPath: string;
  /** The ledger as a command to paste has to name it; null where it is found without. */
  readonly shownLedger: string | null;
  readonly clock: Clock;
  /** Where videos go; null if they go to whichever machine buys them. */
  readonly out: string | null;
  /** Makes the ledger, which is a blank one until then; null if it is there. */
  readonly make: (() => Promise<Pick<Books, "ledger" | "shownLedger">>) | null;
  /** Closes the ledger, the one that was made too. */
  close(): Promise<void>;
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
  /** Sees everything that happens. */
  readonly watch: ((event: RunEvent) => void) | undefined;
}
