import * as z from "zod";
import {
  AMOUNT_KINDS,
  type Caps,
  collectLimits,
  readBreaker,
  writeBreaker,
  mapKinds,
  getCapKind,
  findLimit,
  NAMED_KINDS,
} from "../budget/caps.ts";
import { findModel } from "../catalogue/models.ts";
import { type Code, type Diagnostic, isCode } from "../diagnostics/diagnostic.ts";
import { formatInstant, toPrintable } from "../diagnostics/printable.ts";
import { isName, isTimeZone } from "../manifest/schema.ts";
import { exact, type MicroUsd, NOTHING, parseUsd, subtract } from "../money.ts";
import type { AdmittedPlan } from "./admit.ts";
import type { Concurrency } from "./campaign.ts";
import { hashPriceBook } from "./fingerprint.ts";
import type { MadePlan } from "./make-plan.ts";
import { type AdmittedLine, formatBasis, type PlanOrigin } from "./plan.ts";

// `topsheet/plan@1`, declared once for writing and reading. What decides about money is strict: a cap under a misspelt
// name would apply to nothing, and no one would notice.

export const PLAN_SCHEMA = "topsheet/plan@1";

// Beyond these, products and sums would not be exact.
const DEAREST_USD = 10_000;
export const LONGEST_SECONDS = 3_600;

const text = z.string();
const amount = z.custom<MicroUsd>(Number.isSafeInteger);

/** Reads an amount. Adds an issue if the text is none; the value is ignored then. */
function readAmount(written: string, { issues }: z.core.ParsePayload<string>): MicroUsd {
  const read = parseUsd(written);
  if (read !== undefined) return read;
  issues.push({ code: "custom", message: "not an amount in US dollars", input: written });
  return z.NEVER;
}

const usd = z.codec(text, amount, { decode: readAmount, encode: exact });
const signedUsd = z.codec(text, amount, {
  decode: (written, context) => {
    const size = readAmount(written.replace(/^-/, ""), context);
    return context.issues.length === 0 && written.startsWith("-") ? subtract(NOTHING, size) : size;
  },
  encode: exact,
});
const rate = usd.refine((read) => read <= DEAREST_USD * 1_000_000, "not a rate a second");
const whole = z.int().positive();
const isModel = (name: string): boolean => findModel(name) !== undefined;
const NO_MODEL = "not a model that this program knows";

const byLabel = z.record(text, usd);
const byModel = z.record(text.refine(isModel, NO_MODEL), usd);

const writtenBudget = z.strictObject({
  ...mapKinds(AMOUNT_KINDS, () => usd.optional()),
  ...mapKinds(NAMED_KINDS, (cap) =>
    (getCapKind(cap).states === "models" ? byModel : byLabel).optional(),
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

/** The caps that were stated, under the manifest's own keys. */
const budget = z.codec(writtenBudget, z.custom<Caps>(), {
  decode: ({ warn_at, when_reached, breaker, ...stated }): Caps => ({
    limits: collectLimits(
      (kind) => stated[kind.name],
      ({ name: cap, states }) =>
        Object.entries(stated[cap] ?? {}).map(([name, limit]) => ({
          of: states === "models" ? findEndpoint(name) : name,
          name,
          limit,
        })),
    ),
    warnAt: warn_at === undefined ? null : Number.parseInt(warn_at, 10),
    whenReached: when_reached,
    breaker: readBreaker(breaker, (read) => read),
  }),
  encode: (caps) => {
    const stated = [...caps.limits.values()];
    return {
      ...mapKinds(AMOUNT_KINDS, (cap) => findLimit(caps, cap) ?? undefined),
      ...mapKinds(NAMED_KINDS, (name) => {
        const limits = stated.filter(({ cap }) => cap === name);
        return limits.length === 0
          ? undefined
          : Object.fromEntries(limits.map((one) => [one.name ?? "", one.limit]));
      }),
      warn_at: caps.warnAt === null ? undefined : `${caps.warnAt}%`,
      when_reached: caps.whenReached,
      breaker: writeBreaker(caps.breaker, (written) => written),
    };
  },
});

const writtenConcurrency = z
  .object({ total: whole })
  .catchall(whole)
  .refine((limits) => Object.keys(limits).every((name) => name === "total" || isModel(name)), {
    error: NO_MODEL,
  });

const concurrency = z.codec(writtenConcurrency, z.custom<Concurrency>(), {
  decode: ({ total, ...models }) => ({
    total,
    byModel: Object.entries(models).map(([name, lines]) => ({
      name,
      endpoint: findEndpoint(name),
      lines,
    })),
  }),
  encode: ({ total, byModel: models }) => ({
    total,
    ...Object.fromEntries(models.map(({ name, lines }) => [name, lines])),
  }),
});

function findEndpoint(name: string): string {
  return findModel(name)?.endpoint ?? name;
}

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
  seconds: whole.max(LONGEST_SECONDS),
  unit_price: rate,
  cost: usd,
  basis: text,
  input: z.record(text, z.unknown()),
  fingerprint: text,
  ordinal: whole,
  state: text,
});

// Members of unknown type are written, and ignored when they are read.
const capRowSchema = z.object({
  cap: text,
  of: z.unknown().optional(),
  from: z.unknown().optional(),
  limit: usd,
  spent: usd,
  held: usd,
  planned: usd,
  left: signedUsd,
  verdict: z.unknown().optional(),
});

const headSchema = z.object({
  schema: z.literal(PLAN_SCHEMA),
  created: text,
  campaign: text.refine(isName),
  currency: z.literal("USD"),
  timezone: text.refine(isTimeZone),
  budget,
  what_if: z.literal(true).optional(),
  approval: z.enum(["required", "optional"]).optional(),
  concurrency,
  ledger: z.object({ id: text }).nullable(),
  rehearsal: z.unknown().optional(),
  verdict: z.enum(["ok", "warn", "over-budget"]),
  price_book: z.unknown().optional(),
  manifests: z.array(z.object({ path: text, sha256: text.nullable() })),
});

/** For manifests with mistakes: it is written, and never read back. */
const invalidHeadSchema = headSchema.extend({
  campaign: text.nullable(),
  verdict: z.literal("invalid"),
});

const totalsSchema = z.object({ lines: z.int(), seconds: z.int(), cost: usd, to_spend: usd });

export const planSchema = headSchema.extend({
  lines: z.array(lineSchema),
  totals: totalsSchema,
  caps: z.array(capRowSchema),
});

export type WrittenPlan = z.output<typeof planSchema>;
export type WrittenLine = z.output<typeof lineSchema>;

const diagnosticSchema = z.object({
  code: z.custom<Code>((code) => typeof code === "string" && isCode(code)),
  severity: z.enum(["error", "warning"]),
  message: text,
  file: text.nullable(),
  line: whole.nullable(),
  column: whole.nullable(),
  hint: z.codec(text, text, { decode: toPrintable, encode: (hint) => hint }).nullable(),
});

export const planDiagnosticsSchema = z.object({
  diagnostics: z.array(diagnosticSchema).default([]),
});

export type WrittenDiagnostic = z.output<typeof diagnosticSchema>;

/**
 * Writes the document, also for manifests with mistakes. A line, a cap and a diagnostic each take one line of text, so
 * that grep finds them and a diff shows which shot changed. `created` in milliseconds UTC; `more` are lists for readers
 * of the report, which are never read back.
 */
export function writePlanDocument(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  created: number,
  more: Readonly<Record<string, readonly object[]>>,
): string {
  const { campaign, priceBook, priceFile, manifests }: PlanOrigin = admitted ?? made.origin;
  const head = {
    schema: headSchema.shape.schema.value,
    created: formatInstant(created),
    currency: "USD" as const,
    timezone: campaign.timezone,
    budget: campaign.caps,
    what_if: campaign.capAsked ? (true as const) : undefined,
    approval: campaign.approval === "required" ? campaign.approval : undefined,
    concurrency: campaign.concurrency,
    rehearsal: admitted?.rehearsal === true ? true : undefined,
    price_book: {
      as_of: priceBook.asOf,
      own_as_of: priceBook.ownAsOf,
      sha256: hashPriceBook(priceBook),
      ...(priceFile === null ? {} : { file: priceFile }),
    },
    manifests: [...manifests],
  };
  const name = campaign.name === "" ? null : campaign.name;
  const members: object =
    admitted === null
      ? z.encode(invalidHeadSchema, { ...head, campaign: name, ledger: null, verdict: "invalid" })
      : z.encode(headSchema, {
          ...head,
          campaign: campaign.name,
          ledger: admitted.ledger === null ? null : { id: admitted.ledger },
          verdict: admitted.verdict,
        });
  const { diagnostics } = admitted ?? made;
  const lists: readonly (readonly [string, readonly object[]])[] = [
    ["caps", admitted === null ? [] : writeCapRows(admitted)],
    ...Object.entries(more),
    ["diagnostics", diagnostics.map(writeDiagnostic)],
  ];
  return `{\n${[
    ...Object.entries(members).flatMap(([key, value]) =>
      value === undefined ? [] : [`"${key}": ${JSON.stringify(value)}`],
    ),
    writeList("lines", (admitted?.lines ?? []).map(writeLine)),
    `"totals": ${JSON.stringify(admitted === null ? null : writeTotals(admitted))}`,
    ...lists.map(([key, items]) => writeList(key, items)),
  ].join(",\n")}\n}\n`;
}

function writeList(name: string, items: readonly object[]): string {
  if (items.length === 0) return `"${name}": []`;
  return `"${name}": [\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
}

const LINE_KEYS = Object.keys(lineSchema.shape);

/** Writes field by field: encoding a whole line takes four times as long, which shows with 100,000 of them. */
function writeLine(line: AdmittedLine): object {
  const { price, cost } = line;
  const written: Readonly<Record<string, unknown>> = {
    ...line,
    unit_price: z.encode(rate, price.perSecond),
    cost: z.encode(usd, cost),
    basis: formatBasis(line),
  };
  return Object.fromEntries(LINE_KEYS.map((key) => [key, written[key]]));
}

function writeTotals({ totals: { lines, seconds, cost, toSpend } }: AdmittedPlan): object {
  return z.encode(totalsSchema, { lines, seconds, cost, to_spend: toSpend });
}

function writeCapRows({ moneyCaps, paceCaps }: AdmittedPlan): readonly object[] {
  return [...moneyCaps.map((row) => ({ ...row, from: null })), ...paceCaps].map((row) =>
    z.encode(capRowSchema, { ...row, from: row.from === null ? null : formatInstant(row.from) }),
  );
}

/** Writes a diagnostic for JSON: its place as file, line and column, or null. */
export function writeDiagnostic({ code, severity, message, place, hint }: Diagnostic): object {
  const position = place === null ? null : place.source.findPosition(place.start);
  const { line = null, column = null } = position ?? {};
  const file = place?.source.name ?? null;
  return z.encode(diagnosticSchema, { code, severity, message, file, line, column, hint });
}
