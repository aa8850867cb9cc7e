import { printable } from "../diagnostics/printable.ts";
import { withoutPassword } from "../ledger/postgres-url.ts";

/** A ledger as people may see it: a file's path, or a server's address without the password in it. */
export function ledgerName(path: string): string {
  return printable(withoutPassword(path));
}
