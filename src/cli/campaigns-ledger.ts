import { distance } from "fastest-levenshtein";
import { type Diagnostic, warning } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/printable.ts";
import { type LedgerBook } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { Plan } from "../plan/plan.ts";

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

/**
 * Warns of a campaign that the ledger does not know yet, and that is one letter from one that bought the same: a slip
 * of the finger would buy everything again.
 */
export async function nearCampaigns(
  book: LedgerBook,
  { campaign, lines }: Plan,
): Promise<readonly Diagnostic[]> {
  const name = campaign.name.toLowerCase();
  const near = (await book.campaigns()).filter((one) => distance(one.toLowerCase(), name) === 1);
  if (near.length === 0 || (await book.positions(name)).length > 0) return [];
  const prints = new Set(lines.map((line) => line.fingerprint));
  const found: Diagnostic[] = [];
  for (const one of near) {
    const bought = await book.positions(one);
    if (!bought.some(({ fingerprint }) => prints.has(fingerprint))) continue;
    const message = `lines of this plan were bought under ${quoted(one)}, and are bought again under ${quoted(campaign.name)}`;
    found.push(warning("campaign", message, null, `did you mean ${quoted(one)}?`));
  }
  return found;
}
