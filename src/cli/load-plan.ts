import type { DiskFault } from "../disk.ts";
import { type Diagnostic, error, hasErrors } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { sha256 } from "../plan/fingerprint.ts";
import { bookOf, makePlan } from "../plan/make-plan.ts";
import { selection } from "../plan/only.ts";
import type { Plan } from "../plan/plan.ts";
import { isPlanFile, priceFileOf, readPlanAsSaved, readPlanFile } from "../plan/plan-file.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import { EXIT } from "./exit-codes.ts";
import { loadManifests, loadPriceFile, loadPrices } from "./load.ts";
import { refuse, type Refused } from "./refuse.ts";
import type { Shell } from "./shell.ts";

/** What a command is to work on: the plan of its manifests, or one that was saved. */
export interface LoadedPlan {
  readonly plan: Plan;
  readonly saved: SavedPlan | null;
}

export interface SavedPlan {
  readonly path: string;
  /** SHA-256 (hex) of the file's bytes. */
  readonly sha256: string;
  /** The ledger that it was held against; null for none. */
  readonly ledger: string | null;
  /** When it was made, as it says. */
  readonly created: string;
  /** Keys of lines that it says are bought again because their input changed. */
  readonly rebuys: ReadonlySet<string>;
}

export interface LoadOptions {
  readonly only: readonly string[];
  readonly prices?: string;
  /** A saved plan with what it says it costs, instead of what that costs today. */
  readonly asSaved?: true;
}

/** How both sides of a comparison are read: as they were saved. */
export function toCompare({ prices }: { readonly prices?: string }): LoadOptions {
  return { only: [], asSaved: true, ...(prices === undefined ? {} : { prices }) };
}

/** What could not be loaded: said already, and told once more where a page tells it. */
export interface NotLoaded extends Refused {
  /** Empty where it could not be read. */
  readonly campaign: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads manifests or one saved plan; what is wrong with them is said here. */
export async function loadPlan(
  shell: Shell,
  files: readonly string[],
  options: LoadOptions,
): Promise<LoadedPlan | NotLoaded> {
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
    if (files.length > 1) {
      return refusedFile(
        shell,
        `${printable(path)} is a saved plan: it is taken alone`,
        EXIT.wrong,
      );
    }
    return await savedPlan(shell, { path, text, sha256: sha256(bytes) }, options);
  }
  return await planOfManifests(again, files, options);
}

async function planOfManifests(
  shell: Shell,
  files: readonly string[],
  options: LoadOptions,
): Promise<LoadedPlan | NotLoaded> {
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const { plan, origin, diagnostics } = makePlan({ manifests, prices, only: options.only });
  return plan === null ? wrong(shell, origin.campaign.name, diagnostics) : { plan, saved: null };
}

function wrong(shell: Shell, campaign: string, diagnostics: readonly Diagnostic[]): NotLoaded {
  shell.err(diagnosticsText(diagnostics, shell.errScreen.colour));
  return { exit: EXIT.wrong, campaign, diagnostics };
}

function refusedFile(shell: Shell, why: string, exit: number): NotLoaded {
  return { exit: refuse(shell, why, exit), campaign: "", diagnostics: [error("file", why, null)] };
}

const MOST_TOLD = 20;

async function savedPlan(
  shell: Shell,
  file: { readonly path: string; readonly text: string; readonly sha256: string },
  { only, prices, asSaved }: LoadOptions,
): Promise<LoadedPlan | NotLoaded> {
  // What it says it costs needs no prices.
  const named = prices ?? (asSaved === true ? null : priceFileOf(file.text));
  const own = named === null ? null : await loadPriceFile(shell, named);
  if (own !== null && hasErrors(own.diagnostics)) return wrong(shell, "", own.diagnostics);
  const { plan, ledger, created, rebuys, problems } = (
    asSaved === true ? readPlanAsSaved : readPlanFile
  )(file.text, bookOf(own).book);
  const name = printable(file.path);
  if (plan === null) {
    for (const problem of problems.slice(0, MOST_TOLD)) shell.err(`  ${problem}\n`);
    const more = problems.length - MOST_TOLD;
    if (more > 0) shell.err(`  and ${more} more\n`);
    return asSaved === true
      ? refusedFile(shell, `${name} is not a plan that can be read`, EXIT.wrong)
      : refusedFile(
          shell,
          `${name} is not a plan that can be bought: plan it again`,
          EXIT.notApproved,
        );
  }
  const { selects, diagnostics } = selection(only, plan.lines);
  if (hasErrors(diagnostics)) return wrong(shell, plan.campaign.name, diagnostics);
  const chosen = { ...plan, lines: plan.lines.filter(selects) };
  const { path, sha256: print } = file;
  return { plan: chosen, saved: { path, sha256: print, ledger, created, rebuys } };
}
