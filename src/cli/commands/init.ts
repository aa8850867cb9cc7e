import { basename, dirname, extname, join } from "node:path";
import { toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import { isName } from "../../manifest/schema.ts";
import { manifestJsonSchema } from "../../plan/manifest-schema.ts";
import { diagnosticsText } from "../../report/formats/diagnostics-text.ts";
import { EXIT } from "../exit-codes.ts";
import type { SchemaOptions } from "../options.ts";
import { exitForDiskFault, describeDiskFault } from "../load.ts";
import type { Shell } from "../shell.ts";

/** A manifest to start from, with the schema beside it so that an editor completes and checks it. */
export async function init(shell: Shell, path: string): Promise<number> {
  if (!/\.ya?ml$/i.test(path)) {
    shell.err(`error: a manifest is YAML: name it ${toPrintable(path)}.yaml\n`);
    return EXIT.wrong;
  }
  const fault = await shell.writeNew(path, firstManifest(campaignFrom(path)));
  if (fault !== null) {
    shell.err(diagnosticsText([describeDiskFault(path, fault, "write")], shell.errScreen.colour));
    return exitForDiskFault(fault);
  }
  const schemaPath = join(dirname(path), SCHEMA);
  const schemaFault = await shell.writeNew(schemaPath, schemaText());
  if (schemaFault !== null && schemaFault.fault !== "exists") {
    const complaint = describeDiskFault(schemaPath, schemaFault, "write");
    shell.err(diagnosticsText([complaint], shell.errScreen.colour));
    return EXIT.failed;
  }
  const name = toPrintable(path);
  shell.err(
    `${name} and ${toPrintable(schemaPath)} written. Next: topsheet plan ${quoteForShell(path)}\n`,
  );
  return EXIT.done;
}

/** The file's own name where it can be a campaign's. */
function campaignFrom(path: string): string {
  const name = basename(path, extname(path));
  return isName(name) ? name : "my-campaign";
}

function firstManifest(campaign: string): string {
  return `# yaml-language-server: $schema=./${SCHEMA}
topsheet: 1
campaign: "${campaign}"
budget:
  cap: 20 # US dollars for everything in this campaign
defaults:
  model: kling-v3-turbo-pro # topsheet models lists the others
  aspect_ratio: "16:9"
  duration: 5 # seconds
shots:
  - id: skyline
    scene: "1"
    prompt: A neon-lit skyline at dusk, slow dolly in.
    duration: 8
  - id: packshot
    scene: "2"
    prompt: A \${{ matrix.colour }} bottle on wet slate, soft morning light.
    matrix: # one line for each combination
      colour: [golden, green]
      aspect_ratio: ["16:9", "9:16"]
`;
}

/** What it is called beside a manifest. */
export const SCHEMA = "topsheet.schema.json";

export async function schema(shell: Shell, { output }: SchemaOptions): Promise<number> {
  const text = schemaText();
  if (output === undefined) {
    shell.out(text);
    return EXIT.done;
  }
  const fault = await shell.write(output, text);
  if (fault === null) return EXIT.done;
  shell.err(diagnosticsText([describeDiskFault(output, fault, "write")], shell.errScreen.colour));
  return exitForDiskFault(fault);
}

export function schemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
}
