import type { CapRow } from "../budget/decide.ts";
import { FIELDS } from "../catalogue/models.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { type AdmittedLine, basis } from "../plan/plan.ts";
import type { Cell, FormulaPlaces, Kind } from "./write-workbook.ts";

/** What a sheet has of a line. Money in micro-dollars. */
interface LineColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly sum?: true;
  readonly cell: (line: AdmittedLine) => Cell;
  /** How a spreadsheet computes it, by the titles of other columns. */
  readonly formula?: (at: FormulaPlaces) => string;
}

/** Its name in CSV; in a workbook `unit_price` is titled Unit price. */
export function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Prompt and seconds have columns of their own. */
const REST = [...FIELDS].filter((field) => field !== "prompt" && field !== "duration");

/** One declaration for CSV and workbook. With these, `import` makes the same lines again. */
export function lineColumns(campaign: string): readonly LineColumn[] {
  const text = (name: string, cell: LineColumn["cell"]): LineColumn => ({
    name,
    kind: "text",
    cell,
  });
  return [
    text("key", (line) => line.key),
    text("shot", (line) => line.shot),
    text("scene", (line) => labelCell(line.scene)),
    text("tags", (line) => tagsText(line.tags)),
    { name: "priority", kind: "count", cell: (line) => line.priority },
    { name: "take", kind: "count", cell: (line) => line.take },
    text("variant", (line) => variantText(line.variant)),
    text("model", (line) => line.model),
    text("endpoint", (line) => line.endpoint),
    { name: "seconds", kind: "seconds", sum: true, cell: (line) => line.seconds },
    { name: "unit_price", kind: "usd", cell: (line) => line.price.perSecond },
    {
      name: "cost",
      kind: "usd",
      sum: true,
      cell: (line) => line.cost,
      formula: ({ cell }) => `ROUND(${cell("Seconds")}*${cell("Unit price")},6)`,
    },
    text("basis", (line) => basis(line)),
    text("state", (line) => line.state),
    text("prompt", (line) => promptOf(line.input)),
    text("fingerprint", (line) => line.fingerprint),
    { name: "ordinal", kind: "count", cell: (line) => line.ordinal },
    text("campaign", () => campaign),
    ...REST.map(inputColumn),
  ];
}

/** A field of what fal is sent, as people write it; a list or a mapping as JSON. */
function inputColumn(field: string): LineColumn {
  const kind = field === "cfg_scale" ? "number" : "text";
  return {
    name: field,
    kind,
    cell: ({ input }) => {
      const value = input[field];
      if (value === undefined || value === null) return null;
      if (typeof value === "string" || typeof value === "number") return value;
      return JSON.stringify(value);
    },
  };
}

/** A scene that is a number is one to a spreadsheet too: 2 sorts before 10. Not 0, which equals an empty cell there. */
export function labelCell(label: string | null): Cell {
  return label !== null && /^[1-9]\d{0,8}$/.test(label) ? Number(label) : label;
}

/** Words beside each other; where one is more than a word, a list in JSON. */
function tagsText(tags: readonly string[]): string | null {
  if (tags.length === 0) return null;
  const plain = tags.every((tag) => /^[^\s,;[\]"]+$/u.test(tag));
  return plain ? tags.join(" ") : JSON.stringify(tags);
}

function variantText(variant: AdmittedLine["variant"]): string | null {
  const values = Object.entries(variant).map(([name, value]) => `${name}=${value}`);
  return values.length === 0 ? null : values.join(" ");
}

/** The prompt, or those of a multi-shot line one after the other. */
function promptOf(input: Readonly<Record<string, unknown>>): string | null {
  const { prompt, multi_prompt: shots } = input;
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(shots)) return null;
  return shots.map((shot: unknown) => (isPrompted(shot) ? shot.prompt : "")).join(" / ");
}

function isPrompted(shot: unknown): shot is { readonly prompt: string } {
  return (
    typeof shot === "object" && shot !== null && "prompt" in shot && typeof shot.prompt === "string"
  );
}

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
