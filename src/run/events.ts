import type { Candidate, Unapproved } from "../ledger/approval.ts";
import type { Delivery } from "../ledger/entry.ts";
import type { HoldState } from "../ledger/hold.ts";
import type { MicroUsd } from "../money.ts";
import type { Fault } from "./faults.ts";
import type { DeliveryTrouble } from "./ports.ts";
import type { Progress } from "./vendor.ts";

/** A line, or a hold of an earlier run that is resumed. */
export interface LineIdentity {
  readonly key: string;
  readonly hold: string;
  readonly cost: MicroUsd;
}

/** What went wrong; its words alone if that was read in a ledger. */
type ReportedFault = Pick<Fault, "why"> & Partial<Fault>;

/** What happens in a run, as it happens. Everything a person or a script is told comes from these. */
export type RunEvent =
  | {
      readonly event: "started";
      readonly run: string;
      readonly lines: number;
      readonly cost: MicroUsd;
    }
  | {
      readonly event: "buried";
      readonly key: string;
      readonly hold: string;
      readonly state: HoldState;
    }
  | {
      readonly event: "reserved";
      readonly line: LineIdentity;
      readonly seconds: number;
      readonly endpoint: string;
    }
  | {
      readonly event: "taken-up";
      readonly line: LineIdentity;
      readonly seconds: number;
      readonly endpoint: string;
      readonly request: string;
    }
  | { readonly event: "sending"; readonly line: LineIdentity }
  /** The order was accepted. Told before the id is written to the ledger, which may take a while. */
  | {
      readonly event: "submitted";
      readonly line: LineIdentity;
      readonly request: string;
    }
  | { readonly event: "waiting"; readonly line: LineIdentity; readonly usually: number | null }
  | { readonly event: "progress"; readonly line: LineIdentity; readonly progress: Progress }
  /** Its status is a word that is not documented: it is asked again. Once for each line. */
  | { readonly event: "unfamiliar-status"; readonly line: LineIdentity; readonly status: string }
  | {
      readonly event: "settled";
      readonly line: LineIdentity;
      readonly spent: MicroUsd;
      readonly excess: MicroUsd;
      readonly doubt: string | null;
      readonly billableUnits: string | null;
    }
  | { readonly event: "downloading"; readonly line: LineIdentity; readonly bytes: number }
  | { readonly event: "delivered"; readonly line: LineIdentity; readonly delivery: Delivery }
  | {
      readonly event: "undelivered";
      readonly line: LineIdentity;
      readonly trouble: DeliveryTrouble;
      readonly why: string;
    }
  | {
      readonly event: "released";
      readonly line: LineIdentity;
      readonly fault: ReportedFault;
      /** Null if only the worker that buys the line knows. */
      readonly again: boolean | null;
    }
  | {
      readonly event: "failed";
      readonly line: LineIdentity;
      readonly fault: ReportedFault;
      readonly charge: "none" | "unknown" | "charged";
      readonly excess: MicroUsd;
      readonly doubt: string | null;
      readonly again: boolean | null;
    }
  | { readonly event: "unsent"; readonly line: LineIdentity }
  | { readonly event: "unknown"; readonly line: LineIdentity; readonly fault: ReportedFault }
  | { readonly event: "in-flight"; readonly line: LineIdentity; readonly why: string }
  /** Of a line that workers buy: its result is not available. */
  | { readonly event: "missing"; readonly line: LineIdentity; readonly why: string }
  /** Of the same: a person corrected its charge, or the vendor answered a cancellation. */
  | { readonly event: "charge" | "cancel"; readonly line: LineIdentity }
  | {
      readonly event: "over-cap";
      readonly key: string;
      readonly cap: string;
      readonly of: string | null;
      readonly limit: MicroUsd;
      readonly used: MicroUsd;
      readonly cost: MicroUsd;
    }
  | {
      readonly event: "not-approved";
      readonly key: string;
      readonly cost: MicroUsd;
      readonly why: Unapproved;
      readonly nearest: Candidate | null;
    }
  | {
      readonly event: "taken";
      readonly key: string;
      readonly state: HoldState;
      readonly run: string;
    }
  | { readonly event: "pausing"; readonly ms: number; readonly why: string }
  | { readonly event: "stopping"; readonly why: string }
  /** Money was spent and the ledger cannot be told: what a person has to keep. */
  | {
      readonly event: "unwritten";
      readonly line: LineIdentity;
      readonly request: string | null;
      readonly what: string;
      readonly why: string;
    }
  | { readonly event: "written-after-all"; readonly line: LineIdentity }
  | { readonly event: "ended"; readonly run: string };
