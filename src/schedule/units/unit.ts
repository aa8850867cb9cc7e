import type { Schedule } from "../../plan/schedule.ts";

/** A campaign to hand to a scheduler that is there already. */
export interface Unit {
  readonly campaign: string;
  readonly schedule: Schedule;
  /** The folder in which the command is to run. */
  readonly folder: string;
  /** The words of the command: it fires what is due and ends, so that being woken too often does no harm. */
  readonly command: readonly string[];
  /** Whether the ledger is PostgreSQL: its address has a password in it, and comes through the environment. */
  readonly sharedLedger: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}
