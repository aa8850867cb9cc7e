import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { hasErrors } from "../diagnostics/diagnostic.ts";
import { diagnosticOf } from "./plan-json.ts";

/** `topsheet/check@1`: every complaint, for a script. */
export function checkJson(diagnostics: readonly Diagnostic[], lines: number): string {
  const verdict = hasErrors(diagnostics) ? "invalid" : diagnostics.length > 0 ? "warn" : "ok";
  const document = {
    schema: "topsheet/check@1",
    verdict,
    lines,
    diagnostics: diagnostics.map(diagnosticOf),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
