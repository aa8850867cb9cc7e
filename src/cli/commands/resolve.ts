import { findVendor } from "../../catalogue/models.ts";
import { formatCount, toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Step } from "../../ledger/entry.ts";
import { purchaseKey } from "../../budget/purchase.ts";
import { blocksPurchase, type Hold } from "../../ledger/hold.ts";
import type { Advance } from "../../ledger/ledger.ts";
import { hidePassword } from "../../ledger/postgres-url.ts";
import { add, cents } from "../../money.ts";
import { describeState } from "../../report/status.ts";
import { isByHand, needsPerson, formatSecond } from "../../report/where-to-look.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { parseLineName, findHolds } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import type { Shell } from "../shell.ts";
import type { ResolveOptions } from "../options.ts";
import { checkWords } from "../read-options.ts";

/** Records by hand what became of a line: its outcome or its charge was not known, or was said wrongly. */
export async function resolve(
  shell: Shell,
  line: string,
  options: ResolveOptions,
): Promise<number> {
  const no = (problem: string): number => refuse(shell, problem);
  const { requestId, charged, notCharged } = options;
  const answers = [requestId, charged, notCharged].filter((answer) => answer !== undefined);
  if (answers.length !== 1) return no("say one of --request-id ID, --charged and --not-charged");
  const words = checkWords({
    ...(requestId !== undefined && { "--request-id": requestId }),
    "--by": options.by,
    "--why": options.why,
  });
  if (!words.ok) return refuse(shell, words.problem);
  if (requestId !== undefined && !/^[A-Za-z0-9._-]{1,200}$/.test(requestId)) {
    return no(`${JSON.stringify(requestId)} is no request id`);
  }
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const named = await parseLineName(ledger, line);
    if (!named.ok) return refuse(shell, named.problem);
    const { campaign, key } = named.value;
    await ledger.reclaimDeadRuns(campaign);
    const all = await ledger.holds(campaign);
    // While its process is stopped, a run lives by its lock: what it was about to send waits for a person only. And an
    // id that a person has found is that of the order on its way, not that of one which came to nothing before.
    const stuck = charged === true ? [] : [isSending];
    const late = requestId === undefined ? [] : [isSubmitted];
    // A request that a person has said may be said anew, as an end may be corrected.
    const isSaid = (one: Hold): boolean =>
      hasEnded(one) || (requestId !== undefined && isByHand(one));
    const found = findHolds(all, key, needsPerson, ...stuck, isSaid, ...late);
    if (!found.ok) return refuse(shell, found.problem);
    const [hold, ...others] = found.value;
    if (hold === undefined) {
      return no(`nothing about ${toPrintable(key)} is unknown, and it has not ended`);
    }
    if (others.length > 0) return no(listChoices(found.value, options));
    // What a run has written down itself meanwhile is no mistake of whoever pastes it.
    if (requestId !== undefined && hold.request?.id === requestId && !hasEndedUnmade(hold)) {
      shell.err(`${toPrintable(hold.key)}: ${describeOutcome(hold, all)}\n`);
      return EXIT.done;
    }
    const holder = all.find((other) => other.request?.id === requestId);
    // A line's own request may be collected once more.
    if (requestId !== undefined && holder !== undefined && holder.id !== hold.id) {
      return no(`that request is ${toPrintable(holder.key)}'s already`);
    }
    const said = chooseStep(hold, options);
    if (!said.ok) return refuse(shell, said.problem);
    const step = said.value;
    if (isSubmitted(hold) && step.kind === "submitted") {
      // It would take what becomes of the one request for what becomes of the other.
      const runs = await ledger.openRuns(campaign);
      if (runs.some(({ alive, batch }) => alive && !batch)) {
        return no(
          `a run is in progress, and may be collecting ${describeRequest(hold)}: say it when that is over`,
        );
      }
    }
    const advance = await ledger.advance(hold.id, step);
    if (advance.is === "early") return no(explainTooEarly(advance));
    if (advance.is === "late") {
      return no(
        step.kind === "submitted" && advance.hold.state === hold.state
          ? `request ${toPrintable(step.request.id)} is another line's already`
          : `${toPrintable(hold.key)} is ${advance.hold.state} meanwhile`,
      );
    }
    shell.err(`${toPrintable(hold.key)}: ${describeOutcome(advance.hold, all)}\n`);
    return EXIT.done;
  });
}

/** A line to paste for each of several holds that are meant by one key. */
function listChoices(
  found: readonly Hold[],
  { requestId, charged, by, why, ledger }: ResolveOptions,
): string {
  const how =
    requestId !== undefined
      ? `--request-id ${quoteForShell(requestId)}`
      : charged === true
        ? "--charged"
        : "--not-charged";
  const at = ledger === undefined ? "" : ` --ledger ${quoteForShell(hidePassword(ledger))}`;
  const rest = `${how} --by ${quoteForShell(by)} --why ${quoteForShell(why)}${at}`;
  const lines = found.flatMap((hold) => {
    const duplicate = hold.duplicate ? ", duplicate" : "";
    const request = hold.request === null ? "" : `, request ${toPrintable(hold.request.id)}`;
    const money = `${cents(hold.spent)} spent, ${cents(hold.held)} held`;
    return [
      `  reserved ${formatSecond(hold.reservedAt)} UTC, ${describeState(hold)}${duplicate}${request}, ${money}:`,
      `    topsheet resolve ${quoteForShell(`${hold.campaign}/${hold.id}`)} ${rest}`,
    ];
  });
  const key = toPrintable(found[0]?.key ?? "");
  return [
    `${formatCount(found.length, "hold")} of ${key} can be meant, paste one of`,
    ...lines,
  ].join("\n");
}

/** `request R (said by Ada)`. */
function describeRequest({ request, named, person, endpoint }: Hold): string {
  const by = named && person !== null ? toPrintable(person.by) : findVendor(endpoint).name;
  return `request ${toPrintable(request?.id ?? "?")} (said by ${by})`;
}

function explainTooEarly({ hold, from }: Extract<Advance, { readonly is: "early" }>): string {
  return `${toPrintable(hold.key)} may still be sent, or arrive at ${findVendor(hold.endpoint).name}: --not-charged is accepted from ${formatSecond(from)} UTC on`;
}

function isSending({ state }: Hold): boolean {
  return state === "sending";
}

function isSubmitted({ state }: Hold): boolean {
  return state === "submitted";
}

function hasEnded({ state }: Hold): boolean {
  return state === "settled" || state === "released" || state === "failed";
}

function hasEndedUnmade({ state }: Hold): boolean {
  return state === "released" || state === "failed";
}

function chooseStep(hold: Hold, { requestId, charged, by, why }: ResolveOptions): Result<Step> {
  const person = { by, why };
  if (requestId !== undefined) {
    if (hold.state === "settled" || (hold.state === "submitted" && !isByHand(hold))) {
      const then =
        hold.state === "submitted" && !hold.missing
          ? "run again to collect it"
          : "say --charged or --not-charged";
      return refused(`${toPrintable(hold.key)} is known as ${describeRequest(hold)}: ${then}`);
    }
    const request = { id: requestId, statusUrl: null, responseUrl: null, cancelUrl: null };
    return ok({ kind: "submitted", request, person });
  }
  if (hold.state === "failed" || hold.state === "settled") {
    const charge = charged === true ? "charged" : "none";
    const said = hold.charge ?? "charged";
    return charge === said ? refuseAlready(hold, charge) : ok({ kind: "charge", charge, person });
  }
  if (charged === true) {
    // Whether it was billed may be corrected, and is told beside.
    const what = "nothing came of it";
    return ok({ kind: "failed", charge: "charged", why: what, headers: {}, person });
  }
  return hold.state === "released"
    ? refuseAlready(hold, "none")
    : ok({ kind: "released", why: "not billed", person });
}

function refuseAlready({ key, spent }: Hold, charge: "charged" | "none"): Result<never> {
  const counts = charge === "charged" ? `spent already (${cents(spent)})` : "not charged already";
  return refused(`${toPrintable(key)} counts as ${counts}: nothing was changed`);
}

function describeOutcome(hold: Hold, all: readonly Hold[]): string {
  const key = purchaseKey(hold);
  const beside = all.some(
    (one) => one.id !== hold.id && purchaseKey(one) === key && blocksPurchase(one),
  );
  const duplicate = hold.duplicate ? "; it counts beside the other hold of its purchase" : "";
  const free = `${cents(add(hold.cost, hold.excess))} are free again`;
  switch (hold.state) {
    case "submitted":
      return `in flight as request ${toPrintable(hold.request?.id ?? "")}; run again to collect it${duplicate}`;
    case "released":
      return `not bought, ${free}; ${beside ? OTHER : "run buys it anew"}`;
    case "failed":
      return hold.charge === "charged"
        ? `${cents(hold.spent)} count as spent${duplicate}`
        : `cost nothing, ${free}; ${beside ? OTHER : "run --retry-failed buys it anew"}`;
    case "settled":
      return hold.charge === "none"
        ? `cost nothing, ${free}; it stays bought`
        : `${cents(hold.spent)} count as spent`;
    case "reserved":
    case "sending":
    case "unknown":
      return hold.state;
  }
}

const OTHER = "its purchase has another hold";
