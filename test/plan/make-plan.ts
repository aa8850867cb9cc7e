import { type Machine, topsheet } from "../rig/in-process.ts";
import { planDocument, type PlanDocument } from "../report/plan-document.ts";

export interface Planned extends PlanDocument {
  readonly code: number;
}

/** Runs `topsheet plan --format json` on the files that end in .yaml, and reads its output. */
export async function planManifest(
  files: Readonly<Record<string, string>>,
  options: readonly string[] = [],
  machine: Omit<Machine, "files"> = {},
): Promise<Planned> {
  const paths = Object.keys(files).filter((path) => path.endsWith(".yaml"));
  const told = await topsheet(["plan", ...paths, "--format", "json", ...options], {
    ...machine,
    files,
  });
  // A crash prints no document but says why.
  if (told.out === "") throw new Error(told.err);
  return { code: told.code, ...planDocument.parse(JSON.parse(told.out)) };
}

/** Plans one manifest with these shots; `head` are lines before `shots:`. */
export async function plannedShots(
  shots: readonly string[],
  head: readonly string[] = [],
  options: readonly string[] = [],
): Promise<Planned> {
  return await planManifest({ "shots.yaml": manifest(shots, head) }, options);
}

export function manifest(shots: readonly string[], head: readonly string[] = []): string {
  return ["topsheet: 1", "campaign: film", ...head, "shots:", ...shots.map(item), ""].join("\n");
}

function item(shot: string): string {
  return `  - ${shot.replaceAll("\n", "\n    ")}`;
}

/** Formats diagnostics as `file:line:column severity code: message (hint)`. */
export function planOutput({ diagnostics }: Pick<PlanDocument, "diagnostics">): readonly string[] {
  return diagnostics.map(({ file, line, column, severity, code, message, hint }) => {
    const where = file === null ? "" : `${file}:${line}:${column} `;
    return `${where}${severity} ${code}: ${message}${hint === null ? "" : ` (${hint})`}`;
  });
}
