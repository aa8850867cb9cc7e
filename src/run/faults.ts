/** Everything that can go wrong between us and the vendor, distinguished by what it means for money. */
export type FaultKind =
  // of the order
  | "not-connected"
  | "not-cleared"
  | "answer-lost"
  | "no-request-id"
  | "redirected"
  | "server-unsure"
  | "too-many-requests"
  | "bad-key"
  | "locked-out"
  | "no-such-endpoint"
  | "order-refused"
  | "wrong-world"
  | "not-simulated"
  // of the making
  | "refused"
  | "maker-failed"
  | "no-video"
  | "cancelled"
  // of asking about it
  | "not-found"
  | "unreachable"
  | "not-allowed";

export interface Fault {
  readonly kind: FaultKind;
  /** What happened, in words, without secrets. */
  readonly why: string;
  /** How long the other side asks us to wait, in milliseconds. */
  readonly retryAfter: number | null;
}

/** What becomes of the hold. `stays`: nothing is known that was not known before. */
type HoldOutcome = "released" | "unknown" | "failed" | "stays";
/**
 * What the run does next. `again`: it makes a new hold, counted against the caps, at most twice; `give-up`: the line is
 * over for this run; `ask`: a person has to look; `stop`: every line would fare the same, so nothing more is started;
 * `wait`: it asks the same question later.
 */
type Next = "again" | "give-up" | "ask" | "stop" | "wait";

export interface Consequence {
  readonly hold: HoldOutcome;
  readonly next: Next;
}

/**
 * What each fault means. An order that may have been accepted is never sent again: only a definite "not accepted", or a
 * definite failure that costs nothing, leads to `again`.
 */
export const CONSEQUENCES: Readonly<Record<FaultKind, Consequence>> = {
  "not-connected": { hold: "released", next: "again" },
  "not-cleared": { hold: "released", next: "again" },
  "answer-lost": { hold: "unknown", next: "ask" },
  "no-request-id": { hold: "unknown", next: "ask" },
  redirected: { hold: "unknown", next: "ask" },
  "server-unsure": { hold: "unknown", next: "ask" },
  "too-many-requests": { hold: "released", next: "again" },
  "bad-key": { hold: "released", next: "stop" },
  "locked-out": { hold: "released", next: "stop" },
  "no-such-endpoint": { hold: "released", next: "give-up" },
  "order-refused": { hold: "released", next: "give-up" },
  // What the simulator took for real money was never bought; what something real took in a rehearsal may have been.
  "wrong-world": { hold: "released", next: "stop" },
  "not-simulated": { hold: "unknown", next: "ask" },

  refused: { hold: "failed", next: "give-up" },
  "maker-failed": { hold: "failed", next: "again" },
  "no-video": { hold: "failed", next: "ask" },
  cancelled: { hold: "failed", next: "give-up" },

  "not-found": { hold: "stays", next: "wait" },
  unreachable: { hold: "stays", next: "wait" },
  "not-allowed": { hold: "stays", next: "stop" },
};
