import { basename } from "node:path";
import { endOf } from "../../budget/window.ts";
import { counted, printable } from "../../diagnostics/printable.ts";
import { LedgerFault } from "../../ledger/ledger.ts";
import { dollars, parseUsd, sum } from "../../money/usd.ts";
import { approvalFile, approvalPath } from "../../plan/approval-file.ts";
import { gist } from "../../plan/fingerprint.ts";
import { diagnosticsText } from "../../report/diagnostics-text.ts";
import { instant } from "../../report/approvals.ts";
import { EXIT } from "../exit-codes.ts";
import { ledgerComplaint } from "../ledger-complaint.ts";
import { exitForFault, fileComplaint } from "../load.ts";
import { loadPlan } from "../load-plan.ts";
import { ledgerToWrite } from "../ledger-to-write.ts";
import { refuse } from "../refuse.ts";
import type { Shell } from "../shell.ts";

export interface ApproveOptions {
  readonly by: string;
  readonly limit: string;
  readonly until?: string;
  readonly ledger?: string;
  readonly prices?: string;
}

/** Signs a saved plan: an entry in the ledger, which counts, and a file beside the plan, which shows it. */
export async function approve(
  shell: Shell,
  path: string,
  options: ApproveOptions,
): Promise<number> {
  const by = options.by.trim();
  const limit = parseUsd(options.limit);
  if (by === "") return refuse(shell, "--by must not be empty: it stays in the ledger");
  if (limit === undefined) {
    const given = JSON.stringify(options.limit);
    return refuse(shell, `--limit takes US dollars such as 180 or 0.5, not ${given}`);
  }
  const loaded = await loadPlan(shell, [path], { only: [], ...pricesOf(options) });
  if ("exit" in loaded) return loaded.exit;
  const { plan, saved } = loaded;
  if (saved === null || path === "-") {
    const hint = "save one with `topsheet plan … -o plan.json`";
    return refuse(shell, `${printable(path)} is not a saved plan: ${hint}`);
  }
  const until = options.until === undefined ? null : endOf(options.until, plan.campaign.timezone);
  if (until === undefined) {
    const given = JSON.stringify(options.until);
    return refuse(shell, `--until takes a date such as 2026-12-24, not ${given}`);
  }
  if (until !== null && until <= shell.now()) {
    return refuse(shell, `--until ${printable(options.until ?? "")} is over already`);
  }
  const opened = await ledgerToWrite(shell, [path], options.ledger);
  if ("exit" in opened) return opened.exit;
  const { ledger, path: ledgerPath } = opened;
  try {
    if (saved.ledger !== null && saved.ledger !== ledger.id) {
      const problem = `${printable(path)} was planned against another ledger: name that one with --ledger`;
      return refuse(shell, problem, EXIT.notApproved);
    }
    const lines = plan.lines.map(({ key, fingerprint, ordinal, endpoint, input, cost }) => {
      return { key, fingerprint, ordinal, gist: gist(endpoint, input), cost };
    });
    const cost = sum(lines.map((line) => line.cost));
    const { name } = plan.campaign;
    const approval = { plan: saved.sha256, created: saved.created, by, limit, until };
    await ledger.approve(name, approval, lines);
    const ends = until === null ? "" : ` until ${instant(until)}`;
    shell.err(
      `${printable(by)} approves ${counted(lines.length, "line")} of ${printable(name)} for ${dollars(cost)}: at most ${dollars(limit)}${ends}.\n`,
    );
    if (limit < cost) {
      shell.err(`That is less than all of them cost: a run has to choose some with --only.\n`);
    }
    const beside = approvalPath(path);
    const signed = { file: basename(path), campaign: name, lines: lines.length, cost, by, limit };
    const text = approvalFile({
      ...signed,
      sha256: saved.sha256,
      until,
      at: shell.now(),
      ledger: ledger.id,
    });
    const fault = await shell.write(beside, text);
    if (fault === null) {
      shell.err(`${printable(beside)} written; the ledger has the entry that counts.\n`);
      return EXIT.done;
    }
    shell.err(diagnosticsText([fileComplaint(beside, fault, "write")], shell.errScreen.colour));
    shell.err("The approval stands in the ledger all the same.\n");
    return exitForFault(fault);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    return refuse(shell, ledgerComplaint(cause, ledgerPath), EXIT.failed);
  } finally {
    ledger.close();
  }
}

function pricesOf({ prices }: ApproveOptions): { readonly prices?: string } {
  return prices === undefined ? {} : { prices };
}
