import { distance } from "fastest-levenshtein";
import { type Diagnostic, warning } from "../diagnostics/diagnostic.ts";
import { findNearest } from "../diagnostics/suggest.ts";
import { toPrintable, quote } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Ledger, LedgerBook } from "../ledger/ledger.ts";
import type { Plan } from "../plan/plan.ts";
import { refuse } from "./refuse.ts";
import type { Shell } from "./shell.ts";

// Finds, in a ledger, the campaigns and lines that a person names.

/** Finds the campaign that a command names, in any case, or all campaigns of the ledger. */
export async function findCampaigns(
  ledger: LedgerBook,
  named: string | undefined,
): Promise<Result<readonly string[]>> {
  const campaigns = await ledger.campaigns();
  if (named === undefined) return ok(campaigns);
  const found = campaigns.filter((name) => name.toLowerCase() === named.toLowerCase());
  if (found.length > 0) return ok(found);
  const known = campaigns.map(toPrintable).join(", ");
  return refused(`the ledger has no campaign ${toPrintable(named)}; it has ${known || "none yet"}`);
}

/** Refuses a command that shows one campaign only. */
export function refuseSeveral(shell: Shell, campaigns: readonly string[]): number {
  const names = campaigns.map(toPrintable).join(", ");
  return refuse(shell, `the ledger has several campaigns, name one: ${names}`);
}

/** Reads `CAMPAIGN/KEY`. The campaign may be left out if the ledger has only one. */
export async function parseLineName(
  ledger: Ledger,
  name: string,
): Promise<Result<{ readonly campaign: string; readonly key: string }>> {
  const campaigns = await ledger.campaigns();
  const slash = name.indexOf("/");
  const [only] = campaigns;
  if (slash < 0) {
    return only !== undefined && campaigns.length === 1
      ? ok({ campaign: only, key: name })
      : refused(`say which campaign: CAMPAIGN/${name}`);
  }
  const written = name.slice(0, slash);
  const campaign = campaigns.find((known) => known.toLowerCase() === written.toLowerCase());
  if (campaign !== undefined) return ok({ campaign, key: name.slice(slash + 1) });
  const near = findNearest(written, campaigns);
  const hint = near === undefined ? "" : `; did you mean ${quote(near)}?`;
  return refused(`the ledger has no campaign ${quote(written)}${hint}`);
}

/** Finds the holds of a line, or the hold with an id. Returns those of the first kind that has any. */
export function findHolds(
  holds: readonly Hold[],
  key: string,
  ...kinds: readonly ((hold: Hold) => boolean)[]
): Result<readonly Hold[]> {
  const own = holds.filter((hold) => hold.key === key || hold.id === key);
  if (own.length === 0) {
    const near = findNearest(
      key,
      holds.map((hold) => hold.key),
    );
    const hint = near === undefined ? "" : `; did you mean ${quote(near)}?`;
    return refused(`the ledger has no line ${quote(key)}${hint}`);
  }
  return ok(kinds.map((kind) => own.filter(kind)).find((found) => found.length > 0) ?? []);
}

/**
 * Warns of a campaign that the ledger does not know yet, and whose name is one letter from that of a campaign which
 * bought the same lines: a typing mistake would buy everything again.
 */
export async function findNearCampaigns(
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
    const message = `lines of this plan were bought under ${quote(one)}, and are bought again under ${quote(campaign.name)}`;
    found.push(warning("campaign", message, null, `did you mean ${quote(one)}?`));
  }
  return found;
}
