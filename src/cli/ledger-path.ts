import { dirname, join, resolve } from "node:path";
import { printable } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { isPostgres, hidePassword } from "../ledger/postgres-url.ts";
import type { Ledgers, Shell } from "./shell.ts";

/** Where a ledger is found without being named, from the folder of the work. */
export const USUAL_PLACE = join(".topsheet", "ledger.sqlite");

/** The ledger that a command means, and how it came to mean it. */
interface LedgerPath {
  readonly path: string;
  readonly by: "option" | "environment" | "nearest";
}

/** Null if there is none: `--ledger`, then TOPSHEET_LEDGER, then the nearest ledger at or above the files, if it is the same for all of them. */
export async function ledgerPath(
  { ledgers }: Shell,
  option: string | undefined,
  files: readonly string[],
): Promise<Result<LedgerPath | null>> {
  if (option !== undefined) return ok({ path: option, by: "option" });
  if (ledgers.named !== null) return ok({ path: ledgers.named, by: "environment" });
  const meant = new Map<string, { readonly path: string; readonly by: string[] }>();
  const without: string[] = [];
  for (const file of files.length === 0 ? ["-"] : files) {
    const found = await nearestTo(ledgers, file);
    if (found.length === 0) without.push(file);
    for (const path of found) {
      const real = await ledgers.real(path);
      const one = meant.get(real) ?? { path, by: [] };
      one.by.push(file);
      meant.set(real, one);
    }
  }
  const [first, ...others] = meant;
  if (first === undefined) return ok(null);
  const [real, { path }] = first;
  // From a file that has none above it, its part of the campaign would later be bought under a ledger of its own.
  const strays = without.length > 0 && !(await isNearestHere(ledgers, real));
  return others.length === 0 && !strays
    ? ok({ path, by: "nearest" })
    : refused(severalInWords([...meant.values()], strays ? without : []), "not-approved");
}

/** The nearest ledger at or above a ledger that is to be made: the new one would hide it. */
export async function ledgerAbove({ ledgers }: Shell, path: string): Promise<string | null> {
  if (isPostgres(path)) return null;
  return (await nearestTo(ledgers, path))[0] ?? null;
}

/** A file may be reached through links: both the folder that is named and the real one count. */
async function nearestTo(ledgers: Ledgers, file: string): Promise<readonly string[]> {
  const folders = file === "-" ? ["."] : [dirname(file), dirname(await ledgers.real(file))];
  const found = await Promise.all(folders.map(async (folder) => await ledgers.nearest(folder)));
  return [...new Set(found.filter((path) => path !== null))];
}

async function isNearestHere(ledgers: Ledgers, real: string): Promise<boolean> {
  const nearest = await ledgers.nearest(".");
  return nearest !== null && (await ledgers.real(nearest)) === real;
}

function severalInWords(
  meant: readonly { readonly path: string; readonly by: readonly string[] }[],
  without: readonly string[],
): string {
  const each = meant.map(({ path, by }) => `${listed(by)} → ${ledgerName(path)}`);
  const none = without.length === 0 ? [] : [`${listed(without)} → none`];
  return `the files do not mean the same ledger (${[...each, ...none].join("; ")}): name the one that this campaign is bought under with --ledger; \`topsheet status --ledger FILE\` shows what a ledger has`;
}

function listed(files: readonly string[]): string {
  return [...new Set(files)]
    .map((file) => (file === "-" ? "standard input" : printable(file)))
    .join(", ");
}

/** A ledger as people may see it: a file's path, or a server's address without the password in it. */
export function ledgerName(path: string): string {
  return printable(hidePassword(path));
}

/** The same from the root, where it has to be plain which file is meant. */
export function fullLedgerName(path: string): string {
  return ledgerName(isPostgres(path) ? path : resolve(path));
}
