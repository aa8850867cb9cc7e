import { writtenTerms } from "../../budget/terms.ts";
import { run as execute, type Telling } from "./database.ts";
import { type Seal, writtenFact } from "../entry.ts";
import { folded } from "../held-caps.ts";
import { bought, comesBack, received } from "../move.ts";
import type { KeptRun, Moves, Parcel, Received } from "../ledger.ts";
import { putApproval, putOverage } from "./approvals.ts";
import { writeEntry } from "./entries.ts";
import { putHold } from "./holds.ts";
import { retellOccurrences } from "./occurrences.ts";
import * as reads from "./reads.ts";

// A campaign moves from one ledger to another, inside a transaction: sealed here, received there.

export function* movesOf(campaign: string): Telling<Moves> {
  const { sealed = null, formerly = [] } = (yield* reads.campaign(campaign)) ?? {};
  return { sealed, formerly };
}

/** Says where the campaign has gone; from then on nothing is written of it. False while a run is open. */
export function* seal(campaign: string, seal: Seal): Telling<boolean> {
  const before = (yield* reads.campaign(campaign))?.sealed;
  if (before?.ledger === seal.ledger) return true;
  if ((yield* reads.openRuns(campaign)).length > 0) return false;
  yield* writeEntry({ kind: "sealed", seal }, { campaign });
  yield* execute(
    "UPDATE campaigns SET sealed = ? WHERE campaign = ?",
    JSON.stringify(seal),
    folded(campaign),
  );
  return true;
}

/** Takes a campaign over as another ledger has it, with what it had here before it was sealed. */
export function* receive(parcel: Parcel): Telling<Received> {
  const { name, from } = parcel;
  const here = yield* reads.campaign(name);
  const sent = bought(parcel.entries);
  const known = bought(yield* reads.entries(name));
  const returns = comesBack(here ?? null, parcel.formerly);
  const answer = received(known, returns, sent);
  if (answer !== "received") return answer;
  const campaign = folded(name);
  const formerly = [...parcel.formerly, from];
  yield* execute("DELETE FROM campaigns WHERE campaign = ?", campaign);
  yield* execute(
    "INSERT INTO campaigns (campaign, name, terms, formerly) VALUES (?, ?, ?, ?)",
    campaign,
    name,
    parcel.terms === null ? null : JSON.stringify(writtenTerms(parcel.terms)),
    JSON.stringify(formerly),
  );
  yield* writeEntry({ kind: "received", from }, { campaign: name });
  for (const { at, run, hold, fact } of sent.slice(known.length)) {
    yield* execute(
      "INSERT INTO entries (at, campaign, run, hold, fact) VALUES (?, ?, ?, ?, ?)",
      at,
      campaign,
      run,
      hold,
      writtenFact(fact),
    );
  }
  for (const table of ["runs", "holds", "approvals", "approved_lines", "overages"]) {
    yield* execute(`DELETE FROM ${table} WHERE campaign = ?`, campaign);
  }
  const started = new Map(
    sent.flatMap(({ fact, run, at }) => (fact.kind === "run-started" ? [[run, at] as const] : [])),
  );
  for (const run of parcel.runs) yield* putRun(run, started.get(run.id) ?? 0);
  for (const hold of parcel.holds) yield* putHold(hold);
  for (const approval of parcel.approvals) {
    yield* putApproval(name, approval, approval.lines, approval.at);
  }
  for (const overage of parcel.overages) yield* putOverage(name, overage);
  yield* retellOccurrences(name, sent);
  return "received";
}

function* putRun(run: KeptRun, startedAt: number): Telling<void> {
  const { id, campaign, account, limits, approval, owner, batch, partOf, atOnce, reason } = run;
  yield* execute(
    `INSERT INTO runs (run, campaign, account, limits, approval, owner, started_at, lease_until,
      batch, part_of, at_once, ended, reason) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)`,
    id,
    campaign,
    account,
    JSON.stringify(limits),
    approval,
    owner,
    startedAt,
    batch ? 1 : 0,
    partOf,
    JSON.stringify(atOnce),
    run.ended,
    JSON.stringify(reason),
  );
}
