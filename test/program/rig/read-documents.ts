import * as z from "zod";

const usd = z.string().regex(/^\d+\.\d{2,6}$/);

const held = {
  key: z.string(),
  shot: z.string(),
  model: z.string(),
  endpoint: z.string(),
  seconds: z.int(),
  planned: usd,
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  ordinal: z.int().positive(),
  hold: z.string().nullable(),
  request_id: z.string().nullable(),
  cost: usd.nullable(),
  held: usd,
  charge: z.enum(["none", "unknown", "charged"]).nullable(),
  billable_units: z.string().nullable(),
  why: z.string().nullable(),
  delivered: z.boolean(),
  path: z.string().nullable(),
  sha256: z.string().nullable(),
  warnings: z.array(z.string()),
};

const runDocument = z.object({
  schema: z.literal("topsheet/run@1"),
  campaign: z.string(),
  rehearsal: z.boolean(),
  currency: z.literal("USD"),
  ledger: z.object({ id: z.string() }),
  lines: z.array(
    z.object({
      ...held,
      state: z.enum(["to-buy", "changed", "over-cap", "in-flight", "unknown", "failed", "settled"]),
    }),
  ),
  totals: z.object({
    lines: z.int(),
    settled: z.int(),
    delivered: z.int(),
    spent: usd,
    held: usd,
    to_spend: usd,
  }),
});

const statusDocument = z.object({
  schema: z.literal("topsheet/status@1"),
  campaign: z.string(),
  lines: z.array(z.object({ ...held, state: z.string() })),
  runs: z.array(z.object({ run: z.string(), started: z.iso.datetime(), alive: z.boolean() })),
  totals: z.object({ spent: usd, held: usd }),
});

export type RunDocument = z.output<typeof runDocument>;

/** `topsheet/run@1`: all of standard output, and nothing but amounts as decimal text. */
export function readRun(out: string): RunDocument {
  return runDocument.parse(JSON.parse(out));
}

export function readStatus(out: string): z.output<typeof statusDocument> {
  return statusDocument.parse(JSON.parse(out));
}

/** Keys and states, as a picture of a run to compare. */
export function statesByKey({
  lines,
}: {
  readonly lines: readonly { key: string; state: string }[];
}) {
  return Object.fromEntries(lines.map(({ key, state }) => [key, state]));
}
