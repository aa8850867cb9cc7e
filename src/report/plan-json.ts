import {
  AMOUNT_KINDS,
  type CapName,
  type Caps,
  forEachKind,
  limitOf,
  NAMED_KINDS,
} from "../budget/caps.ts";
import type { CapRow } from "../budget/decide.ts";
import { writtenBreaker } from "../budget/terms.ts";
import { gateJson } from "./gates.ts";
import { type Diagnostic, hasErrors } from "../diagnostics/diagnostic.ts";
import { instant } from "../diagnostics/printable.ts";
import { exact } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Campaign } from "../plan/campaign.ts";
import { priceBookPrint } from "../plan/fingerprint.ts";
import type { Gate } from "../plan/gate.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { type AdmittedLine, basis, type PlanOrigin } from "../plan/plan.ts";
import { overageJson } from "./approvals.ts";

/**
 * `topsheet/plan@1`, one document, also when the manifest is wrong. A line, a cap and a diagnostic each stand on
 * one line of text: greppable, and a diff shows which shot changed. `created` in milliseconds UTC.
 */
export function planJson(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  created: number,
  gates: readonly Gate[] | null = null,
): string {
  const { campaign, priceBook, priceFile, manifests }: PlanOrigin = admitted ?? made.origin;
  const lines = admitted?.lines ?? [];
  const head = {
    schema: "topsheet/plan@1",
    created: instant(created),
    campaign: campaign.name === "" ? null : campaign.name,
    currency: "USD",
    timezone: campaign.timezone,
    budget: budgetOf(campaign.caps),
    ...(campaign.capAsked ? { what_if: true } : {}),
    ...(campaign.approval === "required" ? { approval: campaign.approval } : {}),
    concurrency: concurrencyOf(campaign),
    ledger: admitted?.ledger == null ? null : { id: admitted.ledger },
    ...(admitted?.rehearsal === true ? { rehearsal: true } : {}),
    verdict: admitted?.verdict ?? "invalid",
    price_book: {
      as_of: priceBook.asOf,
      own_as_of: priceBook.ownAsOf,
      sha256: priceBookPrint(priceBook),
      ...(priceFile === null ? {} : { file: priceFile }),
    },
    manifests,
  };
  const caps = admitted === null ? [] : capsOf(admitted);
  const diagnostics = (admitted ?? made).diagnostics;
  return [
    `{\n${members(head)},\n`,
    list("lines", lines, lineOf),
    `"totals": ${JSON.stringify(admitted === null ? null : totalsOf(admitted))},\n`,
    list("caps", caps, (cap) => cap),
    ...(admitted === null || admitted.overages.length === 0
      ? []
      : [list("overages", admitted.overages, overageJson)]),
    ...(gates === null ? [] : [list("gates", gates, gateJson)]),
    list("diagnostics", diagnostics, diagnosticOf).replace(/,\n$/, "\n"),
    "}\n",
  ].join("");
}

function members(head: object): string {
  return Object.entries(head)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(",\n");
}

function list<Item>(name: string, items: readonly Item[], toJson: (item: Item) => object): string {
  if (items.length === 0) return `"${name}": [],\n`;
  return `"${name}": [\n${items.map((item) => JSON.stringify(toJson(item))).join(",\n")}\n],\n`;
}

function lineOf(line: AdmittedLine): object {
  const unitPrice = exact(line.price.perSecond);
  return {
    key: line.key,
    shot: line.shot,
    scene: line.scene,
    tags: line.tags,
    priority: line.priority,
    take: line.take,
    variant: line.variant,
    model: line.model,
    endpoint: line.endpoint,
    seconds: line.seconds,
    unit_price: unitPrice,
    cost: exact(line.cost),
    basis: basis(line),
    input: line.input,
    fingerprint: line.fingerprint,
    ordinal: line.ordinal,
    state: line.state,
  };
}

function totalsOf({ totals }: AdmittedPlan): object {
  const { lines, seconds, cost, toSpend } = totals;
  return { lines, seconds, cost: exact(cost), to_spend: exact(toSpend) };
}

function capsOf({ moneyCaps, paceCaps }: AdmittedPlan): readonly object[] {
  const row = (cap: CapRow, from: number | null): object => ({
    cap: cap.cap,
    of: cap.of,
    from: from === null ? null : instant(from),
    limit: exact(cap.limit),
    spent: exact(cap.spent),
    held: exact(cap.held),
    planned: exact(cap.planned),
    left: exact(cap.left),
    verdict: cap.verdict,
  });
  return [...moneyCaps.map((cap) => row(cap, null)), ...paceCaps.map((cap) => row(cap, cap.from))];
}

/** The caps that were stated, under the manifest's own keys. */
function budgetOf(caps: Caps): object {
  const named = (cap: CapName): object | undefined => {
    const limits = [...caps.limits.values()].filter((stated) => stated.cap === cap);
    return limits.length === 0
      ? undefined
      : Object.fromEntries(limits.map(({ name, limit }) => [name, exact(limit)]));
  };
  const amount = (cap: CapName): string | undefined => {
    const limit = limitOf(caps, cap);
    return limit === null ? undefined : exact(limit);
  };
  return {
    ...forEachKind(AMOUNT_KINDS, amount),
    ...forEachKind(NAMED_KINDS, named),
    warn_at: caps.warnAt === null ? undefined : `${caps.warnAt}%`,
    when_reached: caps.whenReached,
    breaker: writtenBreaker(caps.breaker),
  };
}

function concurrencyOf({ concurrency }: Campaign): object {
  const byModel = concurrency.byModel.map(({ name, lines }) => [name, lines]);
  return { total: concurrency.total, ...Object.fromEntries(byModel) };
}

/** A diagnostic as JSON has it: place as file, line and column, or null. */
function diagnosticOf({ code, severity, message, place, hint }: Diagnostic): object {
  const position = place === null ? null : place.source.positionOf(place.start);
  return {
    code,
    severity,
    message,
    file: place?.source.name ?? null,
    line: position?.line ?? null,
    column: position?.column ?? null,
    hint,
  };
}

/** `topsheet/check@1`: every complaint, for a script. */
export function checkJson(diagnostics: readonly Diagnostic[], lines: number): string {
  const verdict = hasErrors(diagnostics) ? "invalid" : diagnostics.length > 0 ? "warn" : "ok";
  const document = {
    schema: "topsheet/check@1",
    verdict,
    lines,
    diagnostics: diagnostics.map(diagnosticOf),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
