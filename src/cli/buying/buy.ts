import { NO_CAPS } from "../../budget/caps.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Plan } from "../../plan/plan.ts";
import { type RunReport, makeRunReport } from "../../report/run-report.ts";
import type { RunEvent } from "../../run/events.ts";
import { refuse } from "../refuse.ts";
import { requireHere, isPlansLedger } from "../ledgers.ts";
import type { SavedPlan } from "../load.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../read-options.ts";
import type { Buying, Shell } from "../shell.ts";
import { askConsent } from "./ask-consent.ts";
import { type EvaluatedPlan, evaluatePlan } from "./evaluate-plan.ts";
import { enterCampaign } from "./other-ledgers.ts";
import type { LiveOutcome } from "./choose-exit-code.ts";
import { type LedgerSession, type LiveRequest, withLedgerMade } from "./ledger-session.ts";

// Everything is bought here, in the one order in which money is safe: evaluate the plan against its ledger, get a yes,
// check that videos can be written, make the ledger, register on this machine which ledger the campaign is bought under,
// agree to its caps, buy, and evaluate the plan again to report the result.

export interface BuyRequest<Session extends LedgerSession> {
  readonly plan: Plan;
  readonly saved: SavedPlan | null;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** Null if a person runs it. */
  readonly scheduled: ScheduledRun | null;
  /** Buys the lines in this process, or queues them for workers. */
  readonly execute: (session: Session, request: LiveRequest) => Promise<LiveOutcome | "detached">;
}

/** A run that starts at a set time. Whoever started the schedule has said yes. */
interface ScheduledRun {
  /** Claims the occurrence and starts its run, in one step of the ledger. */
  readonly claim: (approval: string | null) => Promise<Claim>;
  /** Receives every event of the run. */
  readonly watch: (event: RunEvent) => void;
  /** Called when the run is over and its end is recorded. */
  readonly ended: (live: LiveOutcome) => void;
}

/** The result of claiming an occurrence: another scheduler may have claimed it, or may be at another occurrence. */
type Claim = { readonly is: "started"; readonly run: string } | NotClaimed;

interface NotClaimed {
  readonly is: "claimed-already" | "overlap";
}

export type Bought<Session extends LedgerSession> =
  | NotClaimed
  /** Workers buy the lines, and no one here follows them. */
  | { readonly is: "detached" }
  | {
      readonly is: "bought";
      readonly report: RunReport;
      readonly live: LiveOutcome;
      readonly session: Session;
    };

export async function buy<Session extends LedgerSession>(
  shell: Shell,
  buying: Buying,
  opened: Session,
  { plan, saved, options, settings, scheduled, execute }: BuyRequest<Session>,
): Promise<Result<Bought<Session>>> {
  const { name } = plan.campaign;
  await requireHere(opened.ledger, name);
  const isScheduled = scheduled !== null;
  // A scheduler asks nobody even on a terminal: whoever started it may be asleep.
  const asks = buying.interactive && options.yes !== true && !opened.rehearsal && !isScheduled;
  // A line that was bought with other input is bought again only if someone says so.
  const rebuy = asks || options.rebuy === true;
  const rebuys = (line: { readonly key: string }): boolean =>
    rebuy || (saved?.rebuys.has(line.key) ?? false);
  const held = await evaluatePlan(plan, opened.ledger, {
    retryFailed: options.retryFailed === true,
    now: opened.clock.now(),
    rebuys,
  });
  const asked = { held, saved, options, settings, asks, rebuys, isScheduled };
  const consent = await askConsent(shell, buying, opened, asked);
  if (!consent.ok) {
    if (!isScheduled && (await isPlansLedger(saved, opened.ledger, name))) {
      await rememberApprovalNeed(opened, held);
    }
    return consent;
  }
  const { orders, approval, otherLedgers } = consent.value;
  // Checked before anything is paid for.
  const writable = await checkWritable(buying, opened);
  if (!writable.ok) return writable;
  const session = orders.length > 0 ? await withLedgerMade(opened) : opened;
  const { ledger, clock } = session;
  if (orders.length > 0) {
    const entered = await enterCampaign(shell, session, name, otherLedgers);
    if (!entered.ok) return entered;
  }
  // If nothing is bought, nobody has agreed to a higher cap.
  if (orders.length > 0 || held.agreed.raised.length === 0) {
    if (!(await ledger.agree(name, held.agreed.terms, held.basedOn))) {
      const advice = isScheduled ? "" : ": run again";
      const problem = `another run has changed the campaign's caps meanwhile${advice}`;
      return refused(problem, "over-budget");
    }
  }
  const claim = scheduled === null ? null : await scheduled.claim(approval);
  if (claim !== null && claim.is !== "started") return ok(claim);
  const live = await execute(session, {
    plan: held.plan,
    saved,
    orders,
    approval,
    options,
    settings,
    started: claim?.run ?? null,
    watch: scheduled?.watch,
  });
  if (orders.length > 0) {
    const entered = await enterCampaign(shell, session, name, otherLedgers);
    // The lines are bought by now, so this is only printed.
    if (!entered.ok) refuse(shell, entered.problem);
  }
  if (live === "detached") return ok({ is: "detached" });
  scheduled?.ended(live);
  const after = await evaluatePlan(plan, ledger, {
    retryFailed: false,
    now: clock.now(),
    rebuys,
  });
  const report = makeRunReport(after.plan, await ledger.holds(name), {
    rehearsal: ledger.purpose === "rehearsal",
    stopped: live.halt === null ? null : { because: live.halt, why: live.why ?? "" },
  });
  return ok({ is: "bought", report, live, session });
}

/** Checks that videos can be written, unless workers write them. */
export async function checkWritable(
  buying: Buying,
  { out }: Pick<LedgerSession, "out">,
): Promise<Result<null>> {
  const barred = out === null ? null : await buying.writable(out);
  return barred === null || out === null
    ? ok(null)
    : refused(`videos cannot be written to ${toPrintable(out)}: ${toPrintable(barred)}`, "failed");
}

/** Records at once that the campaign needs approval, though nothing was bought: another of its files may not say so. */
async function rememberApprovalNeed(
  { ledger, rehearsal }: LedgerSession,
  held: EvaluatedPlan,
): Promise<void> {
  const { agreed, basedOn, plan } = held;
  if (rehearsal || agreed.terms.approval !== "required" || basedOn?.approval === "required") return;
  const { timezone } = agreed.terms;
  const before = basedOn ?? { timezone, caps: NO_CAPS };
  await ledger.agree(plan.campaign.name, { ...before, approval: "required" }, basedOn);
}
