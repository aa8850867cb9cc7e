import { printable } from "../../diagnostics/printable.ts";
import type { Hold } from "../../ledger/hold.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Cancelled } from "../../run/vendor.ts";
import { EXIT } from "../exit-codes.ts";
import { campaignAndKey, holdsOf, withLedger } from "../open-ledger.ts";
import type { Shell } from "../shell.ts";

export interface CancelOptions {
  readonly all?: true;
  readonly ledger?: string;
}

/** Asks fal to cancel what is in flight. The money stays held until fal's answer proves it free. */
export async function cancel(
  shell: Shell,
  lines: readonly string[],
  options: CancelOptions,
): Promise<number> {
  if ((lines.length === 0) === (options.all !== true)) {
    shell.err("error: name lines as CAMPAIGN/KEY, or say --all\n");
    return EXIT.wrong;
  }
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const chosen = await inFlight(ledger, lines);
    if ("problem" in chosen) {
      shell.err(`error: ${chosen.problem}\n`);
      return EXIT.wrong;
    }
    if (chosen.length === 0) {
      shell.err("Nothing is in flight.\n");
      return EXIT.done;
    }
    const buying = await shell.buying();
    if (buying.falKey === null && buying.proxyUrl === null) {
      shell.err("error: FAL_KEY is not set: set it to your fal key\n");
      return EXIT.wrong;
    }
    if (buying.problem !== null) {
      shell.err(`error: ${buying.problem}\n`);
      return EXIT.wrong;
    }
    const { falVendor } = await import("../../vendors/fal/fal-vendor.ts");
    const vendor = falVendor({
      credentials: buying.falKey,
      proxyUrl: buying.proxyUrl,
      queueUrl: null,
      fetch: buying.fetch,
      silence: { first: 0, between: 0 },
      simulated: ledger.purpose === "rehearsal",
    });
    if (await isRunning(ledger)) {
      shell.err("A run is going, and sends what is left of its plan: end it with Ctrl-C.\n");
    }
    let open = false;
    for (const hold of chosen) {
      const { endpoint, request, seconds } = hold;
      if (request === null) continue;
      const answer = await vendor.cancel({ endpoint, request, seconds });
      if (answer.is === "removed") {
        const why = "cancelled before it was begun";
        await ledger.advance(hold.id, { kind: "released", why, person: null });
      } else if (answer.is !== "fault") {
        await ledger.advance(hold.id, { kind: "cancel", answer: answer.is });
      }
      open ||= answer.is !== "removed";
      shell.err(`${printable(hold.key)}: ${inWords(answer)}\n`);
    }
    return open ? EXIT.unknown : EXIT.done;
  });
}

async function inFlight(
  ledger: Ledger,
  lines: readonly string[],
): Promise<readonly Hold[] | { readonly problem: string }> {
  const isOpen = (hold: Hold): boolean => hold.state === "submitted";
  if (lines.length === 0) {
    const all = await Promise.all((await ledger.campaigns()).map((name) => ledger.holds(name)));
    return all.flat().filter(isOpen);
  }
  const chosen: Hold[] = [];
  for (const line of lines) {
    const named = await campaignAndKey(ledger, line);
    if ("problem" in named) return named;
    const found = holdsOf(await ledger.holds(named.campaign), named.key, isOpen);
    if ("problem" in found) return found;
    if (found.length === 0) return { problem: `${printable(line)} is not in flight` };
    chosen.push(...found);
  }
  return chosen;
}

function inWords(answer: Cancelled): string {
  switch (answer.is) {
    case "removed":
      return "removed from the queue before it was begun; its money is free again";
    case "asked":
      return "fal was asked to cancel it; it may still finish, so its money stays held until a run has seen its end";
    case "too-late":
      return "finished already; run collects it";
    case "not-found":
      return "fal does not know its request; its money stays held";
    case "fault":
      return `not cancelled: ${printable(answer.fault.why)}`;
  }
}

async function isRunning(ledger: Ledger): Promise<boolean> {
  for (const campaign of await ledger.campaigns()) {
    if ((await ledger.openRuns(campaign)).some((run) => run.alive)) return true;
  }
  return false;
}
