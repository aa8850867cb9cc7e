import type { CapRow } from "../budget/decide.ts";
import { FIELDS } from "../catalogue/models.ts";
import { readPrompts } from "../catalogue/rules/prompts.ts";
import { cents } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { formatCapName } from "../plan/check-caps.ts";
import { type AdmittedLine, formatBasis } from "../plan/plan.ts";
import { amountColumn, type Column, type Content, VERDICT_TONES } from "./document.ts";
import { type ShownCap, describeBasis, describeLineState, type TopSheetRow } from "./top-sheet.ts";

// The tables of a plan, each column declared once: for people, CSV, workbooks and pages.

/** Declares the columns of the top sheet, with a row for each scene and model. `staged`: whether any line has a scene. */
export function declareTopSheetColumns(staged: boolean): readonly Column<TopSheetRow>[] {
  return [
    {
      name: "scene",
      kind: "text",
      value: ({ scene }) => readLabel(scene),
      words: ({ scene }) => scene ?? "–",
      fit: { flexible: true, optional: true },
    },
    {
      name: "model",
      kind: "text",
      value: ({ model }) => model,
      code: true,
      fit: staged ? { spare: 1 } : { flexible: true },
    },
    { name: "lines", kind: "count", value: ({ lines }) => lines, sum: true, fit: { spare: 2 } },
    {
      name: "seconds",
      kind: "seconds",
      value: ({ seconds }) => seconds,
      sum: true,
      fit: { spare: 3 },
    },
    { name: "cost", kind: "usd", value: ({ cost }) => cost, sum: true },
  ];
}

/** The columns of a line that people read. */
export const READ_OF_A_LINE = ["key", "model", "basis", "cost", "state"];

/** Declares the columns of lines. From a sheet that has them all, `import` makes the same lines again. */
export function declareLineColumns({
  campaign,
  lines,
}: AdmittedPlan): readonly Column<AdmittedLine>[] {
  // If all lines are still to be bought, their state is no news.
  const plain = lines.every(({ state }) => state === "to-buy");
  const text = (name: string, value: (line: AdmittedLine) => Content): Column<AdmittedLine> => ({
    name,
    kind: "text",
    value,
  });
  return [
    { ...text("key", ({ key }) => key), heading: "Line", code: true, fit: { flexible: true } },
    text("shot", ({ shot }) => shot),
    text("scene", ({ scene }) => readLabel(scene)),
    text("tags", ({ tags }) => formatTags(tags)),
    { name: "priority", kind: "count", value: ({ priority }) => priority },
    { name: "take", kind: "count", value: ({ take }) => take },
    text("variant", ({ variant }) => formatVariant(variant)),
    { ...text("model", ({ model }) => model), code: true, fit: { spare: 3 } },
    text("endpoint", ({ endpoint }) => endpoint),
    { name: "seconds", kind: "seconds", value: ({ seconds }) => seconds, sum: true },
    { name: "unit_price", kind: "usd", value: ({ price }) => price.perSecond },
    { name: "cost", kind: "usd", value: ({ cost }) => cost, sum: true },
    {
      ...text("basis", formatBasis),
      heading: "Price",
      words: describeBasis,
      align: "right",
      fit: { spare: 2 },
    },
    {
      ...text("state", ({ state }) => state),
      words: ({ state }) => describeLineState(state),
      ...(plain ? { fit: { spare: 1 } } : {}),
    },
    text("prompt", ({ input }) => joinPrompts(input)),
    text("fingerprint", ({ fingerprint }) => fingerprint),
    { name: "ordinal", kind: "count", value: ({ ordinal }) => ordinal },
    text("campaign", () => campaign.name),
    ...[...FIELDS].filter((field) => !OWN_COLUMNS.has(field)).map(declareInputColumn),
  ];
}

const OWN_COLUMNS: ReadonlySet<string> = new Set(["prompt", "duration"]);

/** Declares the column of an input field, as people write it; a list or a mapping as JSON. */
function declareInputColumn(field: string): Column<AdmittedLine> {
  return {
    name: field,
    kind: field === "cfg_scale" ? "number" : "text",
    value: ({ input }) => {
      const value = input[field];
      if (value === undefined || value === null) return null;
      if (typeof value === "string" || typeof value === "number") return value;
      return JSON.stringify(value);
    },
  };
}

/** Reads a label that is a number as one, so that a spreadsheet sorts 2 before 10; not 0, which equals an empty cell there. */
export function readLabel(label: string | null): Content {
  return label !== null && /^[1-9]\d{0,8}$/.test(label) ? Number(label) : label;
}

/** Joins tags with spaces, or writes them as a JSON list if one is more than a word. */
function formatTags(tags: readonly string[]): string | null {
  if (tags.length === 0) return null;
  const plain = tags.every((tag) => /^[^\s,;[\]"]+$/u.test(tag));
  return plain ? tags.join(" ") : JSON.stringify(tags);
}

function formatVariant(variant: AdmittedLine["variant"]): string | null {
  const values = Object.entries(variant).map(([name, value]) => `${name}=${value}`);
  return values.length === 0 ? null : values.join(" ");
}

/** Joins the prompts of a multi-shot line; returns the only prompt of any other. */
export function joinPrompts(input: Readonly<Record<string, unknown>>): string | null {
  const parts = readPrompts(input);
  return parts.length === 0 ? null : parts.map(({ prompt }) => prompt).join(" / ");
}

/** A cap and its money; one on pace has the start of its window, in milliseconds UTC, and how long the plan takes. */
export type CapLine = CapRow & {
  readonly from?: number | null;
} & Partial<Pick<ShownCap, "takes" | "tooSmall">>;

/** The columns of a cap that people read. */
export const READ_OF_A_CAP = ["cap", "limit", "spent", "held", "planned", "left", "verdict"];

/** The columns of caps, under the names that JSON has. */
export const CAP_COLUMNS: readonly Column<CapLine>[] = [
  {
    name: "cap",
    kind: "text",
    value: ({ cap }) => cap,
    words: (cap) => formatCapName(cap),
    fit: { flexible: true },
  },
  { name: "of", kind: "text", value: ({ of }) => readLabel(of) },
  { name: "from", kind: "date", value: ({ from }) => from ?? null },
  amountColumn("limit"),
  amountColumn("spent", { spare: 2 }),
  amountColumn("held", { spare: 3 }),
  amountColumn("planned", { spare: 1 }),
  {
    name: "left",
    kind: "usd",
    value: ({ left }) => left,
    words: ({ left, takes }) => (takes == null ? cents(left) : "–"),
  },
  {
    name: "verdict",
    kind: "text",
    heading: "",
    value: ({ verdict }) => verdict,
    words: ({ verdict, takes }) => takes ?? verdict,
    tone: (cap) => VERDICT_TONES[judgeCap(cap)],
  },
];

/** Judges a cap: one on pace warns if the plan needs several windows, and is over if a single line costs more. */
export function judgeCap({ verdict, takes, tooSmall }: CapLine): CapRow["verdict"] {
  return tooSmall === true ? "over" : takes == null ? verdict : "warn";
}

/** Lists every cap, those on money first. */
export function listCaps({ moneyCaps, paceCaps }: AdmittedPlan): readonly CapLine[] {
  return [...moneyCaps, ...paceCaps];
}
