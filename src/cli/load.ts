import { normalize } from "node:path";
import { type Diagnostic, error, hasErrors } from "../diagnostics/diagnostic.ts";
import { findNearest } from "../diagnostics/suggest.ts";
import { toPrintable, quote } from "../diagnostics/printable.ts";
import { failure, ok, type Problem, type Result } from "../diagnostics/result.ts";
import { SourceText } from "../diagnostics/source-text.ts";
import type { DiskFault } from "../disk.ts";
import { decodeText } from "../manifest/yaml-errors.ts";
import { readManifest, type ReadManifest } from "../manifest/manifest.ts";
import { readPriceFile, type ReadPriceFile } from "../manifest/price-file.ts";
import { resolvePricesPath } from "../plan/campaign.ts";
import { sha256 } from "../plan/fingerprint.ts";
import { applyPriceFile, makePlan } from "../plan/make-plan.ts";
import { selectLines } from "../plan/select-lines.ts";
import type { Plan } from "../plan/plan.ts";
import { formatSeverityCounts } from "../report/formats/diagnostics-text.ts";
import type { Shell } from "./shell.ts";

export type LoadedManifest = ReadManifest & { readonly sha256: string | null };

/** Loads every file that a command names. A file that cannot be read has a complaint like any other. */
export async function loadManifests(
  shell: Shell,
  paths: readonly string[],
): Promise<readonly LoadedManifest[]> {
  const seen = new Set<string>();
  const loaded: LoadedManifest[] = [];
  for (const path of paths) {
    const name = path === "-" ? "<stdin>" : path;
    if (seen.has(normalize(path))) {
      loaded.push(makeUnreadable(name, error("file", `${toPrintable(name)} is given twice`, null)));
      continue;
    }
    seen.add(normalize(path));
    const read = await loadText(shell, path, name);
    if (!read.ok) loaded.push(makeUnreadable(name, read.problem));
    else if (isPlanFile(read.value.source.text))
      loaded.push(makeUnreadable(name, complainOfSavedPlan(name)));
    else loaded.push({ ...readManifest(read.value.source), sha256: sha256(read.value.bytes) });
  }
  return loaded;
}

/** Loads the user's own price file: `--prices`, or the one that a manifest names, beside that manifest. */
export async function loadPrices(
  shell: Shell,
  option: string | undefined,
  manifests: readonly LoadedManifest[],
): Promise<ReadPriceFile | null> {
  const naming = manifests.find((read) => (read.manifest?.prices ?? null) !== null);
  const manifest = naming?.manifest ?? null;
  const path = option ?? (manifest === null ? null : resolvePricesPath(manifest));
  if (path === null) return null;
  const read = await loadText(shell, path, path);
  if (read.ok) return readPriceFile(read.value.source);
  const place =
    option === undefined ? (naming?.manifest?.yaml.findPlace(["prices"]) ?? null) : null;
  return makeUnreadablePrices(path, { ...read.problem, place });
}

/** Loads a price file without a manifest. */
export async function loadPriceFile(shell: Shell, path: string): Promise<ReadPriceFile> {
  const read = await loadText(shell, path, path);
  return read.ok ? readPriceFile(read.value.source) : makeUnreadablePrices(path, read.problem);
}

function makeUnreadablePrices(path: string, complaint: Diagnostic): ReadPriceFile {
  return { source: new SourceText(path, ""), file: null, diagnostics: [complaint] };
}

interface LoadedText {
  readonly source: SourceText;
  readonly bytes: Uint8Array;
}

async function loadText(
  shell: Shell,
  path: string,
  name: string,
): Promise<Result<LoadedText, Diagnostic>> {
  if (path === "-" && name === "-") {
    return failure(error("file", "a price file cannot come through standard input", null));
  }
  const bytes = await shell.read(path);
  if (!(bytes instanceof Uint8Array)) return failure(describeDiskFault(name, bytes, "read"));
  const source = decodeText(name, bytes);
  return source.ok ? ok({ source: source.value, bytes }) : source;
}

/** Explains why a file cannot be read or written. A path that leads nowhere is the command's mistake; a full disk is not. */
export function makeDiskProblem(...given: Parameters<typeof describeDiskFault>): Problem {
  const [, { fault }] = given;
  const found = describeDiskFault(...given);
  const isWrong = fault === "missing" || fault === "directory" || fault === "exists";
  return { kind: isWrong ? "wrong" : "failed", message: found.message, diagnostics: [found] };
}

/** `ifThere`: the hint if the file exists and may not be replaced. */
export function describeDiskFault(
  path: string,
  fault: DiskFault,
  verb: "read" | "write",
  ifThere = "name another file",
): Diagnostic {
  const name = toPrintable(path);
  switch (fault.fault) {
    case "missing": {
      const near = findNearest(
        path,
        fault.neighbours.map((neighbour) => neighbour.replace(/^\.\//, "")),
      );
      const hint = near === undefined ? undefined : `did you mean ${quote(near)}?`;
      const what = verb === "read" ? "there is no file" : "there is no folder for";
      return error("file", `${what} ${name}`, null, hint);
    }
    case "directory":
      return error("file", `${name} is a folder, not a file`, null);
    case "denied":
      return error("file", `${name} may not be ${verb === "read" ? "read" : "written"}`, null);
    case "exists":
      return error("file", `${name} is there already`, null, ifThere);
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

/** Whether a text is a saved plan, of any version, and not a manifest. */
export function isPlanFile(text: string): boolean {
  return /^\ufeff?\s*\{/.test(text) && /"schema"\s*:\s*"topsheet\/plan@/.test(text);
}

function complainOfSavedPlan(name: string): Diagnostic {
  const message = `${toPrintable(name)} is a saved plan, not a manifest`;
  return error("file", message, null, "`run`, `approve` and `diff` take it");
}

function makeUnreadable(name: string, complaint: Diagnostic): LoadedManifest {
  return {
    source: new SourceText(name, ""),
    manifest: null,
    diagnostics: [complaint],
    sha256: null,
  };
}

/** The plan that a command works on: made from its manifests, or saved before. */
export interface LoadedPlan {
  readonly plan: Plan;
  readonly saved: SavedPlan | null;
}

export interface SavedPlan {
  readonly path: string;
  /** SHA-256 (hex) of the file's bytes. */
  readonly sha256: string;
  /** The id of the ledger that it was made against; null if there was none. */
  readonly ledger: string | null;
  /** When it was made, as it says. */
  readonly created: string;
  /** Keys of lines that it says are bought again because their input changed. */
  readonly rebuys: ReadonlySet<string>;
}

export interface LoadOptions {
  readonly only: readonly string[];
  readonly prices?: string;
  /** Reads a saved plan with the costs that it states, not those of today. */
  readonly asSaved?: true;
}

/** Returns how both sides of a comparison are read: as they were saved. */
export function toCompare({ prices }: { readonly prices?: string }): LoadOptions {
  return { only: [], asSaved: true, ...(prices === undefined ? {} : { prices }) };
}

/** Why nothing could be loaded. */
export interface NotLoaded extends Problem {
  /** Empty if it could not be read. */
  readonly campaign: string;
}

/** Returns a problem as GitHub is told it: mistakes at their lines, or the message. */
export function listDiagnostics({ message, diagnostics }: Problem): readonly Diagnostic[] {
  return diagnostics ?? [error("file", message, null)];
}

/** Reads manifests or one saved plan. */
export async function loadPlan(
  shell: Shell,
  files: readonly string[],
  options: LoadOptions,
): Promise<Result<LoadedPlan, NotLoaded>> {
  // Each is read once: standard input cannot be read twice, and a file may change in between.
  const read = new Map<string, Uint8Array | DiskFault>();
  for (const path of files) read.set(path, read.get(path) ?? (await shell.read(path)));
  const again: Shell = {
    ...shell,
    read: async (path) => read.get(path) ?? (await shell.read(path)),
  };
  for (const [path, bytes] of read) {
    if (!(bytes instanceof Uint8Array)) continue;
    const text = new TextDecoder().decode(bytes);
    if (!isPlanFile(text)) continue;
    return files.length > 1
      ? refuseToLoad(`${toPrintable(path)} is a saved plan: it is taken alone`, "wrong")
      : await loadSavedPlan(shell, { path, text, sha256: sha256(bytes) }, options);
  }
  return await planManifests(again, files, options);
}

async function planManifests(
  shell: Shell,
  files: readonly string[],
  options: LoadOptions,
): Promise<Result<LoadedPlan, NotLoaded>> {
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const { plan, origin, diagnostics } = makePlan({ manifests, prices, only: options.only });
  return plan === null
    ? refuseMistakes(origin.campaign.name, diagnostics)
    : ok({ plan, saved: null });
}

function refuseMistakes(
  campaign: string,
  diagnostics: readonly Diagnostic[],
): Result<never, NotLoaded> {
  return failure({
    kind: "wrong",
    message: formatSeverityCounts(diagnostics),
    campaign,
    diagnostics,
  });
}

function refuseToLoad(
  message: string,
  kind: Problem["kind"],
  details: readonly string[] = [],
): Result<never, NotLoaded> {
  return failure({ kind, message, details, campaign: "" });
}

const MOST_TOLD = 20;

async function loadSavedPlan(
  shell: Shell,
  file: { readonly path: string; readonly text: string; readonly sha256: string },
  { only, prices, asSaved }: LoadOptions,
): Promise<Result<LoadedPlan, NotLoaded>> {
  // Manifests are read without it.
  const { readPlanAsSaved, readPlanFile, readPriceFileName } = await import("../plan/plan-file.ts");
  // What it says it costs needs no prices.
  const named = prices ?? (asSaved === true ? null : readPriceFileName(file.text));
  const own = named === null ? null : await loadPriceFile(shell, named);
  if (own !== null && hasErrors(own.diagnostics)) return refuseMistakes("", own.diagnostics);
  const read = (asSaved === true ? readPlanAsSaved : readPlanFile)(
    file.text,
    applyPriceFile(own).book,
  );
  const name = toPrintable(file.path);
  if (!read.ok) {
    const { problem: problems } = read;
    const more = problems.length - MOST_TOLD;
    const details = [...problems.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more`] : [])];
    return asSaved === true
      ? refuseToLoad(`${name} is not a plan that can be read`, "wrong", details)
      : refuseToLoad(
          `${name} is not a plan that can be bought: plan it again`,
          "not-approved",
          details,
        );
  }
  const { plan, ledger, created, rebuys } = read.value;
  const { selects, diagnostics } = selectLines(only, plan.lines);
  if (hasErrors(diagnostics)) return refuseMistakes(plan.campaign.name, diagnostics);
  const chosen = { ...plan, lines: plan.lines.filter(selects) };
  const { path, sha256: print } = file;
  return ok({ plan: chosen, saved: { path, sha256: print, ledger, created, rebuys } });
}
