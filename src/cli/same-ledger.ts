import type { LedgerBook } from "../ledger/ledger.ts";

/** Whether a plan was saved against this ledger, or one that its campaign was in before. */
export async function isPlansLedger(
  saved: { readonly ledger: string | null } | null,
  book: LedgerBook,
  campaign: string,
): Promise<boolean> {
  const id = saved?.ledger ?? book.id;
  return id === book.id || (await book.moves(campaign)).formerly.includes(id);
}
