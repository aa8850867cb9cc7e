import { dirname, relative } from "node:path";
import type { Format, Reported, Target } from "../cli/wing.ts";
import { namesOf } from "../delivery/video-store.ts";
import type { Hold } from "../ledger/hold.ts";
import { asFoundAndWhy } from "../report/status.ts";
import { costPage } from "./cost-page.ts";
import { diffPage } from "./diff-page.ts";
import type { Served } from "./document.ts";
import { deliveredAt } from "./gantt.ts";
import { planPage } from "./plan-page.ts";

export const HTML: Format = {
  plan: async (planned) => {
    const { made, admitted, beside } = planned;
    return planPage(made, admitted, { ...planned, ...beside, gates: beside.gates ?? [] });
  },
  // What goes to standard output is taken to end up in this folder.
  cost: async (reported, { shell, path }) =>
    await costPageOf(shell, reported, path === null ? "." : dirname(path)),
  diff: async ({ found, ...around }) => diffPage(found, around),
};

/** The report as a page in a folder, or as one that is served. */
export async function costPageOf(
  shell: Target["shell"],
  { report, book, options }: Reported,
  folder: string,
  served: Served | null = null,
): Promise<string> {
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
  shell: Target["shell"],
  hold: Hold,
  path: string,
  out: string | undefined,
): Promise<string | null> {
  for (const name of out === undefined ? [path] : namesOf(out, hold)) {
    if (await shell.exists(name)) return name;
  }
  return null;
}
