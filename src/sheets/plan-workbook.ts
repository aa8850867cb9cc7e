import { folded } from "../manifest/shot.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { admittedDocument } from "../report/plan-document.ts";
import { bySceneAndModel } from "../report/top-sheet.ts";
import { type Formulas, workbookOf } from "./table-sheet.ts";
import type { FormulaPlaces, Workbook } from "./write-workbook.ts";

/** A plan as a workbook: the top sheet, its lines, its caps, and what it was made of. `made` in milliseconds UTC. */
export function planWorkbook(plan: AdmittedPlan, made: number): Workbook {
  return workbookOf(admittedDocument(plan, made), made, {
    "Top sheet": sumsFormulas(plan),
    Lines: {
      cost: ({ cell }) => `ROUND(${cell("Seconds")}*${cell("Unit price")},6)`,
    },
    Caps: {
      left: ({ cell }) =>
        `ROUND(${cell("Limit")}-${cell("Spent")}-${cell("Held")}-${cell("Planned")},6)`,
    },
  });
}

// Each row is matched with each line; more than this would keep a spreadsheet busy whenever a cell changes.
const MOST_MATCHES = 2_000_000;

function sumsFormulas({ lines }: AdmittedPlan): NonNullable<Formulas[string]> {
  const rows = bySceneAndModel(lines);
  if (rows.length * lines.length > MOST_MATCHES || !canBeToldApart(rows)) return {};
  // Found by scene and model, not by place: sorting the lines changes no sum. Not SUMIFS, which reads a scene such
  // as ">5" or "A*" as a condition.
  const matches = ({ cell, column }: FormulaPlaces): string =>
    `(${column("Lines", "Scene")}=${cell("Scene")})*(${column("Lines", "Model")}=${cell("Model")})`;
  const sumOf = (title: string, at: FormulaPlaces): string =>
    `SUMPRODUCT(${matches(at)}*${at.column("Lines", title)})`;
  return {
    lines: (at) => `SUMPRODUCT(${matches(at)})`,
    seconds: (at) => sumOf("Seconds", at),
    cost: (at) => `ROUND(${sumOf("Cost", at)},6)`,
  };
}

/** To a spreadsheet "a" equals "A": of such scenes the sums are written, not computed. */
function canBeToldApart(rows: readonly { readonly scene: string | null }[]): boolean {
  const scenes = [...new Set(rows.map(({ scene }) => scene))];
  return (
    new Set(scenes.map((scene) => (scene === null ? "" : folded(scene)))).size === scenes.length
  );
}
