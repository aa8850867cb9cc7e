import { LIST_PRICES, modelHint, modelNamed, MODELS } from "../../catalogue/models.ts";
import { hasErrors } from "../../diagnostics/diagnostic.ts";
import { shown } from "../../diagnostics/printable.ts";
import { withOwnPrices } from "../../plan/make-plan.ts";
import { diagnosticsText } from "../../report/diagnostics-text.ts";
import { markdown } from "../../report/formats/markdown.ts";
import { text } from "../../report/formats/text.ts";
import { modelDocument, modelsDocument, modelSheet, modelsJson } from "../../report/models.ts";
import { EXIT } from "../exit-codes.ts";
import { loadPriceFile } from "../load.ts";
import type { Shell } from "../shell.ts";
import type { ModelsOptions } from "../options.ts";

export async function models(
  shell: Shell,
  name: string | undefined,
  options: ModelsOptions,
): Promise<number> {
  const book = await bookFor(shell, options.prices);
  if (book === null) return EXIT.wrong;
  const model = name === undefined ? undefined : modelNamed(name);
  if (name !== undefined && model === undefined) {
    shell.err(`error: there is no model ${shown(name)}\n  hint: ${modelHint(name)}\n`);
    return EXIT.wrong;
  }
  const sheets = (model === undefined ? MODELS : [model]).map((one) => modelSheet(one, book));
  const [only] = sheets;
  switch (options.format) {
    case "json":
      shell.out(modelsJson(sheets));
      break;
    case "md":
      shell.out(markdown(modelsDocument(sheets)));
      break;
    case "table":
      shell.out(
        text(
          model === undefined || only === undefined ? modelsDocument(sheets) : modelDocument(only),
          shell.outScreen,
        ),
      );
      break;
  }
  return EXIT.done;
}

async function bookFor(shell: Shell, path: string | undefined): Promise<typeof LIST_PRICES | null> {
  if (path === undefined) return LIST_PRICES;
  const { file, diagnostics } = await loadPriceFile(shell, path);
  const own = file === null ? null : withOwnPrices(LIST_PRICES, file);
  const told = [...diagnostics, ...(own?.diagnostics ?? [])];
  shell.err(diagnosticsText(told, shell.errScreen.colour));
  return hasErrors(told) ? null : (own?.book ?? null);
}
