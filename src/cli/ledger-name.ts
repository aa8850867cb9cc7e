import { resolve } from "node:path";
import { printable } from "../diagnostics/printable.ts";
import { isPostgres, withoutPassword } from "../ledger/postgres-url.ts";

/** A ledger as people may see it: a file's path, or a server's address without the password in it. */
export function ledgerName(path: string): string {
  return printable(withoutPassword(path));
}

/** The same from the root, where it has to be plain which file is meant. */
export function fullLedgerName(path: string): string {
  return ledgerName(isPostgres(path) ? path : resolve(path));
}
