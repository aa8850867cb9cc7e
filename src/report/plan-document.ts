import { counted } from "../diagnostics/printable.ts";
import { dollars } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import {
  aboutTable,
  type Block,
  type Document,
  type Fact,
  onlyOn,
  refusalDocument,
  type Table,
} from "./document.ts";
import {
  CAP_COLUMNS,
  type CapLine,
  capLines,
  lineColumns,
  READ_OF_A_CAP,
  READ_OF_A_LINE,
  topSheetColumns,
} from "./plan-columns.ts";
import type { Planned } from "./subjects.ts";
import {
  bySceneAndModel,
  notesOf,
  rehearsalInWords,
  spendInWords,
  type TopSheet,
  topSheet,
  type TopSheetRow,
  verdictInWords,
} from "./top-sheet.ts";

/** Blocks of a plan that not every plan has; whoever asks for them loads what makes them. */
export interface BesideBlocks {
  readonly gates: readonly Block[];
  readonly difference: readonly Block[];
}

const NOTHING_BESIDE: BesideBlocks = { gates: [], difference: [] };

/** A plan, or why a manifest has none. What not every plan has is loaded for a plan that has it. */
export async function planDocument(planned: Planned): Promise<Document> {
  const { made, admitted, beside, base, now } = planned;
  const { gates, difference } = beside;
  const blocks = {
    gates: gates === null ? [] : (await import("./gates.ts")).gateBlocks(gates),
    difference: difference === null ? [] : (await import("./diff.ts")).fewChanges(difference),
  };
  return {
    ...(admitted === null ? refusedPlan(made) : admittedDocument(admitted, now, blocks, base)),
    json: async () => (await import("./plan-json.ts")).planJson(made, admitted, now, gates),
    subject: { is: "plan", ...planned },
  };
}

export function refusedPlan({ origin, diagnostics }: MadePlan): Document {
  const why = "The manifest is wrong: there is no plan.";
  return refusalDocument(origin.campaign.name, "top sheet", why, diagnostics);
}

/** A plan as people read it: the top sheet, the lines, the caps, the verdict. `now` in milliseconds UTC. */
export function admittedDocument(
  admitted: AdmittedPlan,
  now: number,
  { gates, difference }: BesideBlocks = NOTHING_BESIDE,
  base: string | null = null,
): Document {
  const sheet = topSheet(admitted);
  const lines = lineTable(admitted, sheet);
  const changes = difference.length > 0;
  return {
    title: admitted.campaign.name,
    what: `top sheet${rehearsalInWords(admitted)}`,
    made: now,
    blocks: [
      {
        is: "paragraph",
        strong: verdictInWords(admitted),
        text: `${dollars(admitted.totals.toSpend)} to spend.`,
        on: "page",
      },
      ...onlyOn("page", gates),
      ...(changes
        ? onlyOn("page", [heading("What changes"), ...difference, heading("What it costs")])
        : []),
      { is: "table", table: sheetTable(admitted, sheet) },
      ...(admitted.lines.length === 0 ? [] : onlyOn("terminal", dearest(sheet, lines))),
      ...(sheet.caps.length === 0
        ? []
        : [{ is: "table", table: capTable(admitted, sheet) } as const]),
      { is: "diagnostics", diagnostics: admitted.diagnostics, on: "page" },
      {
        is: "folded",
        summary: counted(admitted.totals.lines, "line"),
        blocks: [{ is: "table", table: lines }],
        on: "page",
      },
      { is: "notes", notes: sheet.notes },
      { ...verdict(admitted), on: "terminal" },
      ...(changes
        ? onlyOn("terminal", [{ is: "paragraph", text: `Against ${base ?? ""}:` }, ...difference])
        : []),
    ],
    sheets: () => [
      { ...sheetTable(admitted, sheet), rows: bySceneAndModel(admitted.lines) },
      lines,
      capTable(admitted, sheet),
      about(admitted, now),
    ],
  };
}

function heading(text: string): Block {
  return { is: "heading", text };
}

function sheetTable({ lines, totals }: AdmittedPlan, { rows }: TopSheet): Table<TopSheetRow> {
  const { lines: count, seconds, cost } = totals;
  return {
    name: "Top sheet",
    columns: topSheetColumns(lines.some(({ scene }) => scene !== null)),
    rows,
    sums: "Total",
    shown: { total: { label: "Total", values: { lines: count, seconds, cost } } },
  };
}

function lineTable(plan: AdmittedPlan, { lines, rest }: TopSheet): Table<AdmittedLine> {
  return {
    name: "Lines",
    columns: lineColumns(plan),
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

function dearest({ lines, rest }: TopSheet, table: Table<AdmittedLine>): readonly Block[] {
  const shown = { is: "table", table } as const;
  if (rest === null) return [shown];
  const text = `The ${lines.length} dearest of ${lines.length + rest.lines} lines`;
  return [{ is: "paragraph", text }, shown];
}

function capTable(plan: AdmittedPlan, { caps, capsLeftOut }: TopSheet): Table<CapLine> {
  return {
    name: "Caps",
    columns: CAP_COLUMNS,
    rows: capLines(plan),
    shown: {
      columns: READ_OF_A_CAP,
      rows: caps,
      ...(capsLeftOut === 0
        ? {}
        : { more: `${counted(capsLeftOut, "more cap")}, each with more left.` }),
    },
  };
}

function verdict(plan: AdmittedPlan): Block {
  const tones = { ok: "good", warn: "warning", "over-budget": "bad" } as const;
  const capped = plan.moneyCaps.length + plan.paceCaps.length > 0 || plan.verdict === "over-budget";
  return {
    is: "paragraph",
    strong: verdictInWords(plan),
    text: spendInWords(plan),
    ...(capped ? { tone: tones[plan.verdict] } : {}),
    on: "terminal",
  };
}

function about(plan: AdmittedPlan, now: number): Table<Fact> {
  const { campaign, totals } = plan;
  return aboutTable(
    [
      ["Campaign", campaign.name],
      ...(plan.rehearsal ? [["Rehearsal", "nothing is bought"] as const] : []),
      ["Verdict", VERDICTS[plan.verdict]],
      ["Lines", counted(totals.lines, "line")],
      ["Time zone of days, weeks and months", campaign.timezone],
      ...notesOf(plan).map((note) => ["Note", note] as const),
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
