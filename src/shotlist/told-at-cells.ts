import { MODELS } from "../catalogue/models.ts";
import { NO_PROMPT } from "../catalogue/rules/prompts.ts";
import { type Diagnostic, error, type Place } from "../diagnostics/diagnostic.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import { cellPlace } from "./rows.ts";
import type { ListedShot, TitleOf } from "./shots.ts";

/** A manifest as `check` sees it. */
export interface Checked {
  readonly plan: Plan | null;
  readonly manifest: Manifest | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** What `check` says of the manifest, said of the sheet: at the cell that a value was read from. */
export function atTheirCells(
  { manifest, diagnostics }: Checked,
  shots: readonly ListedShot[],
  rest: readonly object[],
  titleOf: TitleOf,
): readonly Diagnostic[] {
  if (manifest === null || diagnostics.length === 0) return diagnostics;
  const { written, defaults } = manifest;
  const begins = shots.map((_, index) => written.placeOf(["shots", index, "id"]).start);
  const fieldAt = (
    place: Place,
    path: readonly PropertyKey[],
    fields: readonly string[],
  ): string | undefined =>
    fields.find((field) => {
      const { start } = written.placeOf([...path, field], "key");
      const { end } = written.placeOf([...path, field]);
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
        message: `column ${titleOf(field) ?? field}: ${message}`,
        place: null,
      };
    }
    if (message === NO_PROMPT) return noPrompt(listed, titleOf);
    const field = fieldAt(place, ["shots", at], Object.keys(rest[at] ?? {}));
    const [row = 0] = listed.rows;
    const named = field !== undefined && field !== "id";
    const where = named ? cellPlace(row, titleOf(field) ?? field) : `row ${row}`;
    const hint = code === "missing-model" ? "name one with --model MODEL" : diagnostic.hint;
    return { ...diagnostic, message: `${where}: ${message}`, hint, place: null };
  });
}

function noPrompt({ rows: [row = 0] }: ListedShot, titleOf: TitleOf): Diagnostic {
  const column = titleOf("prompt");
  const hint = 'fill it in, or say where it is: --map "Column=prompt", once for each column';
  return column === null
    ? error("prompt", `row ${row}: ${NO_PROMPT}`, null, hint)
    : error(
        "prompt",
        `${cellPlace(row, column)}: it is empty, and every shot needs a prompt`,
        null,
        hint,
      );
}

/** Said once of a sheet, not once of each row. */
export function noModel(): Diagnostic {
  const aliases = MODELS.map(({ alias }) => alias).join(", ");
  const hint = `name one with --model MODEL: ${aliases}`;
  return error(
    "missing-model",
    "no column of the sheet says which model makes the shots",
    null,
    hint,
  );
}
