import { basename, dirname, extname, join } from "node:path";
import { toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import { failure, ok, type Result } from "../../diagnostics/result.ts";
import { isName } from "../../manifest/schema.ts";
import { makeManifestSchema } from "../../plan/manifest-schema.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import type { SchemaOptions } from "../options.ts";
import { makeDiskProblem } from "../load.ts";
import type { Shell } from "../shell.ts";

/** A manifest to start from, with the schema beside it so that an editor completes and checks it. */
export async function init(shell: Shell, path: string): Promise<number> {
  if (!/\.ya?ml$/i.test(path)) {
    return refuse(shell, `a manifest is YAML: name it ${toPrintable(path)}.yaml`);
  }
  const fault = await shell.writeNew(path, firstManifest(nameCampaign(path)));
  if (fault !== null) return refuse(shell, makeDiskProblem(path, fault, "write"));
  const written = await writeSchemaBeside(shell, path);
  if (!written.ok) return refuse(shell, written.problem);
  const [name, beside] = [path, written.value].map(toPrintable);
  shell.err(`${name} and ${beside} written. Next: topsheet plan ${quoteForShell(path)}\n`);
  return EXIT.done;
}

/** The file's own name where it can be a campaign's. */
function nameCampaign(path: string): string {
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
  return fault === null ? EXIT.done : refuse(shell, makeDiskProblem(output, fault, "write"));
}

/** Writes the schema beside a manifest, unless a file of its name is there. Returns its path. */
export async function writeSchemaBeside(shell: Shell, manifest: string): Promise<Result<string>> {
  const path = join(dirname(manifest), SCHEMA);
  const fault = await shell.writeNew(path, schemaText());
  return fault === null || fault.fault === "exists"
    ? ok(path)
    : failure({ ...makeDiskProblem(path, fault, "write"), kind: "failed" });
}

function schemaText(): string {
  return `${JSON.stringify(makeManifestSchema(), null, 2)}\n`;
}
