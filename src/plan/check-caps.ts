import {
  type CapKind,
  type Caps,
  getCapKind,
  limitKey,
  type MoneyCap,
  listMoneyCapsOver,
  NAMED_KINDS,
} from "../budget/caps.ts";
import { type CapRow, findCapNeverFitting } from "../budget/decide.ts";
import type { PaceRow } from "../budget/pace.ts";
import { type Diagnostic, error, type Place, warning } from "../diagnostics/diagnostic.ts";
import { suggest } from "../diagnostics/suggest.ts";
import { formatCount, listFirst, toPrintable, describeValue } from "../diagnostics/printable.ts";
import { dollars, type MicroUsd, NOTHING, subtract } from "../money.ts";
import { type Campaign, makePlaceKey } from "./campaign.ts";
import { groupBy } from "./group-by.ts";
import type { PlanLine } from "./plan.ts";

/** Checks a plan against its caps: an error if money does not fit, a warning if it takes longer or comes near. */
export function checkCaps(plan: {
  readonly campaign: Campaign;
  /** The caps without what was added to them on the record. */
  readonly stated: Caps;
  /** In run order. */
  readonly refused: readonly PlanLine[];
  readonly moneyCaps: readonly CapRow<MoneyCap>[];
  readonly paceCaps: readonly PaceRow[];
}): readonly Diagnostic[] {
  const { campaign, stated, refused, moneyCaps, paceCaps } = plan;
  const under = groupBy(
    refused.flatMap((line) =>
      listMoneyCapsOver(stated.limits, line).map(({ cap, of }) => ({
        cap: limitKey(cap, of),
        line,
      })),
    ),
    ({ cap }) => cap,
  );
  const limits = new Map(
    [...stated.limits.values()].map(({ cap, name, limit }) => [limitKey(cap, name), limit]),
  );
  return [
    ...checkNeverStarting(campaign, refused),
    ...moneyCaps.flatMap((row) => {
      const cap = limitKey(row.cap, row.of);
      const before = limits.get(cap) ?? limits.get(row.cap) ?? row.limit;
      const lines = under.get(cap)?.map(({ line }) => line) ?? [];
      return checkMoneyCap(campaign, row, before, lines, refused);
    }),
    ...paceCaps.flatMap((row) => checkPaceCap(campaign, row)),
  ];
}

function checkMoneyCap(
  campaign: Campaign,
  row: CapRow<MoneyCap>,
  before: MicroUsd,
  under: readonly PlanLine[],
  refused: readonly PlanLine[],
): readonly Diagnostic[] {
  if (row.verdict === "ok") return [];
  const name = formatCapName(row);
  if (row.verdict === "warn") return [warnNearCap(campaign, name, row)];
  if (under.length === 0) return [];
  // If the limit is not the one in the text, the message says why.
  const added =
    before === row.limit
      ? ""
      : ` (${dollars(before)} and an overage of ${dollars(subtract(row.limit, before))})`;
  const by = dollars(subtract(NOTHING, row.left));
  const message = `${name} of ${dollars(row.limit)}${added} is passed by ${by}${describeUsed(row)}`;
  const hint = `would not start: ${listKeys(under)}${describeLinesBehind(campaign, under, refused)}`;
  return [error("over-cap", message, findCapPlace(campaign, row), hint)];
}

/** Reports lines that cost more than a whole day's cap: they would wait for ever, and with `stop` so would all behind them. */
function checkNeverStarting(
  campaign: Campaign,
  refused: readonly PlanLine[],
): readonly Diagnostic[] {
  const { caps, capPlaces } = campaign;
  const never = refused.flatMap((line) => {
    const fits = findCapNeverFitting(caps, line.cost);
    return fits === null ? [] : [{ ...fits, line }];
  });
  return [...groupBy(never, ({ cap }) => cap)].map(([cap, dear]) => {
    const [{ limit, line: first }] = dear;
    const lines = dear.map(({ line }) => line);
    const cost = lines.length === 1 ? "a line costs" : `${lines.length} lines cost each`;
    const message = `${cap} of ${dollars(limit)} is less than ${cost}, such as ${toPrintable(first.key)} at ${dollars(first.cost)}`;
    const hint = `would never start: ${listKeys(lines)}${describeLinesBehind(campaign, lines, refused)}`;
    const place = capPlaces.get(makePlaceKey(["budget", ...cap.split(".")]))?.() ?? null;
    return error("over-cap", message, place, hint);
  });
}

/** Counts the lines behind one that does not fit: with `stop` they do not start either, whatever their caps. */
function describeLinesBehind(
  { caps }: Campaign,
  lines: readonly PlanLine[],
  refused: readonly PlanLine[],
): string {
  const [first] = lines;
  if (caps.whenReached === "skip" || first === undefined) return "";
  const named = new Set(lines);
  const others = refused.slice(refused.indexOf(first)).filter((line) => !named.has(line)).length;
  return others === 0 ? "" : `, nor the ${formatCount(others, "line")} behind (when_reached: stop)`;
}

function checkPaceCap(campaign: Campaign, row: PaceRow): readonly Diagnostic[] {
  if (row.windows > 1) {
    const message = `${row.cap} of ${dollars(row.limit)}: this plan takes ${row.windows} ${getCapKind(row.cap).window}s`;
    const hint = `${dollars(row.planned)} would be spent${describeUsed(row)}`;
    return [warning("over-pace", message, findCapPlace(campaign, row), hint)];
  }
  return row.verdict === "warn" ? [warnNearCap(campaign, row.cap, row)] : [];
}

function warnNearCap(campaign: Campaign, name: string, row: CapRow): Diagnostic {
  const reached = dollars(subtract(row.limit, row.left));
  const what = row.spent > 0 || row.held > 0 ? "spent, held or planned" : "planned";
  const message = `${name}: ${reached} of ${dollars(row.limit)} is ${what} (warn_at: ${campaign.caps.warnAt ?? 100}%)`;
  return warning("near-cap", message, findCapPlace(campaign, row));
}

/** Says what is spent or held already, for then a cap may be passed although less is planned. */
function describeUsed({ spent, held }: CapRow): string {
  const parts = [
    ...(spent > 0 ? [`${dollars(spent)} is spent`] : []),
    ...(held > 0 ? [`${dollars(held)} is held`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Formats the name of a cap: `by_model kling-o3-4k`, `per_shot hero`, `cap`. */
export function formatCapName({ cap, of }: Pick<CapRow, "cap" | "of">): string {
  return of === null ? cap : `${cap} ${toPrintable(of)}`;
}

function findCapPlace({ capPlaces }: Campaign, { cap, of }: CapRow): Place | null {
  const named = capPlaces.get(makePlaceKey(["budget", cap, of ?? ""]));
  return (named ?? capPlaces.get(makePlaceKey(["budget", cap])))?.() ?? null;
}

const LISTED = 5;

function listKeys(lines: readonly PlanLine[]): string {
  return listFirst(
    lines.map((line) => toPrintable(line.key)),
    LISTED,
  );
}

/** Warns of caps on scenes and tags that apply to nothing, or to less than they seem to: names are compared as written. */
export function checkCapLabels(
  campaign: Campaign,
  lines: readonly PlanLine[],
): readonly Diagnostic[] {
  return NAMED_KINDS.flatMap((kind) =>
    kind.states === "labels" ? checkLabels(kind, campaign, lines) : [],
  );
}

function checkLabels(
  { name: cap, names, by: label }: Extract<CapKind, { readonly states: "labels" }>,
  { caps, capPlaces }: Campaign,
  lines: readonly PlanLine[],
): readonly Diagnostic[] {
  const stated = [...caps.limits.values()].flatMap(({ cap: of, name }) =>
    of === cap && name !== null ? [name] : [],
  );
  if (stated.length === 0) return [];
  const labels = new Set(lines.flatMap(names));
  const known = [...labels];
  // A suggestion compares with each name: with thousands of both, only some are compared.
  const few = known.slice(0, Math.max(12, Math.floor(1_000_000 / stated.length)));
  const capped = new Set(stated);
  const uncapped = groupBy(
    known.filter((one) => !capped.has(one)),
    normalizeLabel,
  );
  return stated.flatMap((name) => {
    // Places are looked up for mistakes only: the first one takes 2 ms.
    const findPlace = () => capPlaces.get(makePlaceKey(["budget", cap, name]))?.() ?? null;
    const alike = uncapped.get(normalizeLabel(name)) ?? [];
    const which = listFirst(alike.map(describeValue), LISTED);
    if (labels.has(name)) {
      if (alike.length === 0) return [];
      const message = `${cap} ${describeValue(name)} does not apply to ${which}: ${label}s are compared as they are written`;
      return [
        warning(
          "budget",
          message,
          findPlace(),
          `write ${label} ${describeValue(name)}, or a cap for each`,
        ),
      ];
    }
    const message = `no shot has ${label} ${describeValue(name)}: this cap applies to nothing`;
    if (alike.length > 0) {
      const hint = `${label}s are compared as they are written: ${describeValue(name)} is not ${which}`;
      return [warning("budget", message, findPlace(), hint)];
    }
    const hint = known.length === 0 ? `no shot has a ${label}` : suggest(name, few);
    return [warning("budget", message, findPlace(), hint)];
  });
}

/** Removes what people overlook in a label: case, blanks, leading zeros, and `.0` after a number. */
function normalizeLabel(name: string): string {
  const plain = name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
  return plain
    .replace(/^\+(?=\d)/, "")
    .replace(/^(\d+)\.0*$/, "$1")
    .replace(/(?<!\d)0+(?=\d)/g, "");
}
