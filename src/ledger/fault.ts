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
  /** The server did not answer, or not completely. */
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

/** Makes the fault of a ledger that has to be migrated before it can be read, and cannot be written. */
export function makeOutOfDateFault(why: string): LedgerFault {
  const word = "an older topsheet created it, and it has to be migrated first, but";
  return new LedgerFault("denied", `${word} ${why}`);
}
