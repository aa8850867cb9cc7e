import type { RunEvent } from "../run/events.ts";

/** What a worker has to tell beside what happens to its lines. */
export type WorkerNews =
  | { readonly news: "database-away"; readonly why: string }
  | { readonly news: "database-back" }
  | { readonly news: "refused-job"; readonly why: string }
  | { readonly news: "batch-begun"; readonly batch: string }
  | { readonly news: "batch-stopped"; readonly batch: string; readonly why: string }
  | { readonly news: "batch-over"; readonly batch: string };

/** `campaign`: null where it is about none, or one that is not known. */
export type TellWorker = (campaign: string | null, event: RunEvent | WorkerNews) => void;
