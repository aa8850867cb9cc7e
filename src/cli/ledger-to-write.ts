import { dirname, join } from "node:path";
import { type Ledger, LedgerFault } from "../ledger/ledger.ts";
import { withoutPassword } from "../ledger/postgres-url.ts";
import { shellQuoted } from "../report/shell-quoted.ts";
import { EXIT } from "./exit-codes.ts";
import { ledgerComplaint } from "./ledger-complaint.ts";
import { ledgerName } from "./ledger-name.ts";
import { ledgerPath } from "./ledger-path.ts";
import { refuse, type Refused } from "./refuse.ts";
import type { Shell } from "./shell.ts";

/**
 * The ledger that a command writes to, made where there is none and someone is there to see it, or it is named: one
 * that is lost and made anew would buy everything again, with no one there to wonder.
 */
export async function ledgerToWrite(
  shell: Shell,
  files: readonly string[],
  option: string | undefined,
  /** Whether one may be made at all: what names the ledger that it belongs to has one already. */
  mayMake = true,
): Promise<{ readonly ledger: Ledger; readonly path: string } | Refused> {
  const found = await ledgerPath(shell, option, files);
  const path = found?.path ?? besideManifest(files);
  const { interactive } = await shell.buying();
  try {
    if (await shell.ledgers.exists(path)) {
      return { ledger: await shell.ledgers.open(path, "write"), path };
    }
    if (!mayMake) {
      const problem = `there is no ledger ${ledgerName(path)}: name the plan's own with --ledger`;
      return { exit: refuse(shell, problem, EXIT.notApproved) };
    }
    if (found?.by !== "option" && (found !== null || !interactive)) {
      const problem = `there is no ledger ${ledgerName(path)}: where this campaign has bought before, name its ledger with --ledger, or everything is bought again; for a new one, \`topsheet ledger init ${shellQuoted(withoutPassword(path))}\``;
      return { exit: refuse(shell, problem, EXIT.notApproved) };
    }
    const ledger = await shell.ledgers.create(path, "real");
    shell.err(`${ledgerName(path)} made: it remembers what was bought. Keep it.\n`);
    return { ledger, path };
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

/** At or above the manifest is where it is looked for. */
function besideManifest([first = "-"]: readonly string[]): string {
  return join(first === "-" ? "." : dirname(first), ".topsheet", "ledger.sqlite");
}
