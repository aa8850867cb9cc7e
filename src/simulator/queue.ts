import type { JobState, KeptJob } from "./job.ts";

/**
 * Decides when each job runs. Nothing is scheduled: each question first brings the queue up to date, so a thousand jobs
 * in flight cost nothing while nobody asks. Times are milliseconds of `performance.now()`.
 */
export interface Queue {
  readonly jobs: readonly KeptJob[];
  add(job: KeptJob): void;
  find(requestId: string): KeptJob | undefined;
  state(job: KeptJob): JobState;
  /** How many jobs start before it; 0 is next. */
  position(job: KeptJob): number;
  /** Returns when its state or its position may change next; null if never again. */
  nextChange(job: KeptJob): number | null;
  /** Ends it before it runs. */
  remove(job: KeptJob): void;
  /** Ends it now. */
  stop(job: KeptJob): void;
  /** Calls the listener when a job is removed or stopped, for the others move up then. Returns how to end that. */
  onCancel(listener: () => void): () => void;
}

export function createQueue(concurrency: number): Queue {
  const jobs: KeptJob[] = [];
  const byId = new Map<string, KeptJob>();
  const waiting: KeptJob[] = [];
  // When each place is free again; empty if everything may run at once.
  const freeAt: number[] = Number.isFinite(concurrency)
    ? Array.from({ length: concurrency }, () => 0)
    : [];
  const listeners = new Set<() => void>();

  const start = (job: KeptJob, at: number, place: number | null): void => {
    job.startedAt = at;
    job.endsAt = at + job.generateMs;
    job.place = place;
    if (place !== null) freeAt[place] = job.endsAt;
  };

  const firstFree = (): number => freeAt.indexOf(Math.min(...freeAt));

  const nextStart = (): number | null => {
    const head = waiting[0];
    if (head === undefined) return null;
    return Math.max(head.readyAt, freeAt[firstFree()] ?? 0);
  };

  const startWaiting = (now: number): void => {
    for (let at = nextStart(); at !== null && at <= now; at = nextStart()) {
      const head = waiting.shift();
      if (head !== undefined) start(head, at, firstFree());
    }
  };

  const state = (job: KeptJob): JobState => {
    if (job.removed) return "REMOVED";
    const now = performance.now();
    if (job.startedAt === null) {
      if (freeAt.length > 0) startWaiting(now);
      else if (job.readyAt <= now) start(job, job.readyAt, null);
    }
    if (job.startedAt === null) return "IN_QUEUE";
    return job.endsAt <= now ? "COMPLETED" : "IN_PROGRESS";
  };

  const leave = (job: KeptJob): void => {
    const index = waiting.indexOf(job);
    if (index !== -1) waiting.splice(index, 1);
    const now = performance.now();
    if (job.place !== null && job.endsAt > now) freeAt[job.place] = now;
    job.startedAt ??= now;
    job.endsAt = now;
    for (const listener of listeners) listener();
  };

  return {
    jobs,
    add(job) {
      jobs.push(job);
      byId.set(job.requestId, job);
      if (freeAt.length === 0) return;
      // Sorted by when they are ready; nearly always the new one is the last.
      let index = waiting.length;
      while (index > 0 && (waiting[index - 1]?.readyAt ?? 0) > job.readyAt) index -= 1;
      waiting.splice(index, 0, job);
    },
    find: (requestId) => byId.get(requestId),
    state,
    position(job) {
      startWaiting(performance.now());
      return Math.max(0, waiting.indexOf(job));
    },
    nextChange(job) {
      switch (state(job)) {
        case "IN_QUEUE":
          return freeAt.length === 0 ? job.readyAt : nextStart();
        case "IN_PROGRESS":
          return job.endsAt;
        case "COMPLETED":
        case "REMOVED":
          return null;
      }
    },
    remove(job) {
      job.removed = true;
      leave(job);
    },
    stop(job) {
      job.stopped = true;
      leave(job);
    },
    onCancel(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
