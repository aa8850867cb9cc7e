import * as z from "zod";
import { purchaseKey } from "../budget/purchase.ts";
import { checkInput } from "../catalogue/check-input.ts";
import { findModel } from "../catalogue/models.ts";
import { readPriceConditions, type Price, type PriceBook, findPrice } from "../catalogue/prices.ts";
import { type Diagnostic, warning } from "../diagnostics/diagnostic.ts";
import { formatInstant, toPrintable } from "../diagnostics/printable.ts";
import { failure, ok, type Result } from "../diagnostics/result.ts";
import { makeTakeKey, makeVariantKey } from "../manifest/shot.ts";
import { add, dollars, exact, type MicroUsd, subtract, times } from "../money.ts";
import type { Campaign } from "./campaign.ts";
import { toCanonicalJson, makeFingerprint } from "./fingerprint.ts";
import {
  LONGEST_SECONDS,
  PLAN_SCHEMA,
  planDiagnosticsSchema,
  planSchema,
  type WrittenDiagnostic,
  type WrittenLine,
  type WrittenPlan,
} from "./plan-document.ts";
import { formatBasis, measureLines, type Plan, type PlanLine } from "./plan.ts";

/** A saved plan that was read back. */
interface SavedPlan {
  /** The plan as it is bought: made anew from endpoints and inputs. */
  readonly plan: Plan;
  /** The ledger that the plan was held against; null for none. */
  readonly ledger: string | null;
  /** When it was made, as it says. */
  readonly created: string;
  /** Keys of lines that it says are bought again because their input changed. */
  readonly rebuys: ReadonlySet<string>;
}

/** The problem lists everything that is not as the file states. */
type ReadPlan = Result<SavedPlan, readonly string[]>;

/** Reads which price file a saved plan was made with. Returns null if there was none. */
export function readPriceFileName(written: string): string | null {
  const named = z
    .object({ price_book: z.object({ file: z.string() }) })
    .safeParse(parseJson(written));
  return named.success ? named.data.price_book.file : null;
}

/** Reads a saved plan and trusts nothing in it: every line is validated, priced and fingerprinted again. */
export function readPlanFile(written: string, book: PriceBook): ReadPlan {
  const read = readDocument(parseJson(written), (line) => remakeLine(line, book), book);
  const asks = read.ok && read.value.plan.campaign.capAsked;
  return asks ? refusePlan("it was planned with --cap, and such a plan cannot be bought") : read;
}

/** Reads a saved plan as it was when it was saved, with the costs that it states, not those of today. */
export function readPlanAsSaved(written: string, book: PriceBook): ReadPlan {
  const document = parseJson(written);
  const read = readDocument(document, keepLine, book);
  if (!read.ok) return read;
  const told = planDiagnosticsSchema.safeParse(document);
  if (!told.success) return refusePlan("its diagnostics are not those of a plan");
  const diagnostics = told.data.diagnostics.flatMap(readWarning);
  return ok({ ...read.value, plan: { ...read.value.plan, diagnostics } });
}

function refusePlan(...problem: string[]): ReadPlan {
  return failure(problem);
}

/** Reads a line of the plan, or says what is not as it says. */
type ReadLine = (line: WrittenLine) => Result<PlanLine, string>;

function readDocument(document: unknown, readLine: ReadLine, book: PriceBook): ReadPlan {
  if (document === undefined) return refusePlan("it is not JSON");
  const version = z.object({ schema: z.string() }).safeParse(document);
  if (version.success && version.data.schema !== PLAN_SCHEMA) {
    return refusePlan(
      `it is ${toPrintable(version.data.schema)}, and this program knows ${PLAN_SCHEMA}`,
    );
  }
  const invalid = z.object({ verdict: z.literal("invalid") }).safeParse(document);
  if (invalid.success) return refusePlan("it was made from a manifest with mistakes");
  const read = planSchema.safeParse(document);
  if (!read.success) {
    return refusePlan(
      ...read.error.issues
        .slice(0, 10)
        .map(({ path, message }) => `${toPrintable(path.join("."))}: ${toPrintable(message)}`),
    );
  }
  const { data } = read;
  if (isBeyondMeasure(data)) return refusePlan("its costs are too large to add up exactly");
  const lines: PlanLine[] = [];
  const problems: string[] = [];
  for (const line of data.lines) {
    const made = readLine(line);
    if (made.ok) lines.push(made.value);
    else problems.push(`${toPrintable(line.key)}: ${made.problem}`);
  }
  problems.push(...findDuplicates(data.lines));
  // If a line is wrong, the sums are wrong too: one complaint is enough.
  if (problems.length === 0) problems.push(...checkSums(data));
  if (problems.length > 0) return refusePlan(...problems);
  const { ledger, manifests, created } = data;
  const changed = data.lines.filter((line) => line.state === "changed");
  const origin = { priceBook: book, priceFile: null, sources: [], manifests };
  const campaign = makeCampaign(data);
  // The manifest's text is not at hand, so complaints have no place in it.
  const plan = { ...origin, campaign, edition: "", lines, findShot: () => null, diagnostics: [] };
  const rebuys = new Set(changed.map((line) => line.key));
  return ok({ plan, ledger: ledger?.id ?? null, created, rebuys });
}

function keepLine(line: WrittenLine): Result<PlanLine, string> {
  const { unit_price: perSecond, endpoint } = line;
  const unsaid = { when: {}, source: "the saved plan", seen: "", note: null, perUnit: null };
  return ok(makePlanLine(line, { endpoint, perSecond, ...unsaid }));
}

function makePlanLine(line: WrittenLine, price: Price): PlanLine {
  const { unit_price: _, basis: _basis, state: _state, ...rest } = line;
  return { ...rest, price };
}

function remakeLine(line: WrittenLine, book: PriceBook): Result<PlanLine, string> {
  const model = findModel(line.endpoint);
  if (model === undefined) return failure(`there is no model ${toPrintable(line.endpoint)}`);
  const { ready, findings } = checkInput(model, line.input);
  if (ready === null) {
    const wrong = findings.find(({ severity }) => severity === "error");
    return failure(wrong?.message ?? "its input is not what the model takes");
  }
  const price = findPrice(book, model.endpoint, readPriceConditions(ready.complete));
  if (price === undefined) return failure("it has no price any more");
  const { seconds, send: input } = ready;
  const cost = times(price.perSecond, seconds);
  const key = makeLineKey(line);
  if (cost !== line.cost || price.perSecond !== line.unit_price) {
    return failure(`it costs ${dollars(cost)} now, the plan says ${dollars(line.cost)}`);
  }
  if (line.seconds !== seconds) return failure(`it is ${seconds} s, not ${line.seconds}`);
  if (line.model !== model.alias) return failure(`its model is ${model.alias}`);
  if (line.endpoint !== model.endpoint) return failure(`its endpoint is ${model.endpoint}`);
  if (line.key !== key)
    return failure(`its shot, matrix values and take give the key ${toPrintable(key)}`);
  if (line.basis !== formatBasis({ seconds, price }))
    return failure("its basis does not give its cost");
  if (toCanonicalJson(line.input) !== toCanonicalJson(input))
    return failure(`its input is not what ${model.vendor.name} would be sent`);
  const print = makeFingerprint(model.endpoint, ready.complete);
  if (print !== line.fingerprint) return failure("its fingerprint does not match");
  return ok({ ...makePlanLine(line, price), input });
}

function makeCampaign(written: WrittenPlan): Campaign {
  const { what_if, campaign, timezone, budget, approval, concurrency } = written;
  return {
    name: campaign,
    timezone,
    statesTimezone: true,
    caps: budget,
    capAsked: what_if === true,
    capPlaces: new Map(),
    approval: approval ?? null,
    // Only manifests have schedules: a saved plan is bought when someone runs it.
    schedule: null,
    concurrency,
    prices: null,
  };
}

/** Returns undefined if the text is not JSON, or has the key `__proto__`. */
function parseJson(written: string): unknown {
  let strange = false;
  try {
    const value: unknown = JSON.parse(written, (key, inner: unknown) => {
      strange ||= key === "__proto__";
      return inner;
    });
    return strange ? undefined : value;
  } catch {
    return undefined;
  }
}

// People approve a plan by its totals and its caps, so these have to follow from its lines.

/** A thousand million dollars: sums above this would not be exact. */
const MOST = 1e15;

/** Whether a plan's figures are too large to be added up exactly. */
function isBeyondMeasure({ lines }: WrittenPlan): boolean {
  const most = ({ cost, unit_price: rate }: WrittenLine): number =>
    Math.max(cost, rate * LONGEST_SECONDS);
  return lines.reduce((total, line) => total + most(line), 0) > MOST;
}

/** Lists where totals and caps differ from what the lines add up to. */
function checkSums({ lines, totals, caps }: WrittenPlan): readonly string[] {
  const { seconds, cost } = measureLines(lines);
  const problems: string[] = [];
  if (totals.cost !== cost) {
    problems.push(`its lines cost ${dollars(cost)}, its totals say ${dollars(totals.cost)}`);
  }
  if (totals.lines !== lines.length || totals.seconds !== seconds || totals.to_spend > cost) {
    problems.push("its totals do not follow from its lines");
  }
  for (const { cap, limit, spent, held, planned, left } of caps) {
    const made = subtract(limit, add(add(spent, held), planned));
    if (left === made) continue;
    problems.push(`${toPrintable(cap)} leaves ${dollars(made)}, it says ${dollars(left)}`);
  }
  return problems;
}

/** Makes the key that follows from a line's shot, matrix values and take. */
function makeLineKey({ shot, variant, take }: WrittenLine): string {
  const values = Object.entries(variant).map(([name, text]) => [name, { text }] as const);
  return makeTakeKey(makeVariantKey(shot, new Map(values)), take);
}

/** Lists purchases that occur twice: each is bought once, so such a file was edited by hand. */
function findDuplicates(lines: readonly WrittenLine[]): readonly string[] {
  const problems: string[] = [];
  const purchases = new Map<string, string>();
  const keys = new Set<string>();
  for (const { key, ...line } of lines) {
    const purchase = purchaseKey(line);
    const first = purchases.get(purchase);
    if (first !== undefined) {
      problems.push(`${toPrintable(key)}: it is the same purchase as ${toPrintable(first)}`);
    }
    if (keys.has(key.toLowerCase())) problems.push(`${toPrintable(key)}: it occurs twice`);
    purchases.set(purchase, key);
    keys.add(key.toLowerCase());
  }
  return problems;
}

/** The manifest's text is not at hand, so the place goes into the message. */
function readWarning(saved: WrittenDiagnostic): readonly Diagnostic[] {
  const { severity, file, line, column, message, hint } = saved;
  if (severity !== "warning") return [];
  const where =
    file === null ? "" : `${[file, line, column].filter((at) => at !== null).join(":")}: `;
  return [warning(saved.code, toPrintable(`${where}${message}`), null, hint ?? undefined)];
}

const SCHEMA = "topsheet/approval@1";

const approvalSchema = z.object({
  schema: z.literal(SCHEMA),
  plan: z.object({ file: z.string(), sha256: z.string() }),
  by: z.string(),
  approved: z.string(),
  ledger: z.object({ id: z.string() }),
});

export type ReadApproval = z.output<typeof approvalSchema>;

interface SignedPlan {
  /** The plan file's own name. */
  readonly file: string;
  readonly sha256: string;
  readonly campaign: string;
  readonly lines: number;
  readonly cost: MicroUsd;
  readonly by: string;
  readonly limit: MicroUsd;
  /** Milliseconds UTC. */
  readonly until: number | null;
  readonly at: number;
  readonly ledger: string;
  /** Whether that is for rehearsals. */
  readonly rehearsal: boolean;
}

/** `topsheet/approval@1`: for people and auditors. What counts is the entry in the ledger. */
export function writeApproval(signed: SignedPlan): string {
  const { file, sha256, campaign, lines, cost, by, limit, until, at, ledger, rehearsal } = signed;
  const document = {
    schema: SCHEMA,
    plan: { file, sha256 },
    campaign,
    currency: "USD",
    lines,
    cost: exact(cost),
    by,
    limit: exact(limit),
    until: until === null ? null : formatInstant(until),
    approved: formatInstant(at),
    ledger: { id: ledger },
    ...(rehearsal ? { rehearsal } : {}),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Returns null if the text is not an approval. */
export function readApproval(written: string): ReadApproval | null {
  return approvalSchema.safeParse(parseJson(written)).data ?? null;
}

/** `plan.json` → `plan.approval.json`, beside it. */
export function makeApprovalPath(plan: string): string {
  return plan.replace(/(?:\.json)?$/, ".approval.json");
}
