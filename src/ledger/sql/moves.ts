import { execute, type SqlRoutine } from "./database.ts";
import { type Seal, encodeFact } from "../entry.ts";
import { foldCase } from "../held-caps.ts";
import { removeMoves, mayReturn, compareEntries } from "../move.ts";
import type { Moves, Parcel, MoveOutcome } from "../ledger.ts";
import { projectAll, TABLES } from "../project.ts";
import { applyChange, writeEntry } from "./entries.ts";
import * as reads from "./reads.ts";

// Moves a campaign from one ledger to another, inside a transaction: it is sealed here and received there.

export function* readMoves(campaign: string): SqlRoutine<Moves> {
  const { sealed = null, formerly = [] } = (yield* reads.selectCampaign(campaign)) ?? {};
  return { sealed, formerly };
}

/** Records where the campaign has moved; nothing is written about it afterwards. Returns false while a run is open. */
export function* sealCampaign(campaign: string, seal: Seal): SqlRoutine<boolean> {
  const before = (yield* reads.selectCampaign(campaign))?.sealed;
  if (before?.ledger === seal.ledger) return true;
  if ((yield* reads.selectOpenRuns(campaign)).length > 0) return false;
  yield* writeEntry({ kind: "sealed", seal }, { campaign });
  return true;
}

/** Receives a campaign as another ledger has it, after what was written here before it was sealed. */
export function* receiveCampaign(parcel: Parcel): SqlRoutine<MoveOutcome> {
  const { name, from } = parcel;
  const here = yield* reads.selectCampaign(name);
  const sent = removeMoves(parcel.entries);
  const known = removeMoves(yield* reads.selectEntries(name));
  const returns = mayReturn(here ?? null, parcel.formerly);
  const answer = compareEntries(known, returns, sent);
  if (answer !== "received") return answer;
  const campaign = foldCase(name);
  const formerly = JSON.stringify([...parcel.formerly, from]);
  for (const table of TABLES) yield* applyChange({ is: "clear", table, where: { campaign } });
  yield* applyChange({ is: "add", table: "campaigns", row: { campaign, name, formerly } });
  yield* writeEntry({ kind: "received", from }, { campaign: name });
  for (const { at, run, hold, fact } of sent.slice(known.length)) {
    yield* execute(
      "INSERT INTO entries (at, campaign, run, hold, fact) VALUES (?, ?, ?, ?, ?)",
      at,
      campaign,
      run,
      hold,
      encodeFact(fact),
    );
  }
  const tables = projectAll(sent);
  for (const table of TABLES) {
    for (const row of tables.rows(table).values()) {
      // Its row was added above, with what no entry states.
      if (table === "campaigns") yield* applyChange({ is: "set", table, where: { campaign }, row });
      else yield* applyChange({ is: "add", table, row });
    }
  }
  // The database refuses to add a row without tags, so unknown tags are set afterwards.
  for (const hold of parcel.untagged) {
    const where = { campaign, hold };
    yield* applyChange({ is: "set", table: "holds", where, row: { tags: null } });
  }
  return "received";
}
