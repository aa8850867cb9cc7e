import { NO_MONEY, type UsedMoney } from "../budget/caps.ts";
import type { Overage } from "../budget/terms.ts";

/** What identifies something that can be bought once: the n-th line of a campaign's edition with this fingerprint. */
interface Purchase {
  readonly campaign: string;
  readonly edition: string;
  readonly fingerprint: string;
  readonly ordinal: number;
  readonly key: string;
}

export type PurchaseState = "unbought" | "changed" | "in-flight" | "unknown" | "failed" | "settled";

/** What has been bought and promised already: the plan's port to the ledger. */
export interface Purchases {
  /** The ledger's id; null if there is none. */
  readonly ledger: string | null;
  /** Whether the ledger is for rehearsals. */
  readonly rehearsal: boolean;
  findState(purchase: Purchase): PurchaseState;
  readonly used: UsedMoney;
  /** What was added to the campaign's caps, on the record. */
  readonly overages: readonly Overage[];
  /** Whether an older topsheet bought some of it without writing down tags: that counts under no cap by tag. */
  readonly untagged?: boolean;
}

/** Without a ledger, everything counts as unbought, and the plan says so. */
export const NO_LEDGER: Purchases = {
  ledger: null,
  rehearsal: false,
  findState: () => "unbought",
  used: () => NO_MONEY,
  overages: [],
};
