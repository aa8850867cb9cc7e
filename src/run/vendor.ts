import type { Charge, Order, RequestRef } from "../ledger/entry.ts";
import { ORDER_MS } from "../ledger/lease.ts";
import type { Fault } from "./faults.ts";

export type { Charge, RequestRef };
export { ORDER_MS };

/**
 * Makes the videos. Each method is one request over the network; none throws, none asks twice. `leave` ends the
 * waiting for an answer: at once for a question, a little later for an order.
 */
export interface Vendor {
  /** Sends the order, once. The only verb that can cost money. */
  submit(order: OrderToSend, leave: AbortSignal, clearance: Clearance): Promise<Submission>;
  /** Tells how it goes as it happens, with one request; resolves when it is done or the telling ends. */
  watch(order: Placed, tell: (progress: Progress) => void, signal: AbortSignal): Promise<Watched>;
  /** Asks for the status now. */
  ask(order: Placed, leave: AbortSignal): Promise<StatusAnswer>;
  /** Gets the result of a job that is done; `failure` is what its status said. */
  collect(order: Placed, failure: string | null, leave: AbortSignal): Promise<Collected>;
  cancel(order: Placed): Promise<Cancelled>;
}

/** Asked when the connection stands and before the first byte leaves: a reason not to send any more, or null. */
export type Clearance = () => Promise<string | null>;

/** What is sent: to whom, and exactly what. */
type OrderToSend = Pick<Order, "endpoint" | "input">;

/** An order that was accepted. */
export interface Placed {
  readonly endpoint: string;
  readonly request: RequestRef;
  readonly seconds: number;
}

/**
 * `astray`: in words, that the wrong side answered: the simulator for real money, or something real in a rehearsal.
 * What the simulator accepted for real money is a fault, for nothing was bought.
 */
export type Submission =
  | { readonly is: "accepted"; readonly request: RequestRef; readonly astray: string | null }
  | { readonly is: "fault"; readonly fault: Fault; readonly astray: string | null };

export interface Progress {
  readonly stage: "queued" | "generating";
  /** How many are before it; 0 is next. */
  readonly position: number | null;
}

/** It is done, one way or the other: the status of a failed job says what failed. */
export interface Done {
  readonly is: "done";
  readonly failure: string | null;
}

/** Its status is a word that the vendor does not document. */
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
  /** Nothing is known yet: the result was not available just now. */
  | { readonly is: "fault"; readonly fault: Fault };

/** `removed` proves that nothing was made; after the others it may still finish, and cost. */
export type Cancelled =
  | { readonly is: "removed" | "asked" | "too-late" | "not-found" }
  | { readonly is: "fault"; readonly fault: Fault };
