import { dirname, extname, relative } from "node:path";
import { namesOf } from "../delivery/video-store.ts";
import { printable } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import type { Served } from "../pages/document.ts";
import { costReportJson, costReportTable } from "../report/cost-report-table.ts";
import type { CostReport } from "../report/cost-report.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import { deliveredAt } from "../pages/gantt.ts";
import { asFoundAndWhy } from "../report/status.ts";
import { EXIT } from "./exit-codes.ts";
import { exitForFault, fileComplaint } from "./load.ts";
import type { Shell } from "./shell.ts";

export type ReportFormat = "table" | "json" | "csv" | "xlsx" | "html";

export const ENDINGS: Readonly<Record<string, ReportFormat>> = {
  ".json": "json",
  ".csv": "csv",
  ".xlsx": "xlsx",
  ".html": "html",
  ".txt": "table",
};

// Excel takes a CSV file without it for the machine's own code page.
const BYTE_ORDER_MARK = "\ufeff";

/** A cost report, and where what a page tells beside it is found. */
export interface Reported {
  readonly report: CostReport;
  readonly book: Pick<LedgerBook, "holds" | "openRuns" | "entries">;
  readonly options: { readonly ledger?: string; readonly out?: string };
}

/** `path` is the file that it is for; null for standard output, which is taken to end up in this folder. */
export async function renderedReport(
  shell: Shell,
  format: ReportFormat,
  reported: Reported,
  path: string | null,
): Promise<string | Uint8Array> {
  switch (format) {
    case "json":
      return costReportJson(reported.report);
    case "table":
      return costReportTable(
        reported.report,
        path === null ? shell.outScreen : { width: Infinity, colour: false },
      );
    case "csv": {
      const { costCsv } = await import("../sheets/cost-workbook.ts");
      const text = costCsv(reported.report);
      return path === null ? text : BYTE_ORDER_MARK + text;
    }
    case "xlsx": {
      const { costWorkbook } = await import("../sheets/cost-workbook.ts");
      const { writeWorkbook } = await import("../sheets/write-workbook.ts");
      const written = await writeWorkbook(costWorkbook(reported.report));
      // Names are short and notes are ours: no cell of a cost report is as long as that.
      if (!(written instanceof Uint8Array))
        throw new Error(`too long for a cell: ${written.column}`);
      return written;
    }
    case "html":
      return await costPageOf(shell, reported, path === null ? "." : dirname(path));
  }
}

/** Writes every `-o`; resolves to what a file that could not be written means for the exit code. */
export async function writeReports(
  shell: Shell,
  paths: readonly string[],
  reported: Reported,
): Promise<number> {
  let code: number = EXIT.done;
  for (const path of paths) {
    const format = ENDINGS[extname(path).toLowerCase()] ?? "json";
    const fault = await shell.write(path, await renderedReport(shell, format, reported, path));
    if (fault === null) {
      shell.err(`${printable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForFault(fault);
    shell.err(diagnosticsText([fileComplaint(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}

/** The report as a page in a folder, or as one that is served. */
export async function costPageOf(
  shell: Pick<Shell, "exists">,
  reported: Reported,
  folder: string,
  served: Served | null = null,
): Promise<string> {
  const { costPage } = await import("../pages/cost-page.ts");
  const { report, book, options } = reported;
  const { campaign, day } = report;
  const kept = await book.holds(campaign);
  const runs = await book.openRuns(campaign);
  const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
  const holds = kept
    .map((hold) => asFoundAndWhy(hold, living))
    .filter(({ reservedAt: at }) => day === null || (at >= day.from && at < day.to));
  const addresses = new Map<string, string | null>();
  for (const hold of holds) {
    if (hold.delivery === null) continue;
    const there = await videoOf(shell, hold, hold.delivery.path, options.out);
    const at = served === null ? relative(folder, there ?? "") : `videos/${hold.id}`;
    addresses.set(hold.id, there === null ? null : at);
  }
  const delivered = deliveredAt(await book.entries(campaign));
  const named = options.ledger ?? null;
  return costPage(report, { holds, named, delivered, addresses }, served);
}

/** Where a hold's video is: in the folder that was named, else where its run has put it, from this folder. */
async function videoOf(
  shell: Pick<Shell, "exists">,
  hold: Hold,
  path: string,
  out: string | undefined,
): Promise<string | null> {
  for (const name of out === undefined ? [path] : namesOf(out, hold)) {
    if (await shell.exists(name)) return name;
  }
  return null;
}
