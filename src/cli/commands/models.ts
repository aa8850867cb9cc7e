import { LIST_PRICES, suggestModel, findModel, MODELS } from "../../catalogue/models.ts";
import { hasErrors } from "../../diagnostics/diagnostic.ts";
import { describeValue } from "../../diagnostics/printable.ts";
import { applyPriceFile } from "../../plan/make-plan.ts";
import { formatDiagnostics } from "../../report/formats/diagnostics-text.ts";
import { makeModelDocument, makeModelsDocument, makeModelSheet } from "../../report/models.ts";
import { EXIT } from "../exit-codes.ts";
import { loadPriceFile } from "../load.ts";
import { printOutput, render } from "../outputs.ts";
import type { Shell } from "../shell.ts";
import type { Context } from "../wing.ts";
import type { ModelsOptions } from "../options.ts";

export async function models(
  shell: Context,
  name: string | undefined,
  options: ModelsOptions,
): Promise<number> {
  const book = await loadPriceBook(shell, options.prices);
  if (book === null) return EXIT.wrong;
  const model = name === undefined ? undefined : findModel(name);
  if (name !== undefined && model === undefined) {
    shell.err(`error: there is no model ${describeValue(name)}\n  hint: ${suggestModel(name)}\n`);
    return EXIT.wrong;
  }
  const sheets = (model === undefined ? MODELS : [model]).map((one) => makeModelSheet(one, book));
  const [only] = sheets;
  // Of one model, too, Markdown has the row of the README.
  const whole = model !== undefined && only !== undefined && options.format !== "md";
  const document = whole ? makeModelDocument(only) : makeModelsDocument(sheets);
  return printOutput(shell, await render(shell, options.format, document, null));
}

async function loadPriceBook(
  shell: Shell,
  path: string | undefined,
): Promise<typeof LIST_PRICES | null> {
  if (path === undefined) return LIST_PRICES;
  const read = await loadPriceFile(shell, path);
  const { book, diagnostics } = applyPriceFile(read);
  const told = [...read.diagnostics, ...diagnostics];
  shell.err(formatDiagnostics(told, shell.errScreen.colour));
  return hasErrors(told) ? null : book;
}
