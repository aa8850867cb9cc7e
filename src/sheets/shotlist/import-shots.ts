import { MODELS } from "../../catalogue/models.ts";
import { NO_PROMPT } from "../../catalogue/rules/prompts.ts";
import {
  type Diagnostic,
  error,
  hasErrors,
  type Place,
  warning,
} from "../../diagnostics/diagnostic.ts";
import { formatCount, describeValue } from "../../diagnostics/printable.ts";
import { ok, type Result } from "../../diagnostics/result.ts";
import { SourceText } from "../../diagnostics/source-text.ts";
import { type Manifest, readManifest } from "../../manifest/manifest.ts";
import { isName } from "../../manifest/schema.ts";
import { writeManifest } from "../../manifest/write-manifest.ts";
import { sha256 } from "../../plan/fingerprint.ts";
import { groupBy } from "../../plan/group-by.ts";
import { makePlan } from "../../plan/make-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Grid } from "../grid.ts";
import { type SheetColumn, findHeader, type Header, type Mapping } from "./header.ts";
import { formatCellPlace, type LeftOut, type Note, type ReadRow, readRows } from "./rows.ts";
import { type ListedShot, makeShots, type FindTitle } from "./shots.ts";

// From a grid of cells to a manifest: header.ts finds the header and what each column is (fields.ts has the names),
// rows.ts reads the cells under it (cells.ts), shots.ts makes shots of rows; the manifest is then checked as any other.

interface ImportRequest {
  readonly grids: readonly Grid[];
  /** `--sheet`; null for the sheet that looks most like shots. */
  readonly sheet: string | null;
  readonly mappings: readonly Mapping[];
  /** `--campaign`; null for the name in the sheet, or else that of the file. */
  readonly campaign: string | null;
  readonly fileName: string;
  /** `--model`, for rows that name none. */
  readonly model: string | null;
  /** The manifest's name, and the path from it to its schema. */
  readonly manifest: string;
  readonly schema: string;
}

export interface ImportedShots {
  readonly sheet: string | null;
  /** The row of titles. */
  readonly row: number;
  readonly columns: readonly SheetColumn[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly RowsNote[];
  readonly campaign: { readonly name: string; readonly from: "option" | "sheet" | "file" };
  readonly shots: readonly ListedShot[];
  /** The manifest; null if there is no shot. */
  readonly text: string | null;
  /** The plan of the manifest; null if it has mistakes. */
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Makes a manifest of a shot list and checks it as `check` does; mistakes name the row and column of the sheet. */
export function importShots(request: ImportRequest): Result<ImportedShots, Diagnostic> {
  const found = findHeader(request.grids, request.sheet, request.mappings);
  if (!found.ok) return found;
  const header = found.value;
  const read = readRows(header);
  const findTitle = makeTitleFinder(header);
  const { shots, notes } = makeShots(read.rows, request.model, findTitle);
  const { campaign, diagnostics: unnamed } = nameCampaign(request, read.rows);
  const imported = {
    sheet: header.grid.name,
    row: header.row,
    columns: header.columns,
    leftOut: read.leftOut,
    notes: mergeNotes([...read.notes, ...notes]),
    campaign,
    shots,
  };
  const problems: Diagnostic[] = [...read.diagnostics, ...unnamed];
  if (shots.length === 0) {
    problems.push(error("sheet", "there are no shots under the header", null));
    return ok({ ...imported, text: null, plan: null, diagnostics: problems });
  }
  const { defaults, rest } = extractDefaults(shots);
  const { schema } = request;
  const text = writeManifest({ schema, campaign: campaign.name, defaults, shots: rest });
  const checked = checkManifest(request.manifest, text);
  const complaints = relateToCells(checked, shots, rest, findTitle);
  const modelled = request.model !== null || findTitle("model") !== null;
  if (modelled) problems.push(...complaints);
  else
    problems.push(complainOfModel(), ...complaints.filter(({ code }) => code !== "missing-model"));
  const plan = hasErrors(problems) ? null : checked.plan;
  return ok({ ...imported, text, plan, diagnostics: problems });
}

/** A note that is the same for several cells of a column. */
interface RowsNote {
  readonly column: string;
  readonly says: string;
  readonly rows: readonly number[];
}

function mergeNotes(notes: readonly Note[]): readonly RowsNote[] {
  const groups = groupBy(notes, ({ column, says }) => JSON.stringify([column, says]));
  return [...groups.values()].map((alike) => {
    const [{ column, says }] = alike;
    return { column, says, rows: alike.map(({ row }) => row) };
  });
}

function makeTitleFinder({ columns }: Header): FindTitle {
  const byField = new Map<string, string>();
  for (const { title, use } of columns) {
    if (use.is === "field" && !byField.has(use.field)) byField.set(use.field, title);
  }
  return (field) => byField.get(field) ?? null;
}

/** Names the campaign: by the option, else by the sheet, else by the file. */
function nameCampaign(
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
  const named = { name: nameFromFile(fileName), from: "file" } as const;
  if (only === undefined) return { campaign: named, diagnostics: [] };
  const message =
    stated.size === 1
      ? `${describeValue(only)} cannot be the name of a campaign: ${named.name} is used`
      : `the sheet names ${formatCount(stated.size, "campaign")}, such as ${describeValue(only)}: ${named.name} is used`;
  const hint = "name one with --campaign NAME";
  return { campaign: named, diagnostics: [warning("sheet", message, null, hint)] };
}

function nameFromFile(fileName: string): string {
  const base = fileName.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  const name = base
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, 64);
  return isName(name) ? name : "my-campaign";
}

/** Fields that become defaults if all shots have the same value. */
const SHARED = ["model", "aspect_ratio", "duration", "generate_audio"];

function extractDefaults(shots: readonly ListedShot[]): {
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

function checkManifest(name: string, text: string): Checked {
  const read = readManifest(new SourceText(name, text));
  const manifests = [{ ...read, sha256: sha256(text) }];
  const { plan, diagnostics } = makePlan({ manifests, prices: null, only: [] });
  return { plan, manifest: read.manifest, diagnostics };
}

/** The result of `check`. */
interface Checked {
  readonly plan: Plan | null;
  readonly manifest: Manifest | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Relates diagnostics of the manifest to the cells that their values were read from. */
function relateToCells(
  { manifest, diagnostics }: Checked,
  shots: readonly ListedShot[],
  rest: readonly object[],
  findTitle: FindTitle,
): readonly Diagnostic[] {
  if (manifest === null || diagnostics.length === 0) return diagnostics;
  const { yaml, defaults } = manifest;
  const begins = shots.map((_, index) => yaml.findPlace(["shots", index, "id"]).start);
  const fieldAt = (
    place: Place,
    path: readonly PropertyKey[],
    fields: readonly string[],
  ): string | undefined =>
    fields.find((field) => {
      const { start } = yaml.findPlace([...path, field], "key");
      const { end } = yaml.findPlace([...path, field]);
      return place.start >= start && place.start <= end;
    });
  return diagnostics.map((diagnostic) => {
    const { place, message, code } = diagnostic;
    if (place === null) return diagnostic;
    const at = begins.findLastIndex((start) => start <= place.start);
    const listed = shots[at];
    if (listed === undefined) {
      const shared = Object.keys({ ...defaults.own, ...defaults.input });
      const field = fieldAt(place, ["defaults"], shared);
      if (field === undefined) return diagnostic;
      return {
        ...diagnostic,
        message: `column ${findTitle(field) ?? field}: ${message}`,
        place: null,
      };
    }
    if (message === NO_PROMPT) return complainOfPrompt(listed, findTitle);
    const field = fieldAt(place, ["shots", at], Object.keys(rest[at] ?? {}));
    const [row = 0] = listed.rows;
    const named = field !== undefined && field !== "id";
    const where = named ? formatCellPlace(row, findTitle(field) ?? field) : `row ${row}`;
    const hint = code === "missing-model" ? "name one with --model MODEL" : diagnostic.hint;
    return { ...diagnostic, message: `${where}: ${message}`, hint, place: null };
  });
}

function complainOfPrompt({ rows: [row = 0] }: ListedShot, findTitle: FindTitle): Diagnostic {
  const column = findTitle("prompt");
  const hint = 'fill it in, or say where it is: --map "Column=prompt", once for each column';
  return column === null
    ? error("prompt", `row ${row}: ${NO_PROMPT}`, null, hint)
    : error(
        "prompt",
        `${formatCellPlace(row, column)}: it is empty, and every shot needs a prompt`,
        null,
        hint,
      );
}

/** One diagnostic for the sheet, not one for each row. */
function complainOfModel(): Diagnostic {
  const aliases = MODELS.map(({ alias }) => alias).join(", ");
  const hint = `name one with --model MODEL: ${aliases}`;
  return error(
    "missing-model",
    "no column of the sheet says which model makes the shots",
    null,
    hint,
  );
}
