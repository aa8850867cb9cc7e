import { type LedgerBook, LedgerFault } from "../ledger/ledger.ts";

/** Whether a plan was saved against this ledger, or one that its campaign was in before. */
export async function isPlansLedger(
  saved: { readonly ledger: string | null } | null,
  book: LedgerBook,
  campaign: string,
): Promise<boolean> {
  const id = saved?.ledger ?? book.id;
  return id === book.id || (await book.moves(campaign)).formerly.includes(id);
}

/** Throws where a campaign goes on in another ledger: what this one knows of it is not all. */
export async function expectHere(book: LedgerBook, campaign: string): Promise<void> {
  const { sealed } = await book.moves(campaign);
  if (sealed !== null) throw new LedgerFault("sealed", `${campaign} has moved to ${sealed.into}`);
}
