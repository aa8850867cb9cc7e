import { type Diagnostic, error, hasErrors, warning } from "../diagnostics/diagnostic.ts";
import { counted, shown } from "../diagnostics/printable.ts";
import { SourceText } from "../diagnostics/source-text.ts";
import { readManifest } from "../manifest/manifest.ts";
import { isName } from "../manifest/schema.ts";
import { writeManifest } from "../manifest/write-manifest.ts";
import { sha256 } from "../plan/fingerprint.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { Grid } from "../sheet/grid.ts";
import { type Column, findHeader, type Header, type Mapping } from "./header.ts";
import { type LeftOut, type Note, type ReadRow, readRows } from "./rows.ts";
import { type ListedShot, shotsOf, type TitleOf } from "./shots.ts";
import { atTheirCells, type Checked, noModel } from "./told-at-cells.ts";

export interface ImportRequest {
  readonly grids: readonly Grid[];
  /** `--sheet`; null for the one that looks like shots. */
  readonly sheet: string | null;
  readonly mappings: readonly Mapping[];
  /** `--campaign`; null for what the sheet says, or else the file's own name. */
  readonly campaign: string | null;
  readonly fileName: string;
  /** `--model`, for rows that name none. */
  readonly model: string | null;
  /** What the manifest will be called, and where its schema will be from there. */
  readonly manifest: string;
  readonly schema: string;
}

export interface ImportedShots {
  readonly sheet: string | null;
  /** The row of titles. */
  readonly row: number;
  readonly columns: readonly Column[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly RowsNote[];
  readonly campaign: { readonly name: string; readonly from: "option" | "sheet" | "file" };
  readonly shots: readonly ListedShot[];
  /** The manifest; null where there is no shot. */
  readonly text: string | null;
  /** The manifest planned; null where it has mistakes. */
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A shot list as a manifest, checked as `check` does, with every mistake at its row and column of the sheet. */
export function importShots(request: ImportRequest): ImportedShots | Diagnostic {
  const header = findHeader(request.grids, request.sheet, request.mappings);
  if ("message" in header) return header;
  const read = readRows(header);
  const titleOf = titles(header);
  const { shots, notes } = shotsOf(read.rows, request.model, titleOf);
  const { campaign, diagnostics: unnamed } = campaignOf(request, read.rows);
  const found = {
    sheet: header.grid.name,
    row: header.row,
    columns: header.columns,
    leftOut: read.leftOut,
    notes: together([...read.notes, ...notes]),
    campaign,
    shots,
  };
  const told: Diagnostic[] = [...read.diagnostics, ...unnamed];
  if (shots.length === 0) {
    told.push(error("sheet", "there is no shot under the header", null));
    return { ...found, text: null, plan: null, diagnostics: told };
  }
  const { defaults, rest } = withDefaults(shots);
  const { schema } = request;
  const text = writeManifest({ schema, campaign: campaign.name, defaults, shots: rest });
  const checked = check(request.manifest, text);
  const complaints = atTheirCells(checked, shots, rest, titleOf);
  const modelled = request.model !== null || titleOf("model") !== null;
  if (modelled) told.push(...complaints);
  else told.push(noModel(), ...complaints.filter(({ code }) => code !== "missing-model"));
  const plan = hasErrors(told) ? null : checked.plan;
  return { ...found, text, plan, diagnostics: told };
}

/** What is to be known of several cells of a column, said once. */
interface RowsNote {
  readonly column: string;
  readonly says: string;
  readonly rows: readonly number[];
}

function together(notes: readonly Note[]): readonly RowsNote[] {
  const groups = new Map<string, { column: string; says: string; rows: number[] }>();
  for (const { row, column, says } of notes) {
    const key = JSON.stringify([column, says]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { column, says, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}

function titles({ columns }: Header): TitleOf {
  const byField = new Map<string, string>();
  for (const { title, use } of columns) {
    if (use.is === "field" && !byField.has(use.field)) byField.set(use.field, title);
  }
  return (field) => byField.get(field) ?? null;
}

/** The account that caps and purchases are counted in: what an export says of it is not lost. */
function campaignOf(
  { campaign, fileName }: ImportRequest,
  rows: readonly ReadRow[],
): { readonly campaign: ImportedShots["campaign"]; readonly diagnostics: readonly Diagnostic[] } {
  if (campaign !== null) return { campaign: { name: campaign, from: "option" }, diagnostics: [] };
  const stated = new Set(
    rows.flatMap(({ fields: { campaign: name } }) => (typeof name === "string" ? [name] : [])),
  );
  const [only] = stated;
  if (stated.size === 1 && only !== undefined && isName(only)) {
    return { campaign: { name: only, from: "sheet" }, diagnostics: [] };
  }
  const named = { name: nameFrom(fileName), from: "file" } as const;
  if (only === undefined) return { campaign: named, diagnostics: [] };
  const message =
    stated.size === 1
      ? `${shown(only)} cannot be the name of a campaign: ${named.name} is used`
      : `the sheet names ${counted(stated.size, "campaign")}, such as ${shown(only)}: ${named.name} is used`;
  const hint = "name one with --campaign NAME";
  return { campaign: named, diagnostics: [warning("sheet", message, null, hint)] };
}

function nameFrom(fileName: string): string {
  const base = fileName.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  const name = base
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, 64);
  return isName(name) ? name : "my-campaign";
}

/** What every shot says alike is said once. */
const SHARED = ["model", "aspect_ratio", "duration", "generate_audio"];

function withDefaults(shots: readonly ListedShot[]): {
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly rest: readonly Readonly<Record<string, unknown>>[];
} {
  const defaults: Record<string, unknown> = {};
  for (const field of shots.length > 1 ? SHARED : []) {
    const value = shots[0]?.shot[field];
    const alike = value !== undefined && shots.every(({ shot }) => shot[field] === value);
    if (alike) defaults[field] = value;
  }
  const rest = shots.map(({ shot }) =>
    Object.fromEntries(Object.entries(shot).filter(([field]) => !Object.hasOwn(defaults, field))),
  );
  return { defaults, rest };
}

function check(name: string, text: string): Checked {
  const read = readManifest(new SourceText(name, text));
  const manifests = [{ ...read, sha256: sha256(text) }];
  const { plan, diagnostics } = makePlan({ manifests, prices: null, only: [] });
  return { plan, manifest: read.manifest, diagnostics };
}
