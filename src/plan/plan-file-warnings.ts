import * as z from "zod";
import { type Code, type Diagnostic, isCode, warning } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";

const text = z.string();
const whole = z.int().positive();

const warnedSchema = z.object({
  diagnostics: z
    .array(
      z.object({
        code: z.custom<Code>((code) => typeof code === "string" && isCode(code)),
        severity: z.enum(["error", "warning"]),
        message: text,
        file: text.nullable(),
        line: whole.nullable(),
        column: whole.nullable(),
        hint: text.transform(printable).nullable(),
      }),
    )
    .default([]),
});

type SavedDiagnostic = z.output<typeof warnedSchema>["diagnostics"][number];

/** The warnings that a plan was saved with; null where they are not those of a plan. */
export function warningsAsSaved(document: unknown): readonly Diagnostic[] | null {
  const warned = warnedSchema.safeParse(document);
  return warned.success ? warned.data.diagnostics.flatMap(warningAsSaved) : null;
}

/** Its text is not at hand: the place goes into the message. */
function warningAsSaved(saved: SavedDiagnostic): readonly Diagnostic[] {
  const { severity, file, line, column, message, hint } = saved;
  if (severity !== "warning") return [];
  const where =
    file === null ? "" : `${[file, line, column].filter((at) => at !== null).join(":")}: `;
  return [warning(saved.code, printable(`${where}${message}`), null, hint ?? undefined)];
}
