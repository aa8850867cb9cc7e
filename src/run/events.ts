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

/** How a bill compares with the plan and with earlier bills. */
export interface BillFinding {
  /** More than the held amount, if the price book knows what its units cost. */
  readonly excess: MicroUsd;
  /** Why a person should look at it; null for a bill that is as it should be. */
  readonly doubt: string | null;
}

/** Whether the line is tried again; null if only the worker that buys it knows. */
interface NextTry {
  readonly again: boolean | null;
}

/** Events of one line, one for each name, which state `More` about it. */
type LineEvent<Name extends string, More = object> = Name extends string
  ? { readonly event: Name; readonly line: LineIdentity } & Readonly<More>
  : never;

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
  | LineEvent<"reserved", { seconds: number; endpoint: string }>
  | LineEvent<"taken-up", { seconds: number; endpoint: string; request: string }>
  | LineEvent<"sending">
  /** The order was accepted. Reported before the id is written to the ledger, which may take a while. */
  | LineEvent<"submitted", { request: string }>
  | LineEvent<"waiting", { usually: number | null }>
  | LineEvent<"progress", { progress: Progress }>
  /** Its status is not documented, so it is asked again. Reported once for each line. */
  | LineEvent<"unfamiliar-status", { status: string }>
  | LineEvent<"settled", { spent: MicroUsd; billableUnits: string | null } & BillFinding>
  | LineEvent<"downloading", { bytes: number }>
  | LineEvent<"delivered", { delivery: Delivery }>
  | LineEvent<"undelivered", { trouble: DeliveryTrouble; why: string }>
  | LineEvent<"released", { fault: ReportedFault } & NextTry>
  | LineEvent<
      "failed",
      { fault: ReportedFault; charge: "none" | "unknown" | "charged" } & BillFinding & NextTry
    >
  | LineEvent<"unsent">
  | LineEvent<"unknown", { fault: ReportedFault }>
  /** `missing`: the same of a line that workers buy, whose result is not available. */
  | LineEvent<"in-flight" | "missing", { why: string }>
  /** Of a line that workers buy, a person corrected the charge, or the vendor answered a cancellation. */
  | LineEvent<"charge" | "cancel">
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
  | LineEvent<"unwritten", { request: string | null; what: string; why: string }>
  | LineEvent<"written-after-all">
  | { readonly event: "ended"; readonly run: string };
