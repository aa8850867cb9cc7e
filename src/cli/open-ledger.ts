import { type Ledger, type LedgerBook, LedgerFault } from "../ledger/ledger.ts";
import { withoutPassword } from "../ledger/postgres-url.ts";
import { EXIT } from "./exit-codes.ts";
import { ledgerComplaint } from "./ledger-complaint.ts";
import { ledgerPath } from "./ledger-path.ts";
import { refuse } from "./refuse.ts";
import type { Shell } from "./shell.ts";

/** Does something with the ledger that a command means; what is wrong with it is said here. */
export async function withLedger(
  shell: Shell,
  option: string | undefined,
  use: "read" | "write",
  work: (ledger: Ledger, path: string) => Promise<number>,
): Promise<number> {
  const found = await ledgerPath(shell, option, []);
  if (found === null) {
    shell.err("error: there is no ledger here or above: name it with --ledger\n");
    return EXIT.wrong;
  }
  if ("problem" in found) return refuse(shell, found.problem, EXIT.notApproved);
  const { path } = found;
  try {
    const ledger = await shell.ledgers.open(path, use);
    try {
      return await work(ledger, withoutPassword(path));
    } finally {
      ledger.close();
    }
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, path, await shell.ledgers.nearest("."))}\n`);
    return cause.trouble === "missing" || cause.trouble === "not-a-ledger"
      ? EXIT.wrong
      : EXIT.failed;
  }
}

/** What is said or raised under a ledger for rehearsals has no say over real purchases. */
export function tellRehearsal(shell: Shell, { purpose }: LedgerBook): void {
  if (purpose === "rehearsal") shell.err("REHEARSAL: nothing real is bought under this ledger.\n");
}
