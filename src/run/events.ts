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

/** What went wrong; only its words if it was read from a ledger. */
type ReportedFault = Pick<Fault, "why"> & Partial<Fault>;

/** What happens in a run. Everything that a person or a script is told comes from these events. */
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
  /** The order was accepted. Reported before the id is written to the ledger, which may take a while. */
  | {
      readonly event: "submitted";
      readonly line: LineIdentity;
      readonly request: string;
    }
  | { readonly event: "waiting"; readonly line: LineIdentity; readonly usually: number | null }
  | { readonly event: "progress"; readonly line: LineIdentity; readonly progress: Progress }
  /** Its status is not documented, so it is asked again. Reported once for each line. */
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
      /** Whether it is tried again; null if only the worker that buys the line knows. */
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
  /** The result of a line that workers buy is not available. */
  | { readonly event: "missing"; readonly line: LineIdentity; readonly why: string }
  /** A person corrected the charge of such a line, or the vendor answered a cancellation of it. */
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
  /** Money was spent and the ledger cannot be written: a person has to keep this. */
  | {
      readonly event: "unwritten";
      readonly line: LineIdentity;
      readonly request: string | null;
      readonly what: string;
      readonly why: string;
    }
  | { readonly event: "written-after-all"; readonly line: LineIdentity }
  | { readonly event: "ended"; readonly run: string };
