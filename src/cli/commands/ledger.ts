import { counted, printable } from "../../diagnostics/printable.ts";
import { LedgerFault } from "../../ledger/ledger.ts";
import { verify } from "../../ledger/verify.ts";
import { EXIT } from "../exit-codes.ts";
import { campaignsMeant } from "../find-campaign.ts";
import { ledgerComplaint } from "../ledger-complaint.ts";
import { ledgerName } from "../ledger-name.ts";
import { ledgerAbove, USUAL_PLACE } from "../ledger-path.ts";
import { hiddenInWords } from "../ledger-to-write.ts";
import { withLedger } from "../open-ledger.ts";
import { refuse } from "../refuse.ts";
import type { Shell } from "../shell.ts";

export interface LedgerOptions {
  readonly ledger?: string;
}

export interface InitOptions {
  readonly rehearse?: true;
  readonly nested?: true;
}

export interface ExportOptions extends LedgerOptions {
  readonly format: "csv" | "jsonl";
  readonly campaign?: string;
}

/** Everything that a ledger has: a row for each hold to a spreadsheet, a line for each entry to a script. */
export async function exportLedger(shell: Shell, options: ExportOptions): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const { campaign } = options;
    const chosen = await campaignsMeant(ledger, campaign);
    if ("problem" in chosen) return refuse(shell, chosen.problem);
    const { entryLine, holdsCsv } = await import("../../report/ledger-export.ts");
    if (options.format === "jsonl") {
      for (const entry of await ledger.entries(campaign ?? null)) shell.out(entryLine(entry));
      return EXIT.done;
    }
    const holds = await Promise.all(chosen.map(async (name) => await ledger.holds(name)));
    shell.out(holdsCsv(holds.flat()));
    return EXIT.done;
  });
}

/** Makes an empty ledger, never over one that is there, and below another only if told. */
export async function initLedger(
  shell: Shell,
  file: string | undefined,
  { rehearse, nested }: InitOptions,
): Promise<number> {
  const path = file ?? shell.ledgers.named ?? USUAL_PLACE;
  try {
    if (await shell.ledgers.exists(path)) {
      shell.err(`error: ${ledgerName(path)} is there already\n`);
      return EXIT.wrong;
    }
    // A rehearsal's that is found by its name only hides no other.
    const hides = nested !== true && (rehearse !== true || path.endsWith(USUAL_PLACE));
    const above = hides ? await ledgerAbove(shell, path) : null;
    if (above !== null) return refuse(shell, hiddenInWords(path, above));
    const purpose = rehearse === true ? "rehearsal" : "real";
    (await shell.ledgers.create(path, purpose)).close();
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, path)}\n`);
    return EXIT.failed;
  }
  const remembers =
    rehearse === true
      ? "It is for rehearsals: only the simulator is bought from under it."
      : "It remembers what was bought: keep it, and keep it backed up.";
  shell.err(`${ledgerName(path)} made. ${remembers}\n`);
  return EXIT.done;
}

/** Folds every entry anew and says whether the ledger is what they tell. */
export async function verifyLedger(shell: Shell, options: LedgerOptions): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger, path) => {
    const all = await ledger.everything();
    const { entries, holds, checks, problems } = verify(all.entries, all.kept);
    for (const problem of problems) shell.err(`error: ${printable(problem)}\n`);
    const looked = `${counted(entries, "entry").replace(/entrys$/, "entries")}, ${counted(holds, "hold")}, ${counted(checks, "cap check")}`;
    shell.out(
      `${printable(path)}: ${looked}, ${problems.length === 0 ? "all in order" : counted(problems.length, "problem")}.\n`,
    );
    return problems.length === 0 ? EXIT.done : EXIT.failed;
  });
}
