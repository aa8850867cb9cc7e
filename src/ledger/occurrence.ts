import type { FactOf, How, RunLimit } from "./entry.ts";

/** One occurrence that is to run. `instant` in milliseconds UTC. */
export interface OccurrenceStart {
  readonly campaign: string;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase has to be in, or any; null if none is needed. */
  readonly approval?: string | null;
  readonly instant: number;
  /** The edition that it buys; empty if it continues the campaign. */
  readonly edition: string;
  readonly how: Exclude<How, "skipped">;
  /** The newest occurrence that is caught up together with it: together they have one account. */
  readonly catchUpTo?: number;
}

export type OccurrenceStarted =
  /** `before`: its run that died or was ended in the middle; null for its first. */
  | { readonly is: "started"; readonly run: string; readonly before: string | null }
  /** It had its turn, or another process is running it now. */
  | { readonly is: "claimed-already" }
  /** Another occurrence of the campaign is not over. */
  | { readonly is: "overlap" };

/** What a ledger keeps about an occurrence that had its turn. */
export interface KeptOccurrence {
  readonly instant: number;
  readonly edition: string;
  readonly how: How;
  /** The newest of its runs; null for one that was skipped. */
  readonly run: string | null;
  /** Whether it is over and will not be resumed. */
  readonly ended: boolean;
}

/** The state of a campaign's schedule. Times in milliseconds UTC. */
export interface ScheduleState {
  /** From when on the schedule counts: no earlier occurrence was missed. */
  readonly since: number;
  /** The newest occurrence that had its turn; null before the first. */
  readonly newest: number | null;
  /** The occurrence that is not over, and whether its run lives. */
  readonly open: (KeptOccurrence & { readonly alive: boolean }) | null;
}

/** A living scheduler that follows another schedule for the same campaign. */
export interface Rival {
  readonly schedule: string;
  /** When its lease ends, unless it renews it. Milliseconds UTC. */
  readonly until: number;
}

/** Names the account of a scheduled run: its occurrence, however many runs it takes. */
export function occurrenceAccount(instant: number): string {
  return `occurrence:${new Date(instant).toISOString()}`;
}

/** Names the account of occurrences that are caught up together: all of them, up to the newest. */
export function catchUpAccount(newest: number): string {
  return `${CATCH_UP}${new Date(newest).toISOString()}`;
}

const CATCH_UP = "catch-up:";

/** Returns whether an account belongs to a catch-up that includes an occurrence. */
export function isCatchUpOf(account: string, instant: number): boolean {
  return account.startsWith(CATCH_UP) && Date.parse(account.slice(CATCH_UP.length)) >= instant;
}

type TurnFact = FactOf<"occurrence" | "occurrence-resumed" | "occurrence-ended">;

/** Tells whether an occurrence belongs to a run. */
interface OwnRun {
  readonly campaign: string;
  readonly account: string;
  readonly ended: boolean;
}

interface Turn {
  readonly how: How;
  readonly run: string | null;
}

const NOT_ITS_OWN = "is of a run of something else";

/** Checks the turns of occurrences: each has one, and no two of a campaign are open at once. */
export class Turns {
  readonly #turns = new Map<string, Turn>();
  /** By campaign, the occurrence that is not over. */
  readonly #open = new Map<string, Turn>();

  /** Reads one entry. Returns what is wrong with it, in words that continue after its number. */
  read(
    campaign: string,
    run: string | null,
    fact: TurnFact,
    runs: ReadonlyMap<string, OwnRun>,
  ): readonly string[] {
    const id = JSON.stringify([campaign, fact.instant]);
    const open = this.#open.get(campaign);
    const before = this.#turns.get(id);
    if (fact.kind === "occurrence-ended") {
      if (before === undefined || open !== before) return ["ends an occurrence that is not open"];
      this.#open.delete(campaign);
      return [];
    }
    const how = fact.kind === "occurrence" ? fact.how : before?.how;
    const ends = fact.kind === "occurrence" && how === "skipped";
    const problems =
      ends || isOwnRun(fact.instant, how, campaign, runs.get(run ?? "")) ? [] : [NOT_ITS_OWN];
    if (fact.kind === "occurrence") {
      const turn = { how: fact.how, run };
      if (before !== undefined) problems.push("gives an occurrence a second turn");
      if (ends && run !== null) problems.push("has a run although it was skipped");
      if (!ends && open !== undefined) problems.push("begins while another is open");
      if (!ends) this.#open.set(campaign, turn);
      this.#turns.set(id, turn);
      return problems;
    }
    if (before === undefined || open !== before) {
      problems.push("resumes an occurrence that is not open");
      return problems;
    }
    const last = runs.get(before.run ?? "");
    if (last?.ended === false) problems.push("resumes an occurrence whose run is open");
    if (last !== undefined && last.account !== runs.get(run ?? "")?.account)
      problems.push("resumes under another account");
    const turn = { ...before, run };
    this.#open.set(campaign, turn);
    this.#turns.set(id, turn);
    return problems;
  }
}

function isOwnRun(
  instant: number,
  how: How | undefined,
  campaign: string,
  run: OwnRun | undefined,
): boolean {
  if (run === undefined || run.campaign !== campaign || run.ended) return false;
  const isShared = how === "caught-up" && isCatchUpOf(run.account, instant);
  return isShared || run.account === occurrenceAccount(instant);
}
