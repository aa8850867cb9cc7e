import { printable } from "../diagnostics/printable.ts";
import { withoutPassword } from "../ledger/postgres-url.ts";
import { shellQuoted } from "../report/shell-quoted.ts";
import { ledgerName } from "./ledger-name.ts";
import type { LedgerFault } from "../ledger/ledger.ts";

/** What is wrong with a ledger, and what to do. */
export function ledgerComplaint({ trouble, message }: LedgerFault, path: string): string {
  const name = ledgerName(path);
  switch (trouble) {
    case "missing":
      return message.includes("moved")
        ? printable(message)
        : `there is no ledger ${name}: \`topsheet ledger init ${shellQuoted(withoutPassword(path))}\` makes one`;
    case "there-already":
      return `${name} is there already`;
    case "not-a-ledger":
      return `${name} is not a topsheet ledger`;
    case "newer":
      return `${name} was written by a newer topsheet: update this one`;
    case "locked":
      return `${name} was locked by another program for too long: try again`;
    case "full":
      return `${name} cannot be written: the disk is full`;
    case "denied":
      return `${name} may not be used: ${printable(message)}`;
    case "sealed":
      return `${printable(message)}: name that ledger with --ledger`;
    case "unreachable":
      return `${name} cannot be reached: ${printable(message)}`;
    case "damaged":
    case "failed":
      return `${name} cannot be used: ${printable(message)}`;
  }
}
