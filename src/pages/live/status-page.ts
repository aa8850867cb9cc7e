import { EXIT, refuse } from "../../cli/exit-codes.ts";
import { campaignsMeant, withLedger } from "../../cli/open-ledger.ts";
import type { Shell } from "../../cli/shell.ts";
import { printable } from "../../diagnostics/printable.ts";
import { withoutPassword } from "../../ledger/postgres-url.ts";
import { livePage } from "./live-page.ts";

const LEFT = "`topsheet status --page` was left: this is how it stood then.";

/** Serves a campaign's page until it is left, which is no failure. Reads only. */
export async function statusPage(
  shell: Shell,
  campaign: string | undefined,
  options: { readonly ledger?: string },
): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const meant = await campaignsMeant(ledger, campaign);
    if (!meant.ok) return refuse(shell, meant.problem);
    const chosen = meant.value;
    const [name, ...others] = chosen;
    if (name === undefined) {
      return refuse(shell, "nothing was bought under this ledger yet: there is nothing to show");
    }
    if (others.length > 0) {
      const names = chosen.map(printable).join(", ");
      return refuse(shell, `the ledger has several campaigns, name one: ${names}`);
    }
    const buying = await shell.buying();
    const left = new Promise<void>((resolve) => {
      let asked = false;
      buying.onSignal(() => {
        if (asked) buying.abandon(EXIT.done);
        asked = true;
        resolve();
      });
    });
    const page = await livePage(shell, buying, {
      ledger,
      campaign: name,
      plan: null,
      named: options.ledger === undefined ? null : withoutPassword(options.ledger),
      now: () => shell.now(),
      underWay: () => [],
    });
    if (page === null) return EXIT.failed;
    await left;
    await page.end(LEFT);
    return EXIT.done;
  });
}
