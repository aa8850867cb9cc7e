import * as z from "zod";

// `topsheet/plan@1` as design.md prints it, key by key. Strict: a key too many fails as one too few does.

const usd = z.string().regex(/^(?:0|[1-9]\d*)\.\d{2,6}$/);
const signedUsd = z.string().regex(/^-?(?:0|[1-9]\d*)\.\d{2,6}$/);
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const usdByName = z.record(z.string(), usd);

const line = z.strictObject({
  key: z.string().min(1),
  shot: z.string().min(1),
  scene: z.string().nullable(),
  tags: z.array(z.string()),
  priority: z.int(),
  take: z.int().min(1),
  variant: z.record(z.string(), z.string()),
  model: z.string(),
  endpoint: z.string().startsWith("fal-ai/"),
  seconds: z.int().min(3).max(15),
  unit_price: usd,
  cost: usd,
  basis: z.string().regex(/^\d+ s × \$\d+\.\d{2,6}$/),
  input: z.record(z.string(), z.unknown()),
  fingerprint: sha256,
  ordinal: z.int().min(1),
  state: z.enum(["to-buy", "changed", "over-cap", "in-flight", "unknown", "failed", "settled"]),
});

const cap = z.strictObject({
  cap: z.enum([
    "cap",
    "per_shot",
    "per_run",
    "per_day",
    "per_week",
    "per_month",
    "by_model",
    "by_scene",
  ]),
  of: z.string().nullable(),
  from: instant.nullable(),
  limit: usd,
  spent: usd,
  held: usd,
  planned: usd,
  left: signedUsd,
  verdict: z.enum(["ok", "warn", "over"]),
});

const diagnostic = z.strictObject({
  code: z.string(),
  severity: z.enum(["error", "warning"]),
  message: z.string().min(1),
  file: z.string().nullable(),
  line: z.int().min(1).nullable(),
  column: z.int().min(1).nullable(),
  hint: z.string().nullable(),
});

export const planDocument = z.strictObject({
  schema: z.literal("topsheet/plan@1"),
  created: instant,
  campaign: z.string().nullable(),
  currency: z.literal("USD"),
  timezone: z.string(),
  budget: z.strictObject({
    cap: usd.optional(),
    per_shot: usd.optional(),
    per_run: usd.optional(),
    per_day: usd.optional(),
    per_week: usd.optional(),
    per_month: usd.optional(),
    by_model: usdByName.optional(),
    by_scene: usdByName.optional(),
    warn_at: z
      .string()
      .regex(/^\d+%$/)
      .optional(),
    when_reached: z.enum(["stop", "skip"]).optional(),
    breaker: z
      .strictObject({
        usd_per_hour: usd.optional(),
        failures_in_a_row: z.int().min(1).optional(),
        unknown_usd: usd.optional(),
      })
      .optional(),
  }),
  approval: z.literal("required").optional(),
  what_if: z.literal(true).optional(),
  rehearsal: z.literal(true).optional(),
  concurrency: z.looseObject({ total: z.int().min(1) }),
  ledger: z.strictObject({ id: z.string() }).nullable(),
  verdict: z.enum(["ok", "warn", "over-budget", "invalid"]),
  price_book: z.strictObject({
    as_of: z.string().regex(/^\d{4}-\d\d-\d\d$/),
    own_as_of: z.string().nullable(),
    sha256,
    file: z.string().optional(),
  }),
  manifests: z.array(z.strictObject({ path: z.string(), sha256 })),
  lines: z.array(line),
  totals: z.strictObject({ lines: z.int(), seconds: z.int(), cost: usd, to_spend: usd }).nullable(),
  caps: z.array(cap),
  diagnostics: z.array(diagnostic),
});

export type PlanDocument = z.output<typeof planDocument>;
