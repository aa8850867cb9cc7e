import { extname } from "node:path";
import { guess } from "../../diagnostics/nearest.ts";
import { printable } from "../../diagnostics/printable.ts";
import { LedgerFault } from "../../ledger/ledger.ts";
import { type MicroUsd, parseUsd } from "../../money/usd.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import { withCap } from "../../plan/campaign.ts";
import { type MadePlan, makePlan } from "../../plan/make-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { diagnosticsText } from "../../report/diagnostics-text.ts";
import type { Screen } from "../../report/plan-table.ts";
import { EXIT } from "../exit-codes.ts";
import { approvalInWords, type HeldPlan, heldPlan, termsInWords } from "../held-plan.ts";
import { ledgerComplaint } from "../ledger-complaint.ts";
import { ledgerPath } from "../ledger-path.ts";
import { exitForFault, fileComplaint, loadManifests, loadPrices } from "../load.ts";
import type { Shell } from "../shell.ts";

type Format = "table" | "json" | "csv" | "md";

export interface PlanOptions {
  readonly format: Format;
  readonly output: readonly string[];
  readonly only: readonly string[];
  readonly cap?: string;
  readonly ledger?: string;
  readonly prices?: string;
  readonly quiet?: true;
}

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".json": "json",
  ".csv": "csv",
  ".md": "md",
  ".txt": "table",
};

export async function plan(
  shell: Shell,
  files: readonly string[],
  options: PlanOptions,
): Promise<number> {
  const usage = misuse(options);
  if (usage !== null) {
    shell.err(`error: ${usage}\n`);
    return EXIT.wrong;
  }
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const made = makePlan({ manifests, prices, only: options.only });
  const now = shell.now();
  const held = made.plan === null ? null : await against(shell, made.plan, files, options, now);
  if (held !== null && "exit" in held) return held.exit;
  const admitted = held?.plan ?? null;
  shell.out(await rendered(options.format, made, admitted, now, shell.outScreen));
  const unwritten = await writeOutputs(shell, options, made, admitted, now);
  const { diagnostics } = admitted ?? made;
  const told = options.quiet
    ? diagnostics.filter((diagnostic) => diagnostic.severity === "error")
    : diagnostics;
  shell.err(diagnosticsText(told, shell.errScreen.colour));
  if (held !== null && options.quiet !== true) {
    for (const line of [...termsInWords(held.agreed), ...approvalInWords(held)]) {
      shell.err(`${line}\n`);
    }
  }
  if (unwritten !== EXIT.done) return unwritten;
  if (admitted === null) return EXIT.wrong;
  return admitted.verdict === "over-budget" ? EXIT.overBudget : EXIT.done;
}

/** The plan against the ledger that its manifests mean, where there is one: `plan` makes none. */
async function against(
  shell: Shell,
  plan: Plan,
  files: readonly string[],
  options: PlanOptions,
  now: number,
): Promise<HeldPlan | { readonly exit: number }> {
  const asked = (terms: Plan): Plan => withCap(terms, capOf(options));
  const found = await ledgerPath(shell, options.ledger, files);
  if (found === null) return await heldPlan(plan, null, { retryFailed: false, now, asked });
  try {
    const book = await shell.ledgers.open(found.path, "read");
    try {
      return await heldPlan(plan, book, { retryFailed: false, now, asked });
    } finally {
      book.close();
    }
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, found.path)}\n`);
    return { exit: cause.trouble === "missing" ? EXIT.wrong : EXIT.failed };
  }
}

function capOf({ cap }: PlanOptions): MicroUsd | null {
  return cap === undefined ? null : (parseUsd(cap) ?? null);
}

/** What is wrong with the command itself, said before anything is read. */
function misuse(options: PlanOptions): string | null {
  if (options.cap !== undefined && capOf(options) === null) {
    return `--cap takes US dollars such as 180 or 0.5, not ${JSON.stringify(options.cap)}`;
  }
  for (const path of options.output) {
    const extension = extname(path).toLowerCase();
    if (EXTENSIONS[extension] === undefined) {
      return `-o ${printable(path)}: no format for ${extension === "" ? "a name without an ending" : extension}; ${guess(extension, Object.keys(EXTENSIONS))}`;
    }
  }
  return null;
}

/** Each renderer is loaded for the format that needs it. */
async function rendered(
  format: Format,
  made: MadePlan,
  admitted: AdmittedPlan | null,
  now: number,
  screen: Screen,
): Promise<string> {
  switch (format) {
    case "json": {
      const { planJson } = await import("../../report/plan-json.ts");
      return planJson(made, admitted, now);
    }
    case "md": {
      const { planMarkdown } = await import("../../report/plan-markdown.ts");
      return planMarkdown(made, admitted);
    }
    case "csv": {
      // Half a table looks whole in a spreadsheet: a wrong manifest has none.
      if (admitted === null) return "";
      const { planCsv } = await import("../../report/plan-csv.ts");
      return planCsv(admitted);
    }
    case "table": {
      if (admitted === null) return "";
      const { planTable } = await import("../../report/plan-table.ts");
      return planTable(admitted, screen);
    }
  }
}

// Excel takes a CSV file without it for the machine's own code page; a pipe to a script is better off without.
const BYTE_ORDER_MARK = "\ufeff";

/** Writes every `-o`; resolves to what a file that could not be written means for the exit code. */
async function writeOutputs(
  shell: Shell,
  { output, quiet }: PlanOptions,
  made: MadePlan,
  admitted: AdmittedPlan | null,
  now: number,
): Promise<number> {
  let code: number = EXIT.done;
  for (const path of output) {
    if (admitted === null) {
      shell.err(`${printable(path)} not written: the manifest has errors\n`);
      continue;
    }
    const format = EXTENSIONS[extname(path).toLowerCase()] ?? "json";
    const text = await rendered(format, made, admitted, now, { width: Infinity, colour: false });
    const fault = await shell.write(path, format === "csv" ? BYTE_ORDER_MARK + text : text);
    if (fault === null) {
      if (quiet !== true) shell.err(`${printable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForFault(fault);
    shell.err(diagnosticsText([fileComplaint(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}
