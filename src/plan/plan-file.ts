import * as z from "zod";
import { purchaseKey } from "../budget/purchase.ts";
import { checkInput } from "../catalogue/check-input.ts";
import { modelNamed } from "../catalogue/models.ts";
import { conditionsOf, type PriceBook, priceFor } from "../catalogue/prices.ts";
import { type Diagnostic, warning } from "../diagnostics/diagnostic.ts";
import { instant, printable } from "../diagnostics/printable.ts";
import { takeKey, variantKey } from "../manifest/shot.ts";
import { add, dollars, exact, type MicroUsd, subtract, sum, times } from "../money.ts";
import type { Campaign } from "./campaign.ts";
import { canonical, fingerprint } from "./fingerprint.ts";
import {
  LONGEST_SECONDS,
  PLAN_SCHEMA,
  planDiagnosticsSchema,
  planSchema,
  type WrittenDiagnostic,
  type WrittenLine,
  type WrittenPlan,
} from "./plan-document.ts";
import { basis, type Plan, type PlanLine } from "./plan.ts";

interface ReadPlan {
  /** The plan as it is bought: made anew from endpoints and inputs. Null where that is not what the file says. */
  readonly plan: Plan | null;
  /** The ledger that the plan was held against; null for none. */
  readonly ledger: string | null;
  /** When it was made, as it says. */
  readonly created: string;
  /** Keys of lines that it says are bought again because their input changed. */
  readonly rebuys: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** Whether a text is a saved plan, of whatever version; a manifest is none. */
export function isPlanFile(written: string): boolean {
  return /^\ufeff?\s*\{/.test(written) && /"schema"\s*:\s*"topsheet\/plan@/.test(written);
}

/** The price file that a saved plan was made with; null for none. */
export function priceFileOf(written: string): string | null {
  const named = z.object({ price_book: z.object({ file: z.string() }) }).safeParse(json(written));
  return named.success ? named.data.price_book.file : null;
}

/**
 * A saved plan, trusting nothing in it: every line is validated, priced and fingerprinted again, and whatever is
 * not as the file says is a problem.
 */
export function readPlanFile(written: string, book: PriceBook): ReadPlan {
  const read = readWith(written, (line, problems) => lineAnew(line, book, problems), book);
  if (read.plan?.campaign.capAsked !== true) return read;
  return { ...read, plan: null, problems: ["it was planned with --cap, which only asks"] };
}

/** A saved plan as it was when it was saved: what it says it costs, not what that costs today. */
export function readPlanAsSaved(written: string, book: PriceBook): ReadPlan {
  const read = readWith(written, lineAsSaved, book);
  if (read.plan === null) return read;
  const diagnostics = warningsAsSaved(json(written));
  if (diagnostics === null) {
    return { ...read, plan: null, problems: ["its diagnostics are not those of a plan"] };
  }
  return { ...read, plan: { ...read.plan, diagnostics } };
}

type ReadLine = (line: WrittenLine, problems: string[]) => readonly PlanLine[];

function readWith(written: string, readLine: ReadLine, book: PriceBook): ReadPlan {
  const nothing = (...problems: string[]): ReadPlan => ({
    plan: null,
    ledger: null,
    created: "",
    rebuys: new Set(),
    problems,
  });
  const document = json(written);
  if (document === undefined) return nothing("it is not JSON");
  const version = z.object({ schema: z.string() }).safeParse(document);
  if (version.success && version.data.schema !== PLAN_SCHEMA) {
    return nothing(
      `it is ${printable(version.data.schema)}, and this program knows ${PLAN_SCHEMA}`,
    );
  }
  const invalid = z.object({ verdict: z.literal("invalid") }).safeParse(document);
  if (invalid.success) return nothing("it was made from a manifest with mistakes");
  const read = planSchema.safeParse(document);
  if (!read.success) {
    return nothing(
      ...read.error.issues
        .slice(0, 10)
        .map(({ path, message }) => `${printable(path.join("."))}: ${printable(message)}`),
    );
  }
  if (isBeyondMeasure(read.data)) return nothing("its costs are beyond all measure");
  const problems: string[] = [];
  const lines = read.data.lines.flatMap((line) => readLine(line, problems));
  problems.push(...twice(read.data.lines));
  // Where a line is not what it says, of course its sums are not.
  if (problems.length === 0) problems.push(...sumProblems(read.data));
  const { ledger, manifests } = read.data;
  if (problems.length > 0) return nothing(...problems);
  const rebuys = new Set(
    read.data.lines.filter((line) => line.state === "changed").map((line) => line.key),
  );
  const campaign = campaignOf(read.data);
  const origin = { campaign, priceBook: book, priceFile: null, sources: [], manifests };
  // Its text is not the manifest's: what is complained of has no place in it.
  const plan = { ...origin, edition: "", lines, shotAt: () => null, diagnostics: [] };
  return { plan, ledger: ledger?.id ?? null, created: read.data.created, rebuys, problems };
}

function lineAsSaved(line: WrittenLine): readonly PlanLine[] {
  const { unit_price: perSecond, endpoint } = line;
  const price = {
    endpoint,
    when: {},
    perSecond,
    source: "the saved plan",
    seen: "",
    note: null,
    perUnit: null,
  };
  return [{ ...line, price }];
}

function lineAnew(line: WrittenLine, book: PriceBook, problems: string[]): readonly PlanLine[] {
  const differs = (what: string): readonly PlanLine[] => {
    problems.push(`${printable(line.key)}: ${what}`);
    return [];
  };
  const model = modelNamed(line.endpoint);
  if (model === undefined) return differs(`there is no model ${printable(line.endpoint)}`);
  const { ready, findings } = checkInput(model, line.input);
  if (ready === null) {
    const wrong = findings.find(({ severity }) => severity === "error");
    return differs(wrong?.message ?? "its input is not what the model takes");
  }
  const price = priceFor(book, model.endpoint, conditionsOf(ready.complete));
  if (price === undefined) return differs("it has no price any more");
  const cost = times(price.perSecond, ready.seconds);
  if (cost !== line.cost || price.perSecond !== line.unit_price) {
    return differs(`it costs ${dollars(cost)} now, the plan says ${dollars(line.cost)}`);
  }
  if (line.seconds !== ready.seconds)
    return differs(`it is ${ready.seconds} s, not ${line.seconds}`);
  if (line.model !== model.alias) return differs(`its model is ${model.alias}`);
  if (line.endpoint !== model.endpoint) return differs(`its endpoint is ${model.endpoint}`);
  const named = keyOf(line);
  if (line.key !== named)
    return differs(`its shot, matrix values and take make ${printable(named)}`);
  if (line.basis !== basis({ seconds: ready.seconds, price })) {
    return differs("its arithmetic is not what it costs");
  }
  if (canonical(line.input) !== canonical(ready.send)) {
    return differs("its input is not what fal would be sent");
  }
  if (fingerprint(model.endpoint, ready.complete) !== line.fingerprint) {
    return differs("its fingerprint is another one");
  }
  const { key, shot, scene, tags, priority, take, variant, ordinal } = line;
  return [
    {
      key,
      shot,
      scene,
      tags,
      priority,
      take,
      variant,
      ordinal,
      price,
      cost,
      model: model.alias,
      endpoint: model.endpoint,
      seconds: ready.seconds,
      input: ready.send,
      fingerprint: line.fingerprint,
    },
  ];
}

function campaignOf(written: WrittenPlan): Campaign {
  const { what_if, campaign, timezone, budget, approval, concurrency } = written;
  return {
    name: campaign,
    timezone,
    statesTimezone: true,
    caps: budget,
    capAsked: what_if === true,
    capPlaces: new Map(),
    approval: approval ?? null,
    // It is of manifests: what is saved is bought when someone says so.
    schedule: null,
    concurrency,
    prices: null,
  };
}

/** Undefined for what is no JSON, or has a key that would be a prototype and no key. */
function json(written: string): unknown {
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

// Who approves a plan reads its totals and its caps: they have to be what its lines make.

/** Above this, sums of a plan would be no exact amounts. A thousand million dollars. */
const MOST = 1e15;

/** Whether a plan's figures can be added up exactly at all. */
function isBeyondMeasure({ lines }: WrittenPlan): boolean {
  const most = ({ cost, unit_price: rate }: WrittenLine): number =>
    Math.max(cost, rate * LONGEST_SECONDS);
  return lines.reduce((total, line) => total + most(line), 0) > MOST;
}

/** Where totals and caps say what the lines do not make. */
function sumProblems({ lines, totals, caps }: WrittenPlan): readonly string[] {
  const cost = sum(lines.map((line) => line.cost));
  const seconds = lines.reduce((total, line) => total + line.seconds, 0);
  const problems: string[] = [];
  if (totals.cost !== cost) {
    problems.push(`its lines cost ${dollars(cost)}, its totals say ${dollars(totals.cost)}`);
  }
  if (totals.lines !== lines.length || totals.seconds !== seconds || totals.to_spend > cost) {
    problems.push("its totals are not what its lines make");
  }
  for (const { cap, limit, spent, held, planned, left } of caps) {
    const made = subtract(limit, add(add(spent, held), planned));
    if (left === made) continue;
    problems.push(`${printable(cap)} leaves ${dollars(made)}, it says ${dollars(left)}`);
  }
  return problems;
}

/** The key that a line's shot, matrix values and take make. */
function keyOf({ shot, variant, take }: WrittenLine): string {
  const values = Object.entries(variant).map(([name, text]) => [name, { text }] as const);
  return takeKey(variantKey(shot, new Map(values)), take);
}

/** A purchase is bought once; a file that has it twice was written by hand. */
function twice(lines: readonly WrittenLine[]): readonly string[] {
  const problems: string[] = [];
  const purchases = new Map<string, string>();
  const keys = new Set<string>();
  for (const { key, ...line } of lines) {
    const purchase = purchaseKey(line);
    const first = purchases.get(purchase);
    if (first !== undefined) {
      problems.push(`${printable(key)}: it is the same purchase as ${printable(first)}`);
    }
    if (keys.has(key.toLowerCase())) problems.push(`${printable(key)}: it is there twice`);
    purchases.set(purchase, key);
    keys.add(key.toLowerCase());
  }
  return problems;
}

/** The warnings that a plan was saved with; null where they are not those of a plan. */
function warningsAsSaved(document: unknown): readonly Diagnostic[] | null {
  const warned = planDiagnosticsSchema.safeParse(document);
  return warned.success ? warned.data.diagnostics.flatMap(warningAsSaved) : null;
}

/** Its text is not at hand: the place goes into the message. */
function warningAsSaved(saved: WrittenDiagnostic): readonly Diagnostic[] {
  const { severity, file, line, column, message, hint } = saved;
  if (severity !== "warning") return [];
  const where =
    file === null ? "" : `${[file, line, column].filter((at) => at !== null).join(":")}: `;
  return [warning(saved.code, printable(`${where}${message}`), null, hint ?? undefined)];
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
export function approvalFile(signed: SignedPlan): string {
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
    until: until === null ? null : instant(until),
    approved: instant(at),
    ledger: { id: ledger },
    ...(rehearsal ? { rehearsal } : {}),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Null where the text is no approval. */
export function readApproval(written: string): ReadApproval | null {
  try {
    return approvalSchema.parse(JSON.parse(written));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

/** `plan.json` → `plan.approval.json`, beside it. */
export function approvalPath(plan: string): string {
  return plan.replace(/(?:\.json)?$/, ".approval.json");
}
