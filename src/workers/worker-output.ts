import { toPrintable } from "../diagnostics/printable.ts";
import type { RunEvent } from "../run/events.ts";
import type { WorkerNews } from "./jobs.ts";
import { formatEventJson, describeEvent } from "../cli/buying/event-output.ts";

interface Told {
  readonly text: string;
  /** Printed even with --quiet. */
  readonly bad: boolean;
}

/** Describes in one line what happened on a worker, with its campaign first. */
export function describeWorkerEvent(
  campaign: string | null,
  event: RunEvent | WorkerNews,
  /** The ledger as a command to paste has to name it; null if it is found without. */
  ledger: string | null,
): Told | null {
  const told =
    "news" in event
      ? describeWorkerNews(event)
      : // That a run of this worker ended early concerns nobody: its batch continues in another.
        event.event === "stopping" || event.event === "taken"
        ? null
        : describeEvent(event, campaign ?? "", ledger, "UTC");
  if (told === null || campaign === null) return told;
  return { ...told, text: `${toPrintable(campaign)}: ${told.text}` };
}

function describeWorkerNews(news: WorkerNews): Told {
  const bad = (text: string): Told => ({ text, bad: true });
  const plain = (text: string): Told => ({ text, bad: false });
  switch (news.news) {
    case "database-away":
      return bad(
        `The database cannot be reached: ${toPrintable(news.why)}. Waiting for it; nothing more is sent meanwhile.`,
      );
    case "database-back":
      return bad("The database is back.");
    case "refused-job":
      return bad(
        `a job on the queue is not as it was planned: ${toPrintable(news.why)}. It was not sent.`,
      );
    case "batch-begun":
      return plain("its lines are on the queue");
    case "batch-stopped":
      return bad(`nothing more is started: ${toPrintable(news.why)}`);
    case "batch-over":
      return plain("all its lines are over");
  }
}

/** Formats the same as a line of JSON. */
export function formatWorkerEventJson(
  campaign: string | null,
  event: RunEvent | WorkerNews,
  at: number,
): string {
  if (!("news" in event)) return formatEventJson({ ...event, campaign }, at);
  const { news, ...rest } = event;
  return formatEventJson({ event: news, campaign, ...rest }, at);
}
