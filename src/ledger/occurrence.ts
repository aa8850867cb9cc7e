import type { RunLimit } from "./entry.ts";

/** How an occurrence of a schedule came to its turn. */
export type How = "on-time" | "caught-up" | "skipped";

/** One occurrence that is to run. `instant` in milliseconds UTC. */
export interface OccurrenceStart {
  readonly campaign: string;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase has to be in, or any; null where none is needed. */
  readonly approval?: string | null;
  readonly instant: number;
  /** The edition that it buys; empty where it goes on with the campaign. */
  readonly edition: string;
  readonly how: Exclude<How, "skipped">;
  /** The newest of those that are caught up with it: together they have one account. */
  readonly catchUpTo?: number;
}

export type OccurrenceStarted =
  /** `before`: its run that died or was ended in the middle; null for its first. */
  | { readonly is: "started"; readonly run: string; readonly before: string | null }
  /** It had its turn, or has it now, in another process. */
  | { readonly is: "claimed-already" }
  /** Another occurrence of the campaign is not over. */
  | { readonly is: "overlap" };

/** What a ledger keeps of an occurrence that had its turn. */
export interface Occurrence {
  readonly instant: number;
  readonly edition: string;
  readonly how: How;
  /** The newest of its runs; null for one that was skipped. */
  readonly run: string | null;
  /** Whether it is over, and not to be gone on with. */
  readonly ended: boolean;
}

/** Where a campaign's schedule stands. Times in milliseconds UTC. */
export interface ScheduleState {
  /** From when on these times are kept: what was before was never missed. */
  readonly since: number;
  /** The newest occurrence so far that had its turn; null before the first. */
  readonly newest: number | null;
  /** The one that is not over, and whether its run lives. */
  readonly open: (Occurrence & { readonly alive: boolean }) | null;
}

/** A scheduler that keeps the same campaign to other times, and lives. */
export interface Rival {
  readonly schedule: string;
  /** When its lease ends, unless it renews it. Milliseconds UTC. */
  readonly until: number;
}

/** What `per_run` and the limits of a scheduled run count: the occurrence, however many runs it takes. */
export function occurrenceAccount(instant: number): string {
  return `occurrence:${new Date(instant).toISOString()}`;
}

/** What they count of occurrences that are caught up in one go: all of them, up to the newest. */
export function catchUpAccount(newest: number): string {
  return `${CATCH_UP}${new Date(newest).toISOString()}`;
}

const CATCH_UP = "catch-up:";

/** Whether an account is one of a catch-up that an occurrence belongs to. */
export function isCatchUpOf(account: string, instant: number): boolean {
  return account.startsWith(CATCH_UP) && Date.parse(account.slice(CATCH_UP.length)) >= instant;
}
