import type { CapRow } from "../budget/cap-row.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Cell, FormulaPlaces, Kind } from "../sheet/workbook.ts";
import { labelCell } from "./line-columns.ts";

/** A cap beside the money, and for one on pace the start of its window (milliseconds UTC). */
interface SheetCap extends CapRow {
  readonly from: number | null;
}

interface CapColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly cell: (cap: SheetCap) => Cell;
  readonly formula?: (at: FormulaPlaces) => string;
}

/** What a sheet has of a cap, under the names that JSON has. */
export const CAP_COLUMNS: readonly CapColumn[] = [
  { name: "cap", kind: "text", cell: (cap) => cap.cap },
  { name: "of", kind: "text", cell: (cap) => labelCell(cap.of) },
  { name: "from", kind: "date", cell: (cap) => cap.from },
  { name: "limit", kind: "usd", cell: (cap) => cap.limit },
  { name: "spent", kind: "usd", cell: (cap) => cap.spent },
  { name: "held", kind: "usd", cell: (cap) => cap.held },
  { name: "planned", kind: "usd", cell: (cap) => cap.planned },
  {
    name: "left",
    kind: "usd",
    cell: (cap) => cap.left,
    formula: ({ cell }) =>
      `ROUND(${cell("Limit")}-${cell("Spent")}-${cell("Held")}-${cell("Planned")},6)`,
  },
  { name: "verdict", kind: "text", cell: (cap) => cap.verdict },
];

/** Every cap, those on money first. */
export function capRows({ moneyCaps, paceCaps }: AdmittedPlan): readonly SheetCap[] {
  return [...moneyCaps.map((cap) => ({ ...cap, from: null })), ...paceCaps];
}
