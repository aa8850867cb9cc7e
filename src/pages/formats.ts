import { dirname, relative } from "node:path";
import type { Document, Target } from "../report/document.ts";
import type { Reported } from "../report/subjects.ts";
import { videoPaths } from "../delivery/video-store.ts";
import type { Hold } from "../ledger/hold.ts";
import { isWithin } from "../report/cost-report.ts";
import { explainFound } from "../report/status.ts";
import { renderCostPage } from "./cost-page.ts";
import { renderDiffPage } from "./diff-page.ts";
import { renderDocumentPage } from "./document-page.ts";
import type { Served } from "./document.ts";
import { findDeliveryTimes } from "./gantt.ts";
import { renderPlanPage } from "./plan-page.ts";

/** Renders the page of a plan, a cost report or a difference; of any other document, its blocks. */
export async function renderHtml(document: Document, target: Target): Promise<string> {
  const { subject } = document;
  switch (subject?.is) {
    case "plan":
      return renderPlanPage(subject);
    case "cost": {
      // A page on standard output is assumed to be saved in this folder.
      const folder = target.path === null ? "." : dirname(target.path);
      return await renderCostReport(target, subject, folder);
    }
    case "diff":
      return renderDiffPage(subject);
    case undefined:
      return renderDocumentPage(document);
  }
}

/** Renders a cost report for a file in `folder`, or to be served. */
export async function renderCostReport(
  shell: Pick<Target, "exists">,
  { report, book, options }: Reported,
  folder: string,
  served: Served | null = null,
): Promise<string> {
  const { campaign, day } = report;
  const kept = await book.holds(campaign);
  const runs = await book.openRuns(campaign);
  const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
  const holds = kept
    .map((hold) => explainFound(hold, living))
    .filter(({ reservedAt }) => isWithin(day, reservedAt));
  const addresses = new Map<string, string | null>();
  for (const hold of holds) {
    if (hold.delivery === null) continue;
    const there = await findVideo(shell, hold, hold.delivery.path, options.out);
    const at = served === null ? relative(folder, there ?? "") : `videos/${hold.id}`;
    addresses.set(hold.id, there === null ? null : at);
  }
  const delivered = findDeliveryTimes(await book.entries(campaign));
  const named = options.ledger ?? null;
  return renderCostPage(report, { holds, named, delivered, addresses }, served);
}

/** Finds a hold's video: in the folder `out` if that is given, else where its run saved it. */
async function findVideo(
  shell: Pick<Target, "exists">,
  hold: Hold,
  path: string,
  out: string | undefined,
): Promise<string | null> {
  for (const name of out === undefined ? [path] : videoPaths(out, hold)) {
    if (await shell.exists(name)) return name;
  }
  return null;
}
