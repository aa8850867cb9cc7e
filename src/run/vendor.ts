import type { Charge, Order, RequestRef } from "../ledger/entry.ts";
import { ORDER_MS } from "../ledger/lease.ts";
import type { Fault } from "./faults.ts";

export type { Charge, RequestRef };
export { ORDER_MS };

/**
 * Makes the videos. Each method makes one request over the network, never throws and never retries. `leave` ends the
 * wait for an answer: at once for a question, a little later for an order.
 */
export interface Vendor {
  /** Sends the order once. Only this method can cost money. */
  submit(order: OrderToSend, leave: AbortSignal, clearance: Clearance): Promise<Submission>;
  /** Reports progress from one streaming request; resolves when the job is done or the stream ends. */
  watch(order: Placed, tell: (progress: Progress) => void, signal: AbortSignal): Promise<Watched>;
  /** Asks for the job's status. */
  ask(order: Placed, leave: AbortSignal): Promise<StatusAnswer>;
  /** Gets the result of a job that is done; `failure` is what its status said. */
  collect(order: Placed, failure: string | null, leave: AbortSignal): Promise<Collected>;
  cancel(order: Placed): Promise<Cancelled>;
}

/** Called when the connection is open and before the first byte leaves. Returns a reason not to send, or null. */
export type Clearance = () => Promise<string | null>;

/** What is sent, and where to. */
type OrderToSend = Pick<Order, "endpoint" | "input">;

/** An order that was accepted. */
export interface Placed {
  readonly endpoint: string;
  readonly request: RequestRef;
  readonly seconds: number;
}

/**
 * `astray` says that the wrong side answered: the simulator in a real run, or a real vendor in a rehearsal. An order
 * that the simulator accepts in a real run is a fault, for nothing was bought.
 */
export type Submission =
  | { readonly is: "accepted"; readonly request: RequestRef; readonly astray: string | null }
  | { readonly is: "fault"; readonly fault: Fault; readonly astray: string | null };

export interface Progress {
  readonly stage: "queued" | "generating";
  /** How many are before it; 0 is next. */
  readonly position: number | null;
}

/** The job has ended; `failure` is what the status of a failed job said. */
export interface Done {
  readonly is: "done";
  readonly failure: string | null;
}

/** Its status is one that the vendor does not document. */
interface Unfamiliar {
  readonly is: "unfamiliar";
  readonly status: string;
}

export type Watched =
  | Done
  | Unfamiliar
  /** The stream ended early, stayed silent, or is not available here: ask instead. */
  | { readonly is: "ended" }
  | { readonly is: "fault"; readonly fault: Fault };

export type StatusAnswer =
  | Done
  | Unfamiliar
  | { readonly is: "going"; readonly progress: Progress }
  | { readonly is: "fault"; readonly fault: Fault };

export type Collected =
  | {
      readonly is: "video";
      readonly url: string;
      readonly size: number | null;
      readonly billableUnits: string | null;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly is: "failed";
      readonly fault: Fault;
      readonly charge: Charge;
      readonly billableUnits: string | null;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** The result was not available this time. */
  | { readonly is: "fault"; readonly fault: Fault };

/** `removed` proves that nothing was made; after the others it may still finish, and cost. */
export type Cancelled =
  | { readonly is: "removed" | "asked" | "too-late" | "not-found" }
  | { readonly is: "fault"; readonly fault: Fault };
