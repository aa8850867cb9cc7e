import * as z from "zod";
import { RAISABLE_CAPS } from "../budget/overage.ts";
import { readTerms, writtenTermsSchema } from "../budget/terms.ts";
import { microUsd } from "../money/usd.ts";
import { type Entry, readFact } from "./entry.ts";
import { type CountedBy, folded } from "./held-caps.ts";
import { blocks, type Hold } from "./hold.ts";
import type { KeptHold, Position } from "./ledger.ts";

const text = z.string();
const at = z.int();
const state = z.enum([
  "reserved",
  "sending",
  "submitted",
  "settled",
  "released",
  "failed",
  "unknown",
]);

export const entryRow = z
  .object({
    seq: at,
    at,
    campaign: text.nullable(),
    run: text.nullable(),
    hold: text.nullable(),
    fact: text,
  })
  .transform(({ fact, ...row }): Entry => ({ ...row, fact: readFact(fact) }));

const flag = at.transform((value) => value === 1);

const position = z.object({
  hold: text,
  run: text,
  fingerprint: text,
  ordinal: at,
  edition: text,
  key: text,
  shot: text,
  scene: text.nullable(),
  endpoint: text,
  reserved_at: at,
  state,
  charge: z.enum(["none", "unknown", "charged"]).nullable(),
  spent: at.transform(microUsd),
  held: at.transform(microUsd),
});

export const positionRow = position.transform(
  ({ hold, reserved_at: reservedAt, ...row }): Position => ({ id: hold, reservedAt, ...row }),
);

export const keptRow = position
  .extend({
    campaign: text,
    account: text,
    seconds: at,
    excess: at.transform(microUsd),
    request: text.nullable(),
    submitted_at: at.nullable(),
    ended_at: at.nullable(),
    blocks: flag,
    approval: text.nullable(),
    approved: text.nullable(),
  })
  .transform(
    ({
      hold,
      reserved_at: reservedAt,
      submitted_at: submittedAt,
      ended_at: endedAt,
      approval,
      approved,
      ...row
    }): KeptHold => ({
      ...row,
      id: hold,
      reservedAt,
      submittedAt,
      endedAt,
      // One without the other is no line of a plan, and no entry's.
      approved:
        approval === null && approved === null
          ? null
          : { plan: approval ?? "", line: approved ?? "" },
    }),
  );

export const runRow = z.object({
  run: text,
  campaign: text,
  account: text,
  limits: text.transform((json) => limits.parse(JSON.parse(json))),
  approval: text.nullable(),
  owner: text,
  started_at: at,
  lease_until: at,
  ended: text.nullable(),
});

export type RunRow = z.output<typeof runRow>;

const limits = z.array(z.object({ name: text, limit: at.transform(microUsd) }));

export const approvalRow = z
  .object({
    campaign: text,
    plan: text,
    created: text,
    said_by: text,
    most: at.transform(microUsd),
    until: at.nullable(),
    at,
  })
  .transform(({ said_by: by, most: limit, ...row }) => ({ ...row, by, limit }));

const approvedLine = {
  key: text,
  fingerprint: text,
  ordinal: at,
  gist: text,
  cost: at.transform(microUsd),
};

export const approvedLineRow = z.object({ ...approvedLine, taken: flag });

export const candidateRow = z
  .object({ ...approvedLine, plan: text, taken: flag })
  .transform(({ plan, taken, ...line }) => ({ plan, taken, line }));

export const overageRow = z
  .object({
    campaign: text,
    cap: z.enum(RAISABLE_CAPS),
    of: text.nullable(),
    amount: at.transform(microUsd),
    said_by: text,
    why: text,
    at,
  })
  .transform(({ said_by: by, ...row }) => ({ ...row, by }));

export const usedRow = z.object({ used: at.transform(microUsd) });

export const moneyRow = z.object({
  spent: at.transform(microUsd),
  held: at.transform(microUsd),
});

export const termsRow = z.object({
  terms: text
    .nullable()
    .transform((json) =>
      json === null ? null : readTerms(writtenTermsSchema.parse(JSON.parse(json))),
    ),
});

export const campaignRow = termsRow.extend({ campaign: text });

export const idRow = z.object({ id: text });
export const valueRow = z.object({ value: text });
export const tookRow = z.object({ took: at });

/** What `holds` keeps of a hold, in the order of its columns. */
export function holdColumns(hold: Hold, account: string): readonly (string | number | null)[] {
  return [
    hold.id,
    folded(hold.campaign),
    hold.edition,
    hold.fingerprint,
    hold.ordinal,
    hold.run,
    account,
    hold.key,
    folded(hold.shot),
    hold.scene,
    hold.endpoint,
    hold.seconds,
    hold.reservedAt,
    hold.state,
    hold.charge,
    hold.spent,
    hold.held,
    hold.excess,
    hold.request?.id ?? null,
    hold.submittedAt,
    hold.endedAt,
    blocks(hold) ? 1 : 0,
    hold.approved?.plan ?? null,
    hold.approved?.line ?? null,
  ];
}

/** What of a campaign's holds a scope counts, as SQL, and the values in it. */
export function countedWhere(counts: CountedBy): {
  readonly sql: string;
  readonly values: string[];
} {
  switch (counts.by) {
    case "campaign":
      return { sql: "", values: [] };
    case "unknown":
      return {
        sql: " AND (state = 'unknown' OR (state = 'failed' AND charge = 'unknown'))",
        values: [],
      };
    case "shot":
    case "endpoint":
    case "scene":
    case "account":
      return { sql: ` AND ${counts.by} = ?`, values: [counts.name] };
  }
}
