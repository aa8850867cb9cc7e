import * as z from "zod";
import { RAISABLE_CAPS } from "../../budget/caps.ts";
import { readTerms, writtenTermsSchema } from "../../budget/terms.ts";
import { microUsd } from "../../money.ts";
import {
  approvedLineSchema,
  atOnceSchema,
  chargeSchema,
  decodeFact,
  endReasonSchema,
  type Entry,
  howSchema,
  sealSchema,
} from "../entry.ts";
import type { CountedBy } from "../held-caps.ts";
import { HOLD_STATES } from "../hold.ts";
import type { HoldSummary } from "../ledger.ts";

const text = z.string();
const at = z.int();
const money = at.transform(microUsd);

/** A column of JSON. */
function json<Of>(schema: z.ZodType<Of>): z.ZodType<Of, string> {
  return text.transform((written) => schema.parse(JSON.parse(written)));
}

export const entryRow = z
  .object({
    seq: at,
    at,
    campaign: text.nullable(),
    run: text.nullable(),
    hold: text.nullable(),
    fact: text,
  })
  .transform(({ fact, ...row }): Entry => ({ ...row, fact: decodeFact(fact) }));

/** The result of a comparison: a number in SQLite, a boolean in PostgreSQL. */
const flag = z.union([at.transform((value) => value === 1), z.boolean()]);

export const positionRow = z
  .object({
    hold: text,
    run: text,
    fingerprint: text,
    ordinal: at,
    edition: text,
    key: text,
    shot: text,
    scene: text.nullable(),
    tags: json(z.array(text)).nullable(),
    endpoint: text,
    reserved_at: at,
    state: z.enum(HOLD_STATES),
    charge: chargeSchema.nullable(),
    spent: money,
    held: money,
    duplicate: flag,
  })
  .transform(({ hold, reserved_at: reservedAt, ...row }): HoldSummary => ({
    id: hold,
    reservedAt,
    ...row,
  }));

/** A row as the database has it. */
export const anyRow = z.record(text, z.union([text, z.number(), z.null()]));

const limits = z.array(z.object({ name: text, limit: money }));

export const runRow = z
  .object({
    run: text,
    campaign: text,
    account: text,
    limits: json(limits),
    approval: text.nullable(),
    owner: text,
    started_at: at,
    lease_until: at,
    batch: flag,
    part_of: text.nullable(),
    at_once: json(atOnceSchema.nullable()),
    ended: z.enum(["ended", "dead"]).nullable(),
    reason: json(endReasonSchema.nullable()),
  })
  .transform(({ part_of: partOf, at_once: atOnce, ...row }) => ({ ...row, partOf, atOnce }));

export type RunRow = z.output<typeof runRow>;

export const approvalRow = z
  .object({
    plan: text,
    created: text,
    said_by: text,
    most: money,
    until: at.nullable(),
    at,
  })
  .transform(({ said_by: by, most: limit, ...row }) => ({ ...row, by, limit }));

export const approvedLineRow = approvedLineSchema.extend({ cost: money, taken: flag });

export const candidateRow = approvedLineRow
  .extend({ plan: text })
  .transform(({ plan, taken, ...line }) => ({ plan, taken, line }));

export const overageRow = z
  .object({
    cap: z.enum(RAISABLE_CAPS),
    of: text.nullable(),
    amount: money,
    said_by: text,
    why: text,
    at,
  })
  .transform(({ said_by: by, ...row }) => ({ ...row, by }));

export const moneyRow = z.object({ spent: money, held: money });

export const campaignRow = z
  .object({
    campaign: text,
    name: text,
    terms: json(writtenTermsSchema).nullable(),
    sealed: json(sealSchema).nullable(),
    formerly: json(z.array(text)),
  })
  .transform(({ terms, ...row }) => ({ ...row, terms: terms === null ? null : readTerms(terms) }));

export type CampaignRow = z.output<typeof campaignRow>;

export const freshRow = z.object({ entries: at, seq: at });

export const lastRow = z.object({ seq: at, hold_row: at });

export const timeRow = z.object({ now: z.number() }).transform(({ now }) => now);

export const scheduleRow = z.object({ campaign: text, schedule: text, since: at });

export const schedulerRow = z.object({ schedule: text, lease_until: at });

export const occurrenceRow = z.object({
  campaign: text,
  instant: at,
  edition: text,
  how: howSchema,
  run: text.nullable(),
  ended: flag,
});

/** A row of one column called `value`. */
function single<Of>(schema: z.ZodType<Of>): z.ZodType<Of> {
  return z.object({ value: schema }).transform(({ value }) => value);
}

export const textValue = single(text);
export const intValue = single(at);
export const optionalInt = single(at.nullable());
export const moneyValue = single(money);

/** Returns SQL for a sum of money: a whole number in every database, zero without rows. */
export function sumColumn(money: string): string {
  return `CAST(coalesce(sum(${money}), 0) AS BIGINT)`;
}

/** Returns which of a campaign's holds a scope counts: the table, a condition as SQL, and its values. */
export function scopeClause(counts: CountedBy): {
  readonly from: "holds" | "tagged";
  readonly sql: string;
  readonly values: string[];
} {
  switch (counts.by) {
    case "campaign":
      return { from: "holds", sql: "", values: [] };
    case "unknown":
      return {
        from: "holds",
        sql: " AND (state = 'unknown' OR (state = 'failed' AND charge = 'unknown'))",
        values: [],
      };
    case "shot":
    case "endpoint":
    case "scene":
    case "account":
      return { from: "holds", sql: ` AND ${counts.by} = ?`, values: [counts.name] };
    case "tag":
      return { from: "tagged", sql: " AND tag = ?", values: [counts.name] };
  }
}
