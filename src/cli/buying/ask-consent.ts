import { formatCount, toPrintable } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Order } from "../../ledger/entry.ts";
import { cents, dollars, sum } from "../../money.ts";
import { formatDiagnostics } from "../../report/formats/diagnostics-text.ts";
import { renderText } from "../../report/formats/text.ts";
import { makeAdmittedDocument } from "../../report/plan-document.ts";
import { makeOrders } from "../../run/make-orders.ts";
import { formatFullLedgerName, isPlansLedger } from "../ledgers.ts";
import type { SavedPlan } from "../load.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../read-options.ts";
import type { Buying, Shell } from "../shell.ts";
import { requireApproval } from "./require-approval.ts";
import { describeRaisedCaps, describeTerms, type EvaluatedPlan } from "./evaluate-plan.ts";
import type { LedgerSession } from "./ledger-session.ts";
import { checkOtherLedgers } from "./other-ledgers.ts";

export interface ConsentRequest {
  readonly held: EvaluatedPlan;
  /** A saved plan counts as a yes if no one can be asked. */
  readonly saved: SavedPlan | null;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** Whether there is someone to ask. */
  readonly asks: boolean;
  readonly rebuys: (line: { readonly key: string }) => boolean;
  /** Whether a schedule runs it: starting the schedule was the yes, up to --max-usd or to what is approved. */
  readonly isScheduled: boolean;
}

export interface Consent {
  readonly orders: readonly Order[];
  /** The approval that every purchase needs: a plan's SHA-256, any, or null for none. */
  readonly approval: string | null;
  /** The ids of other ledgers that this machine knows for the campaign, and that do not prevent buying. */
  readonly otherLedgers: readonly string[];
}

/** Prints what will be bought, for how much and under which caps, and asks if someone can answer. */
export async function askConsent(
  shell: Shell,
  buying: Buying,
  session: LedgerSession,
  { held, saved, options, settings, asks, rebuys, isScheduled }: ConsentRequest,
): Promise<Result<Consent>> {
  const { plan, agreed, bought } = held;
  if (
    !session.rehearsal &&
    saved !== null &&
    !(await isPlansLedger(saved, session.ledger, plan.campaign.name))
  ) {
    const problem = `${toPrintable(saved.path)} was planned against another ledger: what that one has bought is not known here`;
    return refused(problem, "not-approved");
  }
  const { maxUsd } = settings;
  const { interactive } = buying;
  printPlanToBuy(shell, buying, session, held, { asks, quiet: options.quiet === true });
  const orders = makeOrders(plan, rebuys);
  for (const line of plan.lines) {
    if (line.state !== "changed" || rebuys(line)) continue;
    shell.err(
      `${toPrintable(line.key)} was bought with other input: it is skipped, --rebuy buys it again\n`,
    );
  }
  const total = sum(orders.map((order) => order.cost));
  // Resuming what is in flight and fetching what is paid for costs nothing.
  if (session.rehearsal || orders.length === 0) {
    return ok({ orders, approval: null, otherLedgers: [] });
  }
  const campaign = plan.campaign.name;
  const { out } = options;
  const asked = { campaign, out, asks, bought };
  const others = await checkOtherLedgers(shell, buying, session, asked);
  if (!others.ok) return others;
  const approved = await requireApproval(shell, session.ledger, {
    campaign,
    saved,
    orders,
    agreed,
    // No one watches what workers buy.
    required: options.requireApproval === true || (options.queue === true && maxUsd === null),
    quiet: options.quiet === true,
    now: session.clock.now(),
  });
  if (!approved.ok) return approved;
  const approval = approved.value;
  const consent = ok({ orders, approval, otherLedgers: others.value });
  if (isScheduled && maxUsd === null && approval === null) {
    return refused(NO_ONE_WATCHES, "not-approved");
  }
  const agreedTo = saved !== null || isScheduled;
  if (!interactive && !agreedTo && (options.yes !== true || maxUsd === null)) {
    const problem = `${formatCount(orders.length, "line")} for ${dollars(total)}, and no one to ask: add --yes --max-usd USD, or run a saved plan`;
    return refused(problem, "not-approved");
  }
  if (!asks && agreed.raised.length > 0 && options.raiseCaps !== true) {
    const problem = "that could spend more than before: add --raise-caps if it is meant to";
    return refused(problem, "over-budget");
  }
  if (!asks) return consent;
  const changed = plan.lines.filter((line) => line.state === "changed").length;
  const again = changed === 0 ? "" : `, ${changed} of them again because their input changed`;
  const limit = maxUsd === null ? "" : `, spending at most ${cents(maxUsd)}`;
  const first =
    session.make === null
      ? ""
      : `, and make the ledger ${formatFullLedgerName(session.ledgerPath)}`;
  const question = `Buy ${formatCount(orders.length, "line")} for ${cents(total)}${again}${limit}${first}? [y/N] `;
  const answer = await buying.ask(question);
  if (answer === "yes") return consent;
  return refused("Nothing was bought", answer === "no" ? "declined" : "interrupted");
}

/** What a run needs if no one sees it start. */
export const NO_ONE_WATCHES =
  "no one watches it: add --max-usd USD, the most that each run may spend, or --require-approval to buy only what an approved plan has";

function printPlanToBuy(
  shell: Shell,
  { connections }: Buying,
  session: LedgerSession,
  { plan, agreed }: EvaluatedPlan,
  { asks, quiet }: { readonly asks: boolean; readonly quiet: boolean },
): void {
  if (asks) shell.err(renderText(makeAdmittedDocument(plan, 0), shell.errScreen));
  const told = quiet ? [] : plan.diagnostics;
  shell.err(formatDiagnostics(told, shell.errScreen.colour));
  if (quiet) {
    for (const line of describeRaisedCaps(agreed)) shell.err(`${line}\n`);
    return;
  }
  if (session.rehearsal) shell.err("REHEARSAL: the simulator answers, nothing is bought.\n");
  else for (const { notice } of connections.values()) if (notice !== null) shell.err(`${notice}\n`);
  for (const line of describeTerms(agreed)) shell.err(`${line}\n`);
}
