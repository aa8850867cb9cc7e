import { rowsOf, type Telling, TIME } from "./database.ts";
import { type Fact, writtenFact } from "../entry.ts";
import { folded } from "../held-caps.ts";
import { LedgerFault } from "../fault.ts";
import * as reads from "./reads.ts";
import { timeRow } from "./rows.ts";

interface About {
  readonly campaign?: string;
  readonly run?: string;
  readonly hold?: string;
  readonly at?: number;
}

/** The time by which the ledger counts, in milliseconds UTC. */
export function* time(): Telling<number> {
  return timeRow.parse((yield TIME)[0]);
}

/** Adds an entry, inside a transaction; of a campaign that has gone to another ledger, nothing is written. */
export function* writeEntry(fact: Fact, about: About): Telling<void> {
  const campaign = about.campaign === undefined ? null : folded(about.campaign);
  const written = yield* rowsOf(
    `INSERT INTO entries (at, campaign, run, hold, fact)
      SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)
      WHERE NOT EXISTS (SELECT 1 FROM campaigns WHERE campaign = ? AND sealed IS NOT NULL)
      RETURNING seq`,
    about.at ?? (yield* time()),
    campaign,
    about.run ?? null,
    about.hold ?? null,
    writtenFact(fact),
    campaign,
  );
  if (written.length > 0 || campaign === null) return;
  const gone = yield* reads.campaign(campaign);
  const where = gone?.sealed?.into ?? "another ledger";
  throw new LedgerFault("sealed", `${gone?.name ?? campaign} has moved to ${where}`);
}
