import { toPrintable } from "../../diagnostics/printable.ts";
import { hidePassword } from "../../ledger/postgres-url.ts";
import { makeStatusDocument, makeStatus } from "../../report/status.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { findCampaigns, refuseSeveral } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import { printOutput, render } from "../outputs.ts";
import type { Context } from "../wing.ts";
import type { StatusOptions } from "../options.ts";

/** Where every line of a campaign stands; works while a run is in progress. */
export async function status(
  shell: Context,
  campaign: string | undefined,
  options: StatusOptions,
): Promise<number> {
  if (options.page === true) {
    if (options.format !== "table" || options.watch === true) {
      return refuse(shell, "--page is for people: leave --format and --watch out");
    }
    const mode = await shell.parts.runMode("page", "--page");
    return mode.ok
      ? await mode.value.status(shell, campaign, options)
      : refuse(shell, mode.problem);
  }
  if (options.watch === true) {
    if (options.format !== "table")
      return refuse(shell, "--watch is for people: leave --format out");
    const { watch } = await import("./watch.ts");
    return await watch(shell, campaign, options);
  }
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const meant = await findCampaigns(ledger, campaign);
    if (!meant.ok) return refuse(shell, meant.problem);
    const chosen = meant.value;
    if (chosen.length === 0) shell.err("Nothing was bought under this ledger yet.\n");
    if (options.format !== "table" && chosen.length > 1) return refuseSeveral(shell, chosen);
    const purpose = ledger.purpose;
    const now = shell.now();
    for (const name of chosen) {
      const { sealed } = await ledger.moves(name);
      if (sealed !== null) {
        shell.err(
          `${toPrintable(name)} has moved to ${toPrintable(sealed.into)}: so it stood then.\n`,
        );
      }
      const found = makeStatus({
        campaign: name,
        purpose,
        holds: await ledger.holds(name),
        runs: await ledger.openRuns(name),
        overages: await ledger.overages(name),
        approvals: await ledger.approvals(name),
        separation: await ledger.separation(name),
        timezone: (await ledger.terms(name))?.timezone ?? "UTC",
      });
      const document = makeStatusDocument(found, {
        now,
        ledger: options.ledger === undefined ? null : hidePassword(options.ledger),
        id: ledger.id,
      });
      printOutput(shell, await render(shell, options.format, document, null));
    }
    return EXIT.done;
  });
}
