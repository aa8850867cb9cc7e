export type LedgerTrouble =
  | "missing"
  | "there-already"
  | "not-a-ledger"
  | "newer"
  | "locked"
  | "full"
  | "denied"
  /** The campaign goes on in another ledger. */
  | "sealed"
  /** The server did not answer, or not to the end. */
  | "unreachable"
  | "damaged"
  | "failed";

/** The ledger could not be opened, read or written. Nothing was changed. */
export class LedgerFault extends Error {
  readonly trouble: LedgerTrouble;

  constructor(trouble: LedgerTrouble, message: string) {
    super(message);
    this.name = "LedgerFault";
    this.trouble = trouble;
  }
}

/** A ledger that an older topsheet made cannot even be read before it is brought up to date. */
export function outOfDateFault(why: string): LedgerFault {
  const word = "an older topsheet made it, and it has to be brought up to date first, but";
  return new LedgerFault("denied", `${word} ${why}`);
}
