import { nearest } from "../diagnostics/nearest.ts";
import { quoted } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** The campaign and the line of `CAMPAIGN/KEY`; the campaign may be left out where the ledger has only one. */
export async function campaignAndKey(
  ledger: Ledger,
  name: string,
): Promise<{ readonly campaign: string; readonly key: string } | { readonly problem: string }> {
  const campaigns = await ledger.campaigns();
  const slash = name.indexOf("/");
  const [only] = campaigns;
  if (slash < 0) {
    return only !== undefined && campaigns.length === 1
      ? { campaign: only, key: name }
      : { problem: `say which campaign: CAMPAIGN/${name}` };
  }
  const written = name.slice(0, slash);
  const campaign = campaigns.find((known) => known.toLowerCase() === written.toLowerCase());
  if (campaign !== undefined) return { campaign, key: name.slice(slash + 1) };
  const near = nearest(written, campaigns);
  const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
  return { problem: `the ledger has no campaign ${quoted(written)}${hint}` };
}

/** The holds of a line, or the one of an id: those of the first kind of which there are any. */
export function holdsOf(
  holds: readonly Hold[],
  key: string,
  ...kinds: readonly ((hold: Hold) => boolean)[]
): readonly Hold[] | { readonly problem: string } {
  const own = holds.filter((hold) => hold.key === key || hold.id === key);
  if (own.length === 0) {
    const near = nearest(
      key,
      holds.map((hold) => hold.key),
    );
    const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
    return { problem: `the ledger has no line ${quoted(key)}${hint}` };
  }
  return kinds.map((kind) => own.filter(kind)).find((found) => found.length > 0) ?? [];
}
