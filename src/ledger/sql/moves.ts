import { run as execute, type Telling } from "./database.ts";
import { type Seal, writtenFact } from "../entry.ts";
import { folded } from "../held-caps.ts";
import { bought, comesBack, received } from "../move.ts";
import type { Moves, Parcel, Received } from "../ledger.ts";
import { type KeptTable, projected } from "../project.ts";
import { make, write } from "./entries.ts";
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
  yield* write({ kind: "sealed", seal }, { campaign });
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
  const formerly = JSON.stringify([...parcel.formerly, from]);
  for (const table of TABLES) yield* make({ is: "clear", table, where: { campaign } });
  yield* make({ is: "add", table: "campaigns", row: { campaign, name, formerly } });
  yield* write({ kind: "received", from }, { campaign: name });
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
  const tables = projected(sent);
  for (const table of TABLES) {
    for (const row of tables.rows(table).values()) {
      // Its row is there, with what no entry says.
      if (table === "campaigns") yield* make({ is: "set", table, where: { campaign }, row });
      else yield* make({ is: "add", table, row });
    }
  }
  return "received";
}

const TABLES = [
  "campaigns",
  "runs",
  "holds",
  "approvals",
  "approved_lines",
  "overages",
  "schedules",
  "occurrences",
] as const satisfies readonly KeptTable[];
