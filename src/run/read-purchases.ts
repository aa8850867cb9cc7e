import { purchaseKey } from "../budget/purchase.ts";
import { NO_MONEY, scopeKey, listScopes, type Used, type UsedMoney } from "../budget/caps.ts";
import { simulateReclaim, blocksPurchase, findCurrentHolds } from "../ledger/hold.ts";
import type { LedgerBook, HoldSummary } from "../ledger/ledger.ts";
import { add, sum } from "../money.ts";
import type { Purchases, PurchaseState } from "../plan/purchases.ts";

/** The plan's port to the ledger. `bought`: whether the campaign has any purchase that must not be made again. */
interface CampaignPurchases extends Purchases {
  readonly bought: boolean;
}

/** Reads what a ledger says of a campaign's purchases now. */
export async function readPurchases(
  book: LedgerBook,
  campaign: string,
  /** Definite failures that cost nothing count as unbought. */
  { retryFailed }: { readonly retryFailed: boolean },
): Promise<CampaignPurchases> {
  // Holds before runs: a run that starts in between must not look dead.
  const kept = await book.positions(campaign);
  const runs = await book.openRuns(campaign);
  const overages = await book.overages(campaign);
  const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
  const positions = kept.map((position) => simulateReclaim(position, living));
  const used = makeUsedMoney(positions);
  const current = findCurrentHolds(positions);
  const keys = new Map<string, Set<string>>();
  for (const position of positions) {
    if (!blocksPurchase(position)) continue;
    const prints = keys.get(position.key) ?? new Set();
    keys.set(position.key, prints.add(position.fingerprint));
  }
  return {
    ledger: book.id,
    rehearsal: book.purpose === "rehearsal",
    findState: (purchase) => {
      const position = current.get(purchaseKey(purchase));
      const state = position === undefined ? "unbought" : purchaseState(position);
      const again = state === "failed" && retryFailed && position?.charge === "none";
      if (state !== "unbought" && !again) return state;
      const bought = keys.get(purchase.key);
      return bought === undefined || bought.has(purchase.fingerprint) ? "unbought" : "changed";
    },
    used,
    overages,
    bought: kept.some(blocksPurchase),
    untagged: positions.some(({ tags }) => tags === null),
  };
}

function purchaseState({ state }: HoldSummary): PurchaseState {
  switch (state) {
    case "reserved":
    case "sending":
    case "submitted":
      return "in-flight";
    case "released":
      return "unbought";
    case "settled":
    case "failed":
    case "unknown":
      return state;
  }
}

/** Sums what these holds have spent and hold, by scope. */
export function makeUsedMoney(positions: readonly HoldSummary[]): UsedMoney {
  // Summed once: a plan asks for one of every shot.
  const ever = new Map<string, Used>();
  for (const { spent, held, ...position } of positions) {
    for (const key of listScopes(position).map(scopeKey)) {
      const before = ever.get(key) ?? NO_MONEY;
      ever.set(key, { spent: add(before.spent, spent), held: add(before.held, held) });
    }
  }
  return (scope, from) => {
    if (from === null) return ever.get(scopeKey(scope)) ?? NO_MONEY;
    if (scope.by !== "campaign") throw new Error("only a campaign is counted from a moment on");
    const since = positions.filter((position) => position.reservedAt >= from);
    return {
      spent: sum(since.map(({ spent }) => spent)),
      held: sum(since.map(({ held }) => held)),
    };
  };
}
