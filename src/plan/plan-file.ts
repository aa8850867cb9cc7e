import * as z from "zod";
import { type Caps, type NamedCap, PACE_CAPS, type PaceCap } from "../budget/caps.ts";
import { checkInput } from "../catalogue/check-input.ts";
import { modelNamed } from "../catalogue/models.ts";
import { conditionsOf, priceFor } from "../catalogue/price.ts";
import type { PriceBook } from "../catalogue/price-book.ts";
import { type Code, type Diagnostic, isCode, warning } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { dollars, type MicroUsd, parseUsd, times } from "../money/usd.ts";
import { isName, isTimeZone } from "../manifest/schema.ts";
import type { Campaign } from "./campaign.ts";
import { canonical, fingerprint } from "./fingerprint.ts";
import type { Plan, PlanLine } from "./plan.ts";

const SCHEMA = "topsheet/plan@1";

const text = z.string();
const usd = text.transform((written, context): MicroUsd => {
  const amount = parseUsd(written);
  if (amount !== undefined) return amount;
  context.addIssue({ code: "custom", message: "not an amount in US dollars" });
  return z.NEVER;
});
const caps = z.record(text, usd);
const whole = z.int().positive();

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
  seconds: whole,
  unit_price: usd,
  cost: usd,
  input: z.record(text, z.unknown()),
  fingerprint: text,
  ordinal: whole,
  state: text,
});

const planSchema = z.object({
  schema: z.literal(SCHEMA),
  campaign: text.refine(isName),
  currency: z.literal("USD"),
  timezone: text.refine(isTimeZone),
  budget: z.object({
    cap: usd.optional(),
    per_shot: usd.optional(),
    per_run: usd.optional(),
    per_day: usd.optional(),
    per_week: usd.optional(),
    per_month: usd.optional(),
    by_model: caps.optional(),
    by_scene: caps.optional(),
    warn_at: text.optional(),
    when_reached: z.enum(["stop", "skip"]),
  }),
  concurrency: z.object({ total: whole }).catchall(whole),
  ledger: z.object({ id: text }).nullable(),
  verdict: z.enum(["ok", "warn", "over-budget"]),
  manifests: z.array(z.object({ path: text, sha256: text.nullable() })),
  lines: z.array(lineSchema),
});

const warnedSchema = z.object({
  diagnostics: z
    .array(
      z.object({
        code: z.custom<Code>((code) => typeof code === "string" && isCode(code)),
        severity: z.enum(["error", "warning"]),
        message: text,
        file: text.nullable(),
        line: whole.nullable(),
        column: whole.nullable(),
        hint: text.transform(printable).nullable(),
      }),
    )
    .default([]),
});

type SavedDiagnostic = z.output<typeof warnedSchema>["diagnostics"][number];
type WrittenPlan = z.output<typeof planSchema>;
type WrittenLine = z.output<typeof lineSchema>;

export interface ReadPlan {
  /** The plan as it is bought: made anew from endpoints and inputs. Null where that is not what the file says. */
  readonly plan: Plan | null;
  /** The ledger that the plan was held against; null for none. */
  readonly ledger: string | null;
  /** Keys of lines that it says are bought again because their input changed. */
  readonly rebuys: ReadonlySet<string>;
  readonly problems: readonly string[];
}

/** Whether a text is a saved plan, of whatever version; a manifest is none. */
export function isPlanFile(written: string): boolean {
  return /^\s*\{\s*"schema"\s*:\s*"topsheet\/plan@/.test(written.slice(0, 200));
}

/**
 * A saved plan, trusting nothing in it: every line is validated, priced and fingerprinted again, and whatever is
 * not as the file says is a problem.
 */
export function readPlanFile(written: string, book: PriceBook): ReadPlan {
  return readWith(written, (line, problems) => lineAnew(line, book, problems), book);
}

/** A saved plan as it was when it was saved: what it says it costs, not what that costs today. */
export function readPlanAsSaved(written: string, book: PriceBook): ReadPlan {
  const read = readWith(written, lineAsSaved, book);
  if (read.plan === null) return read;
  const warned = warnedSchema.safeParse(json(written));
  if (!warned.success)
    return { ...read, plan: null, problems: ["its diagnostics are not those of a plan"] };
  const diagnostics = warned.data.diagnostics.flatMap(warningAsSaved);
  return { ...read, plan: { ...read.plan, diagnostics } };
}

/** Its text is not at hand: the place goes into the message. */
function warningAsSaved(saved: SavedDiagnostic): readonly Diagnostic[] {
  const { severity, file, line, column, message, hint } = saved;
  if (severity !== "warning") return [];
  const where =
    file === null ? "" : `${[file, line, column].filter((at) => at !== null).join(":")}: `;
  return [warning(saved.code, printable(`${where}${message}`), null, hint ?? undefined)];
}

type ReadLine = (line: WrittenLine, problems: string[]) => readonly PlanLine[];

function readWith(written: string, readLine: ReadLine, book: PriceBook): ReadPlan {
  const nothing = (...problems: string[]): ReadPlan => ({
    plan: null,
    ledger: null,
    rebuys: new Set(),
    problems,
  });
  const document = json(written);
  if (document === undefined) return nothing("it is not JSON");
  const version = z.object({ schema: text }).safeParse(document);
  if (version.success && version.data.schema !== SCHEMA) {
    return nothing(`it is ${printable(version.data.schema)}, and this program knows ${SCHEMA}`);
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
  const problems: string[] = [];
  const lines = read.data.lines.flatMap((line) => readLine(line, problems));
  problems.push(...twice(read.data.lines));
  const { ledger, manifests } = read.data;
  if (problems.length > 0) return nothing(...problems);
  const rebuys = new Set(
    read.data.lines.filter((line) => line.state === "changed").map((line) => line.key),
  );
  const campaign = campaignOf(read.data);
  const plan = { campaign, priceBook: book, sources: [], manifests, lines, diagnostics: [] };
  return { plan, ledger: ledger?.id ?? null, rebuys, problems };
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

/** A purchase is bought once; a file that has it twice was written by hand. */
function twice(lines: readonly WrittenLine[]): readonly string[] {
  const problems: string[] = [];
  const purchases = new Map<string, string>();
  const keys = new Set<string>();
  for (const { key, fingerprint: print, ordinal } of lines) {
    const purchase = `${print} ${ordinal}`;
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

function campaignOf({ campaign, timezone, budget, concurrency }: WrittenPlan): Campaign {
  const { total, ...models } = concurrency;
  const byEndpoint = (name: string): string => modelNamed(name)?.endpoint ?? name;
  const named = (
    limits: Readonly<Record<string, MicroUsd>> | undefined,
    of: (name: string) => string,
  ): readonly NamedCap[] =>
    Object.entries(limits ?? {}).map(([name, limit]) => ({ of: of(name), name, limit }));
  const pace = new Map<PaceCap, MicroUsd>();
  for (const name of PACE_CAPS) {
    const limit = budget[name];
    if (limit !== undefined) pace.set(name, limit);
  }
  const held: Caps = {
    cap: budget.cap ?? null,
    perShot: budget.per_shot ?? null,
    byModel: named(budget.by_model, byEndpoint),
    byScene: named(budget.by_scene, (name) => name),
    pace,
    warnAt: budget.warn_at === undefined ? null : Number.parseInt(budget.warn_at, 10),
    whenReached: budget.when_reached,
  };
  return {
    name: campaign,
    timezone,
    statesTimezone: true,
    caps: held,
    capPlaces: new Map(),
    concurrency: {
      total,
      byModel: Object.entries(models).map(([name, lines]) => ({
        name,
        endpoint: byEndpoint(name),
        lines,
      })),
    },
    prices: null,
  };
}

function json(written: string): unknown {
  try {
    const value: unknown = JSON.parse(written);
    return value;
  } catch {
    return undefined;
  }
}
