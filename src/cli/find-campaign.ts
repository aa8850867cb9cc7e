import { printable } from "../diagnostics/printable.ts";
import type { LedgerBook } from "../ledger/ledger.ts";

/** The campaigns that a command means: the one it names, whatever its case, or all of the ledger's. */
export async function campaignsMeant(
  ledger: LedgerBook,
  named: string | undefined,
): Promise<readonly string[] | { readonly problem: string }> {
  const campaigns = await ledger.campaigns();
  if (named === undefined) return campaigns;
  const found = campaigns.filter((name) => name.toLowerCase() === named.toLowerCase());
  if (found.length > 0) return found;
  const known = campaigns.map(printable).join(", ");
  return {
    problem: `the ledger has no campaign ${printable(named)}; it has ${known || "none yet"}`,
  };
}
