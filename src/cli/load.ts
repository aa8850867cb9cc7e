import { normalize } from "node:path";
import { type Diagnostic, error } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { printable, quoted } from "../diagnostics/printable.ts";
import { SourceText } from "../diagnostics/source-text.ts";
import type { DiskFault } from "../disk.ts";
import { decode } from "../manifest/decode.ts";
import { readManifest, type ReadManifest } from "../manifest/manifest.ts";
import { readPriceFile, type ReadPriceFile } from "../manifest/price-file.ts";
import { isPlanFile } from "../plan/plan-file.ts";
import { pricesPath } from "../plan/campaign.ts";
import { sha256 } from "../plan/fingerprint.ts";
import { EXIT } from "./exit-codes.ts";
import type { Shell } from "./shell.ts";

export type LoadedManifest = ReadManifest & { readonly sha256: string | null };

/** Every file a command names; one that cannot be read is a complaint like any other. */
export async function loadManifests(
  shell: Shell,
  paths: readonly string[],
): Promise<readonly LoadedManifest[]> {
  const seen = new Set<string>();
  const loaded: LoadedManifest[] = [];
  for (const path of paths) {
    const name = path === "-" ? "<stdin>" : path;
    if (seen.has(normalize(path))) {
      loaded.push(unreadable(name, error("file", `${printable(name)} is given twice`, null)));
      continue;
    }
    seen.add(normalize(path));
    const read = await loadText(shell, path, name);
    if ("complaint" in read) loaded.push(unreadable(name, read.complaint));
    else if (isPlanFile(read.source.text)) loaded.push(unreadable(name, isSavedPlan(name)));
    else loaded.push({ ...readManifest(read.source), sha256: sha256(read.bytes) });
  }
  return loaded;
}

/** The user's own price file: `--prices`, or the one a manifest names, beside that manifest. */
export async function loadPrices(
  shell: Shell,
  option: string | undefined,
  manifests: readonly LoadedManifest[],
): Promise<ReadPriceFile | null> {
  const naming = manifests.find((read) => (read.manifest?.prices ?? null) !== null);
  const manifest = naming?.manifest ?? null;
  const path = option ?? (manifest === null ? null : pricesPath(manifest));
  if (path === null) return null;
  const read = await loadText(shell, path, path);
  if ("complaint" in read) {
    const place =
      option === undefined ? (naming?.manifest?.written.placeOf(["prices"]) ?? null) : null;
    return {
      source: new SourceText(path, ""),
      file: null,
      diagnostics: [{ ...read.complaint, place }],
    };
  }
  return readPriceFile(read.source);
}

/** A price file alone, without a manifest. */
export async function loadPriceFile(shell: Shell, path: string): Promise<ReadPriceFile> {
  const read = await loadText(shell, path, path);
  return "complaint" in read
    ? { source: new SourceText(path, ""), file: null, diagnostics: [read.complaint] }
    : readPriceFile(read.source);
}

type Text =
  | { readonly source: SourceText; readonly bytes: Uint8Array }
  | { readonly complaint: Diagnostic };

async function loadText(shell: Shell, path: string, name: string): Promise<Text> {
  if (path === "-" && name === "-") {
    return { complaint: error("file", "a price file cannot come through standard input", null) };
  }
  const bytes = await shell.read(path);
  if (!(bytes instanceof Uint8Array)) return { complaint: fileComplaint(name, bytes, "read") };
  const source = decode(name, bytes);
  return source instanceof SourceText ? { source, bytes } : { complaint: source };
}

/** A path that leads nowhere is the command's mistake; a full disk is not. */
export function exitForFault({ fault }: DiskFault): number {
  return fault === "missing" || fault === "directory" || fault === "exists"
    ? EXIT.wrong
    : EXIT.failed;
}

/** What happened to a file, in words. */
export function fileComplaint(path: string, fault: DiskFault, verb: "read" | "write"): Diagnostic {
  const name = printable(path);
  switch (fault.fault) {
    case "missing": {
      const near = nearest(
        path,
        fault.neighbours.map((neighbour) => neighbour.replace(/^\.\//, "")),
      );
      const hint = near === undefined ? undefined : `did you mean ${quoted(near)}?`;
      const what = verb === "read" ? "there is no file" : "there is no folder for";
      return error("file", `${what} ${name}`, null, hint);
    }
    case "directory":
      return error("file", `${name} is a folder, not a file`, null);
    case "denied":
      return error("file", `${name} may not be ${verb === "read" ? "read" : "written"}`, null);
    case "exists":
      return error("file", `${name} is there already`, null, "name another file");
    case "too-large": {
      const most = `${fault.most / 1024 / 1024} MiB`;
      return error(
        "file",
        `${name} is larger than ${most}`,
        null,
        "split the campaign over several files",
      );
    }
    case "other":
      return error(
        "file",
        `${name} could not be ${verb === "read" ? "read" : "written"}: ${fault.why}`,
        null,
      );
  }
}

function isSavedPlan(name: string): Diagnostic {
  const message = `${printable(name)} is a saved plan, not a manifest`;
  return error("file", message, null, "`run`, `approve` and `diff` take it");
}

function unreadable(name: string, complaint: Diagnostic): LoadedManifest {
  return {
    source: new SourceText(name, ""),
    manifest: null,
    diagnostics: [complaint],
    sha256: null,
  };
}
