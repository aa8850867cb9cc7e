import { manifestJsonSchema } from "../../plan/manifest-schema.ts";
import { diagnosticsText } from "../../report/diagnostics-text.ts";
import { EXIT } from "../exit-codes.ts";
import { exitForFault, fileComplaint } from "../load.ts";
import type { Shell } from "../shell.ts";

/** What it is called beside a manifest. */
export const SCHEMA = "topsheet.schema.json";

export async function schema(shell: Shell, output: string | undefined): Promise<number> {
  const text = schemaText();
  if (output === undefined) {
    shell.out(text);
    return EXIT.done;
  }
  const fault = await shell.write(output, text);
  if (fault === null) return EXIT.done;
  shell.err(diagnosticsText([fileComplaint(output, fault, "write")], shell.errScreen.colour));
  return exitForFault(fault);
}

export function schemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
}
