import * as z from "zod";
import { RAISABLE_CAPS } from "../budget/caps.ts";
import { writtenTermsSchema } from "../budget/terms.ts";
import { exact, type MicroUsd, microUsd } from "../money.ts";

// The contents of a ledger, declared once: types, reading, writing and exports follow. Entries are only ever
// added, so a field once written stays readable: new ones are optional.

const usd = z.codec(z.string(), z.custom<MicroUsd>(Number.isSafeInteger), {
  decode: (text, context) => {
    const micros = /^\d{1,10}\.\d{2,6}$/.test(text) ? parseMicros(text) : Number.NaN;
    if (Number.isSafeInteger(micros)) return microUsd(micros);
    context.issues.push({ code: "custom", message: "not an amount in US dollars", input: text });
    return z.NEVER;
  },
  // An amount that cannot be read back would damage the ledger for good.
  encode: (amount) => {
    if (amount < 0) throw new RangeError(`a negative amount: ${amount}`);
    return exact(amount);
  },
});

/** Reads every amount that can be written: a bill that claims too much must not make its ledger unreadable. */
function parseMicros(amount: string): number {
  const [whole = "", decimals = ""] = amount.split(".");
  return Number(`${whole}${decimals.padEnd(6, "0")}`);
}

const text = z.string();
const headers = z.record(text, text).readonly();

/** Who settled something by hand, and why. */
const person = z.object({ by: text, why: text }).readonly();

/** How the vendor knows what was bought. The addresses are as its answer stated them, or null. */
const request = z
  .object({
    id: text,
    statusUrl: text.nullable(),
    responseUrl: text.nullable(),
    cancelUrl: text.nullable(),
  })
  .readonly();

/** Whether a failure was billed. */
export const chargeSchema = z.enum(["none", "unknown", "charged"]);

const delivery = z
  .object({
    /** Relative to the folder in which the run that wrote it ran. */
    path: text,
    sha256: text,
    bytes: z.int(),
    seconds: z.number().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    audio: z.boolean().nullable(),
    warnings: z.array(text).readonly(),
  })
  .readonly();

/** What is bought once: a campaign's n-th line with this fingerprint, in this edition. */
export const orderSchema = z
  .object({
    campaign: text,
    /** The occurrence of a schedule that buys the same again; empty for everything else. */
    edition: text,
    fingerprint: text,
    /** The content hash, without duration and audio: an approval of the dearer form covers the cheaper. */
    gist: text.optional(),
    ordinal: z.int(),
    key: text,
    shot: text,
    scene: text.nullable(),
    /** Absent for a line without tags, and for what an older topsheet bought. */
    tags: z.array(text).readonly().optional(),
    model: text,
    endpoint: text,
    seconds: z.int(),
    input: z.record(text, z.unknown()).readonly(),
    cost: usd,
    /** What one of the vendor's billable units costs, if the price book knows. */
    unitPrice: usd.nullable(),
  })
  .readonly();

/** Set if a step makes a hold stand again after another hold took its place. */
const again = { duplicate: z.literal(true).optional() };

/** Every step of a reserved hold. */
const stepSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sending") }).readonly(),
  z
    .object({ kind: z.literal("submitted"), request, person: person.nullable(), ...again })
    .readonly(),
  z
    .object({
      kind: z.literal("settled"),
      videoUrl: text,
      /** Bytes, if the vendor stated them. */
      size: z.number().nullable(),
      billableUnits: text.nullable(),
      /** What the bill says above the held amount. */
      excess: usd,
      /** Why a person should look at the bill. */
      doubt: text.optional(),
      headers,
    })
    .readonly(),
  z.object({ kind: z.literal("released"), why: text, person: person.nullable() }).readonly(),
  z
    .object({
      kind: z.literal("failed"),
      charge: chargeSchema,
      why: text,
      headers,
      /** Left out if a header says it, as in entries that are older than this field. */
      billableUnits: text.optional(),
      /** As for a settled hold: a failure may be billed too. */
      excess: usd.optional(),
      doubt: text.optional(),
      person: person.nullable(),
      ...again,
    })
    .readonly(),
  z.object({ kind: z.literal("unknown"), why: text }).readonly(),
  z
    .object({ kind: z.literal("charge"), charge: z.enum(["none", "charged"]), person, ...again })
    .readonly(),
  z.object({ kind: z.literal("cancel"), answer: text }).readonly(),
  /** The vendor repeatedly did not know its request, or gave no result for it. */
  z.object({ kind: z.literal("missing"), why: text }).readonly(),
  z.object({ kind: z.literal("delivered"), delivery }).readonly(),
]);

/** A limit of a run beside its campaign's caps: `--max-usd`, or an approval's limit. */
const limit = z.object({ name: text, limit: usd }).readonly();

/** How many lines of the campaign, and of its models by endpoint, may be under way across all machines. */
export const atOnceSchema = z
  .object({
    total: z.int(),
    byModel: z.array(z.object({ endpoint: text, lines: z.int() }).readonly()).readonly(),
  })
  .readonly();

/** Why nothing more of a batch was started. */
export const endReasonSchema = z.object({ because: text, why: text }).readonly();

/** Where a campaign has moved: the other ledger's name and id. */
export const sealSchema = z.object({ into: text, ledger: text }).readonly();

/** A line of an approved plan: what may be bought for it, and for how much at most. */
export const approvedLineSchema = z.object({
  key: text,
  fingerprint: text,
  ordinal: z.int(),
  /** The content hash: the same for the line made shorter, or silent. */
  gist: text,
  cost: usd,
});

/** How an occurrence of a schedule got its turn. */
export const howSchema = z.enum(["on-time", "caught-up", "skipped"]);

/** The line of an approved plan that covers a purchase. */
const approvedAs = z.object({ plan: text, line: text }).readonly();

/** Every fact about a campaign and its runs. */
const noticeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("purpose"), purpose: z.enum(["real", "rehearsal"]) }).readonly(),
  z.object({ kind: z.literal("terms"), terms: writtenTermsSchema }).readonly(),
  z
    .object({
      kind: z.literal("run-started"),
      /** What `per_run` and the limits count: the run itself, or the saved plan it resumes. */
      account: text,
      limits: z.array(limit).readonly(),
      /** The approved plan that every purchase has to be in, or any; null if none is needed. */
      approval: text.nullable().optional(),
      owner: text,
      /** It has no process: others buy its lines until it is ended. */
      batch: z.literal(true).optional(),
      /** The batch that it buys for. */
      partOf: text.optional(),
      atOnce: atOnceSchema.optional(),
    })
    .readonly(),
  z
    .object({
      kind: z.literal("run-ended"),
      how: z.enum(["ended", "dead"]),
      reason: endReasonSchema.optional(),
    })
    .readonly(),
  /** The campaign continues in another ledger; nothing more is written about it here. */
  z.object({ kind: z.literal("sealed"), seal: sealSchema }).readonly(),
  /** The campaign comes from another ledger; what was written about it there follows. */
  z.object({ kind: z.literal("received"), from: text }).readonly(),
  /** A person records that the campaign is bought here, whatever another ledger has of it. */
  z.object({ kind: z.literal("separate"), by: text, why: text }).readonly(),
  z
    .object({
      kind: z.literal("reserved"),
      account: text,
      order: orderSchema,
      approved: approvedAs.optional(),
    })
    .readonly(),
  /** A person approves a saved plan. Approving the plan again replaces it. */
  z
    .object({
      kind: z.literal("approved"),
      /** SHA-256 (hex) of the plan file's bytes. */
      plan: text,
      /** When the plan says that it was made: an edited copy says the same. */
      created: text,
      by: text,
      limit: usd,
      /** Milliseconds UTC at which it expires; null if it never does. */
      until: z.int().nullable(),
      lines: z.array(approvedLineSchema.readonly()).readonly(),
    })
    .readonly(),
  /** The schedule that a campaign follows from a moment on. */
  z.object({ kind: z.literal("schedule"), schedule: text, since: z.int() }).readonly(),
  /** An occurrence gets its turn, with the run of the entry or with none. `instant` in milliseconds UTC. */
  z
    .object({
      kind: z.literal("occurrence"),
      instant: z.int(),
      edition: text,
      how: howSchema,
    })
    .readonly(),
  z.object({ kind: z.literal("occurrence-resumed"), instant: z.int() }).readonly(),
  z.object({ kind: z.literal("occurrence-ended"), instant: z.int() }).readonly(),
  z
    .object({
      kind: z.literal("overage"),
      cap: z.enum(RAISABLE_CAPS),
      of: text.nullable(),
      amount: usd,
      by: text,
      why: text,
    })
    .readonly(),
]);

const factSchema = z.union([noticeSchema, stepSchema]);

export type Person = z.output<typeof person>;
export type RequestRef = z.output<typeof request>;
export type Charge = z.output<typeof chargeSchema>;
export type Delivery = z.output<typeof delivery>;
export type Order = z.output<typeof orderSchema>;
export type Step = z.output<typeof stepSchema>;
export type Fact = z.output<typeof factSchema>;
export type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { readonly kind: Kind }>;
export type ApprovedLine = Readonly<z.output<typeof approvedLineSchema>>;
export type ApprovedAs = z.output<typeof approvedAs>;
export type Approval = Omit<FactOf<"approved">, "kind" | "lines">;
export type How = z.output<typeof howSchema>;
export type AtOnce = z.output<typeof atOnceSchema>;
export type EndReason = z.output<typeof endReasonSchema>;
export type Seal = z.output<typeof sealSchema>;
export type RunLimit = z.output<typeof limit>;

/** One line of the ledger. `at` in milliseconds UTC; `seq` counts up from 1. */
export interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly campaign: string | null;
  readonly run: string | null;
  readonly hold: string | null;
  readonly fact: Fact;
}

// Entries that are older than the field have the units in this header alone.
const UNITS_HEADER = "x-fal-billable-units";

/** Returns the billable units of a failed job; null if the vendor stated none. */
export function readFailedUnits(
  step: Pick<FactOf<"failed">, "headers" | "billableUnits">,
): string | null {
  return step.billableUnits ?? step.headers[UNITS_HEADER] ?? null;
}

/** Writes a fact as text, money as decimals. */
export function encodeFact(fact: Fact): string {
  return JSON.stringify(z.encode(factSchema, fact));
}

/** Throws if the text is no fact: something else has written into the ledger. */
export function decodeFact(written: string): Fact {
  return factSchema.parse(JSON.parse(written));
}

export function isStep(fact: Fact): fact is Step {
  return stepSchema.options.some((option) => option.unwrap().shape.kind.value === fact.kind);
}
