export type LedgerTrouble =
  | "missing"
  | "there-already"
  | "not-a-ledger"
  | "newer"
  | "locked"
  | "full"
  | "denied"
  /** The campaign continues in another ledger. */
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

/** A ledger of an older topsheet cannot even be read before it is migrated. */
export function outOfDateFault(why: string): LedgerFault {
  const word = "an older topsheet made it, and it has to be brought up to date first, but";
  return new LedgerFault("denied", `${word} ${why}`);
}
