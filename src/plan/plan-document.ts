import * as z from "zod";
import { AMOUNT_KINDS, forEachKind, kindOf, NAMED_KINDS } from "../budget/caps.ts";
import { modelNamed } from "../catalogue/models.ts";
import { isName, isTimeZone } from "../manifest/schema.ts";
import { type MicroUsd, NOTHING, parseUsd, subtract } from "../money.ts";

// `topsheet/plan@1` as it is read back. What decides over money is strict: a cap under a name that means nothing
// would hold nothing, and no one would be told.

export const PLAN_SCHEMA = "topsheet/plan@1";

// Beyond these, products and sums would be no exact amounts.
const DEAREST_USD = 10_000;
export const LONGEST_SECONDS = 3_600;

const text = z.string();
const usd = text.transform((written, context): MicroUsd => {
  const amount = parseUsd(written);
  if (amount !== undefined) return amount;
  context.addIssue({ code: "custom", message: "not an amount in US dollars" });
  return z.NEVER;
});
const signedUsd = text.transform((written, context): MicroUsd => {
  const amount = parseUsd(written.replace(/^-/, ""));
  if (amount !== undefined) return written.startsWith("-") ? subtract(NOTHING, amount) : amount;
  context.addIssue({ code: "custom", message: "not an amount in US dollars" });
  return z.NEVER;
});
const rate = usd.refine((amount) => amount <= DEAREST_USD * 1_000_000, "not a rate a second");
const whole = z.int().positive();
const seconds = whole.max(LONGEST_SECONDS);
const known = (name: string): boolean => modelNamed(name) !== undefined;

const byLabel = z.record(text, usd);
const byModel = z.record(text.refine(known, "not a model that this program knows"), usd);

const lineSchema = z.object({
  key: text.min(1),
  shot: text.refine(isName),
  scene: text.nullable(),
  tags: z.array(text),
  priority: z.int(),
  take: whole,
  variant: z.record(text, text),
  model: text,
  endpoint: text,
  seconds,
  unit_price: rate,
  cost: usd,
  basis: text,
  input: z.record(text, z.unknown()),
  fingerprint: text,
  ordinal: whole,
  state: text,
});

const capRowSchema = z.object({
  cap: text,
  limit: usd,
  spent: usd,
  held: usd,
  planned: usd,
  left: signedUsd,
});

const budgetSchema = z.strictObject({
  ...forEachKind(AMOUNT_KINDS, () => usd.optional()),
  ...forEachKind(NAMED_KINDS, (cap) =>
    (kindOf(cap).states === "models" ? byModel : byLabel).optional(),
  ),
  warn_at: text.regex(/^(?:100|[1-9]?\d)%$/, "not a whole percentage").optional(),
  when_reached: z.enum(["stop", "skip"]),
  breaker: z
    .strictObject({
      usd_per_hour: usd.optional(),
      failures_in_a_row: whole.optional(),
      unknown_usd: usd.optional(),
    })
    .optional(),
});

export const planSchema = z.object({
  schema: z.literal(PLAN_SCHEMA),
  created: text,
  campaign: text.refine(isName),
  currency: z.literal("USD"),
  timezone: text.refine(isTimeZone),
  budget: budgetSchema,
  approval: z.enum(["required", "optional"]).optional(),
  what_if: z.literal(true).optional(),
  concurrency: z
    .object({ total: whole })
    .catchall(whole)
    .refine((limits) => Object.keys(limits).every((name) => name === "total" || known(name)), {
      error: "not a model that this program knows",
    }),
  ledger: z.object({ id: text }).nullable(),
  verdict: z.enum(["ok", "warn", "over-budget"]),
  manifests: z.array(z.object({ path: text, sha256: text.nullable() })),
  lines: z.array(lineSchema),
  totals: z.object({ lines: z.int(), seconds: z.int(), cost: usd, to_spend: usd }),
  caps: z.array(capRowSchema),
});

export type WrittenPlan = z.output<typeof planSchema>;
export type WrittenLine = z.output<typeof lineSchema>;
