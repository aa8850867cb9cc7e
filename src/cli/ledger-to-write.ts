import { shellQuoted } from "../diagnostics/printable.ts";
import { dirname, join, sep } from "node:path";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { type Ledger } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { hidePassword } from "../ledger/postgres-url.ts";
import { ledgerComplaint } from "./open-ledger.ts";
import { fullLedgerName, ledgerAbove, ledgerName, ledgerPath, USUAL_PLACE } from "./ledger-path.ts";
import type { Ledgers, Shell } from "./shell.ts";

/** A ledger to be written. */
export interface OpenedLedger {
  /** A blank one for as long as it is not made. */
  readonly ledger: Ledger;
  readonly path: string;
  /** Makes it, once someone has said yes; null if it is there. */
  readonly make: (() => Promise<Ledger>) | null;
}

/**
 * The ledger that a command writes to. On a terminal it may be made if there is none; elsewhere only `ledger init`
 * makes one, however it is named: a ledger that is lost and made anew buys everything again, with no one there to
 * wonder.
 */
export async function ledgerToWrite(
  shell: Shell,
  files: readonly string[],
  option: string | undefined,
  /** Says, of a ledger that is not there, why none is made; null if one may be. */
  unmade: ((name: string) => string) | null = null,
): Promise<Result<OpenedLedger>> {
  const no = (problem: string): Result<never> => refused(problem, "not-approved");
  const meant = await ledgerPath(shell, option, files);
  if (!meant.ok) return meant;
  const found = meant.value;
  const path = found?.path ?? (await firstPlace(shell.ledgers, files));
  if (path === null) return no(NO_COMMON_FOLDER);
  const name = ledgerName(path);
  try {
    if (await shell.ledgers.exists(path)) {
      return ok({ ledger: await shell.ledgers.open(path, "write"), path, make: null });
    }
    if (unmade !== null) return no(unmade(name));
    const { interactive } = await shell.buying();
    if (!interactive || found?.by === "environment") {
      return no(
        `there is no ledger ${name}: where this campaign has bought before, name its ledger with --ledger, or everything is bought again; for a new one, \`topsheet ledger init ${shellQuoted(hidePassword(path))}\``,
      );
    }
    const above = await ledgerAbove(shell, path);
    if (above !== null) return no(hiddenInWords(path, above));
    const ledger = await shell.ledgers.blank();
    return ok({ ledger, path, make: async () => await made(shell, path) });
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    return refused(ledgerComplaint(cause, path), "failed");
  }
}

/** Of several first runs at once, all go on with the ledger of the one that made it. */
async function made(shell: Shell, path: string): Promise<Ledger> {
  try {
    const ledger = await shell.ledgers.create(path, "real");
    shell.err(`${fullLedgerName(path)} made: it remembers what was bought. Keep it.\n`);
    return ledger;
  } catch (cause) {
    if (!(cause instanceof LedgerFault) || cause.trouble !== "there-already") throw cause;
    const ledger = await shell.ledgers.open(path, "write");
    if (ledger.purpose === "real") return ledger;
    ledger.close();
    throw new LedgerFault("failed", "it was made for rehearsals meanwhile");
  }
}

/** Why no ledger is made below another, and what to paste if it is meant to be. */
export function hiddenInWords(path: string, above: string): string {
  return `${ledgerName(above)} is at or above the folder of ${ledgerName(path)}, and a campaign is bought under one ledger: use that one, or, for a ledger of its own, \`topsheet ledger init --nested ${shellQuoted(path)}\``;
}

const NO_COMMON_FOLDER =
  "there is no ledger, and no folder of these files is above all of them: name the one that this campaign is bought under with --ledger, or make one with `topsheet ledger init FILE`";

/**
 * Where a first ledger goes: into the folder that the command was started in if all files lie below it, or else
 * beside the file that is above the others: beside the file itself, not beside a link to it, for there it is found
 * without the link too. Null if none of these has all files below it: they would not all find it.
 */
async function firstPlace(ledgers: Ledgers, files: readonly string[]): Promise<string | null> {
  const spelled = files.map((file) => (file === "-" ? "." : dirname(file)));
  const folders: string[] = [];
  for (const file of files) {
    folders.push(file === "-" ? await ledgers.real(".") : dirname(await ledgers.real(file)));
  }
  for (const folder of [".", ...spelled, ...folders]) {
    const real = await ledgers.real(folder);
    if (folders.every((one) => isAtOrBelow(one, real))) return join(folder, USUAL_PLACE);
  }
  return null;
}

function isAtOrBelow(folder: string, top: string): boolean {
  return folder === top || folder.startsWith(top.endsWith(sep) ? top : `${top}${sep}`);
}

/** What names the ledger that it belongs to has one already. */
export function noLedgerOfPlan(name: string): string {
  return `there is no ledger ${name}: name the plan's own with --ledger`;
}
