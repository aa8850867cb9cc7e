import { formatCount } from "../diagnostics/printable.ts";
import { dollars } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import {
  makeAboutTable,
  type Block,
  type Document,
  type AboutRow,
  limitTo,
  makeRefusalDocument,
  markRehearsal,
  type Table,
} from "./document.ts";
import {
  CAP_COLUMNS,
  type CapLine,
  listCaps,
  declareLineColumns,
  READ_OF_A_CAP,
  READ_OF_A_LINE,
  declareTopSheetColumns,
} from "./plan-columns.ts";
import { makeFewChanges } from "./diff.ts";
import { makeGateBlocks } from "./gates.ts";
import type { Beside, Planned } from "./subjects.ts";
import {
  sumBySceneAndModel,
  makePlanNotes,
  describeSpending,
  type TopSheet,
  makeTopSheet,
  type TopSheetRow,
  describeVerdict,
} from "./top-sheet.ts";

const NOTHING_BESIDE: Beside = { gates: null, difference: null };

/** Makes the document of a plan, or of a manifest that has none. */
export function makePlanDocument(planned: Planned): Document {
  const { made, admitted, beside, base, now } = planned;
  return {
    ...(admitted === null
      ? makeRefusedPlan(made)
      : makeAdmittedDocument(admitted, now, beside, base)),
    json: async () => (await import("./plan-json.ts")).planJson(made, admitted, now, beside.gates),
    subject: { is: "plan", ...planned },
  };
}

export function makeRefusedPlan({ origin, diagnostics }: MadePlan): Document {
  const why = "The manifest is wrong: there is no plan.";
  return makeRefusalDocument(origin.campaign.name, "top sheet", why, diagnostics);
}

/** Makes the document of an admitted plan: top sheet, lines, caps, verdict. `now` is in milliseconds UTC. */
export function makeAdmittedDocument(
  admitted: AdmittedPlan,
  now: number,
  beside: Beside = NOTHING_BESIDE,
  base: string | null = null,
): Document {
  const gates = makeGateBlocks(beside.gates ?? []);
  const difference = beside.difference === null ? [] : makeFewChanges(beside.difference);
  const sheet = makeTopSheet(admitted);
  const lines = makeLineTable(admitted, sheet);
  const changes = difference.length > 0;
  return {
    title: admitted.campaign.name,
    what: markRehearsal("top sheet", admitted.rehearsal, "is"),
    made: now,
    blocks: [
      {
        is: "paragraph",
        strong: describeVerdict(admitted),
        text: `${dollars(admitted.totals.toSpend)} to spend.`,
        on: "page",
      },
      ...limitTo("page", gates),
      ...(changes
        ? limitTo("page", [
            makeHeading("What changes"),
            ...difference,
            makeHeading("What it costs"),
          ])
        : []),
      { is: "table", table: makeSheetTable(admitted, sheet) },
      ...(admitted.lines.length === 0 ? [] : limitTo("terminal", makeDearest(sheet, lines))),
      sheet.caps.length === 0 ? null : { is: "table", table: makeCapTable(admitted, sheet) },
      { is: "diagnostics", diagnostics: admitted.diagnostics, on: "page" },
      {
        is: "folded",
        summary: formatCount(admitted.totals.lines, "line"),
        blocks: [{ is: "table", table: lines }],
        on: "page",
      },
      { is: "notes", notes: sheet.notes },
      { ...makeVerdict(admitted), on: "terminal" },
      ...(changes
        ? limitTo("terminal", [{ is: "paragraph", text: `Against ${base ?? ""}:` }, ...difference])
        : []),
    ],
    sheets: () => [
      { ...makeSheetTable(admitted, sheet), rows: sumBySceneAndModel(admitted.lines) },
      lines,
      makeCapTable(admitted, sheet),
      makeAbout(admitted, now),
    ],
  };
}

function makeHeading(text: string): Block {
  return { is: "heading", text };
}

function makeSheetTable({ lines, totals }: AdmittedPlan, { rows }: TopSheet): Table<TopSheetRow> {
  const { lines: count, seconds, cost } = totals;
  return {
    name: "Top sheet",
    columns: declareTopSheetColumns(lines.some(({ scene }) => scene !== null)),
    rows,
    sums: "Total",
    shown: { total: { label: "Total", values: { lines: count, seconds, cost } } },
  };
}

function makeLineTable(plan: AdmittedPlan, { lines, rest }: TopSheet): Table<AdmittedLine> {
  return {
    name: "Lines",
    columns: declareLineColumns(plan),
    rows: plan.lines,
    sums: "Total",
    shown: {
      columns: READ_OF_A_LINE,
      rows: lines,
      rest:
        rest === null
          ? null
          : {
              label: `and ${rest.lines} more`,
              values: { basis: `${rest.seconds} s`, cost: rest.cost },
            },
    },
  };
}

function makeDearest({ lines, rest }: TopSheet, table: Table<AdmittedLine>): readonly Block[] {
  const shown = { is: "table", table } as const;
  if (rest === null) return [shown];
  const text = `The ${lines.length} dearest of ${lines.length + rest.lines} lines`;
  return [{ is: "paragraph", text }, shown];
}

function makeCapTable(plan: AdmittedPlan, { caps, capsLeftOut }: TopSheet): Table<CapLine> {
  return {
    name: "Caps",
    columns: CAP_COLUMNS,
    rows: listCaps(plan),
    shown: {
      columns: READ_OF_A_CAP,
      rows: caps,
      ...(capsLeftOut === 0
        ? {}
        : { more: `${formatCount(capsLeftOut, "more cap")}, each with more left.` }),
    },
  };
}

function makeVerdict(plan: AdmittedPlan): Block {
  const tones = { ok: "good", warn: "warning", "over-budget": "bad" } as const;
  const capped = plan.moneyCaps.length + plan.paceCaps.length > 0 || plan.verdict === "over-budget";
  return {
    is: "paragraph",
    strong: describeVerdict(plan),
    text: describeSpending(plan),
    ...(capped ? { tone: tones[plan.verdict] } : {}),
    on: "terminal",
  };
}

function makeAbout(plan: AdmittedPlan, now: number): Table<AboutRow> {
  const { campaign, totals } = plan;
  return makeAboutTable(
    [
      ["Campaign", campaign.name],
      ...(plan.rehearsal ? [["Rehearsal", "nothing is bought"] as const] : []),
      ["Verdict", VERDICTS[plan.verdict]],
      ["Lines", formatCount(totals.lines, "line")],
      ["Time zone of days, weeks and months", campaign.timezone],
      ...makePlanNotes(plan).map((note) => ["Note", note] as const),
    ],
    [
      { name: "made", title: "Made (UTC)", kind: "date", value: now },
      { name: "to_spend", kind: "usd", value: totals.toSpend },
    ],
  );
}

const VERDICTS: Readonly<Record<AdmittedPlan["verdict"], string>> = {
  ok: "fits",
  warn: "fits, with warnings",
  "over-budget": "over budget",
};
