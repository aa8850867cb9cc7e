import { printable } from "../diagnostics/printable.ts";
import { fullLedgerName, ledgerName } from "./ledger-name.ts";
import type { LedgerFault } from "../ledger/ledger.ts";

/**
 * What is wrong with a ledger, and what to do. Whoever finds none has to name another: an empty one would tell a reader
 * nothing. `nearest`: the one of the folder that the command runs in.
 */
export function ledgerComplaint(
  { trouble, message }: LedgerFault,
  path: string,
  nearest: string | null = null,
): string {
  const name = ledgerName(path);
  switch (trouble) {
    case "missing":
      if (message.includes("moved")) return printable(message);
      return nearest === null
        ? `there is no ledger ${name}: name one that is there with --ledger`
        : `there is no ledger ${name}; the ledger of this folder is ${fullLedgerName(nearest)}`;
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
