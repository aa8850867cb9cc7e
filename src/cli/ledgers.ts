import { dirname, join, resolve, sep } from "node:path";
import { toPrintable, quoteForShell } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { LedgerFault, type LedgerTrouble } from "../ledger/fault.ts";
import type { Ledger, LedgerBook } from "../ledger/ledger.ts";
import { isPostgres, hidePassword } from "../ledger/postgres-url.ts";
import { refuse } from "./refuse.ts";
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
    : refused(explainSeveralLedgers([...meant.values()], strays ? without : []), "not-approved");
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

function explainSeveralLedgers(
  meant: readonly { readonly path: string; readonly by: readonly string[] }[],
  without: readonly string[],
): string {
  const each = meant.map(({ path, by }) => `${listed(by)} → ${ledgerName(path)}`);
  const none = without.length === 0 ? [] : [`${listed(without)} → none`];
  return `the files do not mean the same ledger (${[...each, ...none].join("; ")}): name the one that this campaign is bought under with --ledger; \`topsheet status --ledger FILE\` shows what a ledger has`;
}

function listed(files: readonly string[]): string {
  return [...new Set(files)]
    .map((file) => (file === "-" ? "standard input" : toPrintable(file)))
    .join(", ");
}

/** A ledger as people may see it: a file's path, or a server's address without the password in it. */
export function ledgerName(path: string): string {
  return toPrintable(hidePassword(path));
}

/** The same from the root, where it has to be plain which file is meant. */
export function fullLedgerName(path: string): string {
  return ledgerName(isPostgres(path) ? path : resolve(path));
}

/** Opens the ledger that a command means and runs its work. Prints what is wrong with it, and returns the exit code. */
export async function withLedger(
  shell: Shell,
  option: string | undefined,
  use: "read" | "write",
  work: (ledger: Ledger, path: string) => Promise<number>,
): Promise<number> {
  const found = await ledgerPath(shell, option, []);
  if (!found.ok) return refuse(shell, found.problem);
  if (found.value === null) {
    return refuse(shell, "there is no ledger here or above: name it with --ledger");
  }
  const { path } = found.value;
  const named = async (ledger: Ledger): Promise<number> => await work(ledger, hidePassword(path));
  return exitCodeFor(shell, await openForWork(shell, path, use, named, NAMED_WRONGLY));
}

/** Reads the ledger that the files of a command mean; `work` is given null if there is none, for none is made. */
export async function readLedger<T>(
  shell: Shell,
  option: string | undefined,
  files: readonly string[],
  work: (book: LedgerBook | null) => Promise<T>,
): Promise<Result<T>> {
  const found = await ledgerPath(shell, option, files);
  if (!found.ok) return found;
  return found.value === null
    ? ok(await work(null))
    : await openForWork(shell, found.value.path, "read", work, ["missing"]);
}

/** Troubles of a ledger that the command line names, if it names another file or none. */
export const NAMED_WRONGLY: readonly LedgerTrouble[] = ["missing", "not-a-ledger"];

async function openForWork<T>(
  { ledgers }: Shell,
  path: string,
  use: "read" | "write",
  work: (ledger: Ledger) => Promise<T>,
  wrong: readonly LedgerTrouble[],
): Promise<Result<T>> {
  const worked = async (): Promise<T> => {
    const ledger = await ledgers.open(path, use);
    try {
      return await work(ledger);
    } finally {
      ledger.close();
    }
  };
  return await guardLedger(path, worked, wrong, async () => await ledgers.nearest("."));
}

/** Runs work on a ledger that is open, and closes it. Prints what goes wrong with it, and returns the exit code. */
export async function workInLedger(
  shell: Shell,
  { ledgerPath: path, close }: { readonly ledgerPath: string; close: () => void | Promise<void> },
  work: () => Promise<number>,
): Promise<number> {
  try {
    return exitCodeFor(shell, await guardLedger(path, work));
  } finally {
    await close();
  }
}

/**
 * Runs work on a ledger. Every command learns of the ledger's trouble here, as a problem. `wrong` are the troubles that
 * the command line is to blame for; the others are failures.
 */
export async function guardLedger<T>(
  path: string,
  work: () => Promise<T>,
  wrong: readonly LedgerTrouble[] = [],
  nearest: () => Promise<string | null> = async () => null,
): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    const kind = wrong.includes(cause.trouble) ? "wrong" : "failed";
    return refused(describeTrouble(cause, path, await nearest()), kind);
  }
}

/** The exit code of work on a ledger; prints why there is none. */
export function exitCodeFor(shell: Shell, worked: Result<number>): number {
  return worked.ok ? worked.value : refuse(shell, worked.problem);
}

/** What is said or raised under a ledger for rehearsals has no say over real purchases. */
export function tellRehearsal(shell: Shell, { purpose }: LedgerBook): void {
  if (purpose === "rehearsal") shell.err("REHEARSAL: nothing real is bought under this ledger.\n");
}

/**
 * What is wrong with a ledger, and what to do. Whoever finds none has to name another: an empty one would tell a reader
 * nothing. `nearest`: the one of the folder that the command runs in.
 */
function describeTrouble(
  { trouble, message }: LedgerFault,
  path: string,
  nearest: string | null,
): string {
  const name = ledgerName(path);
  switch (trouble) {
    case "missing":
      if (message.includes("moved")) return toPrintable(message);
      return nearest === null
        ? `there is no ledger ${name}: name one that is there with --ledger`
        : `there is no ledger ${name}; the ledger of this folder is ${fullLedgerName(nearest)}`;
    case "there-already":
      return `${name} is there already`;
    case "not-a-ledger":
      return `${name} is not a topsheet ledger`;
    case "newer":
      return `${name} was written by a newer topsheet: update this one`;
    case "locked":
      return `${name} was locked by another program for too long: try again`;
    case "full":
      return `${name} cannot be written: the disk is full`;
    case "denied":
      return `${name} may not be used: ${toPrintable(message)}`;
    case "sealed":
      return `${toPrintable(message)}: name that ledger with --ledger`;
    case "unreachable":
      return `${name} cannot be reached: ${toPrintable(message)}`;
    case "damaged":
    case "failed":
      return `${name} cannot be used: ${toPrintable(message)}`;
  }
}

/** A ledger to be written. */
interface OpenedLedger {
  /** A blank one for as long as it is not made. */
  readonly ledger: Ledger;
  readonly path: string;
  /** Makes it, once someone has said yes; null if it is there. */
  readonly make: (() => Promise<Ledger>) | null;
}

/**
 * The ledger that a command writes to. On a terminal it may be made if there is none; elsewhere only `ledger init`
 * makes one, however it is named: a ledger that is lost and made anew buys everything again, with no one there to
 * wonder.
 */
export async function openLedgerToWrite(
  shell: Shell,
  files: readonly string[],
  option: string | undefined,
  /** Says, of a ledger that is not there, why none is made; null if one may be. */
  unmade: ((name: string) => string) | null = null,
): Promise<Result<OpenedLedger>> {
  const no = (problem: string): Result<never> => refused(problem, "not-approved");
  const meant = await ledgerPath(shell, option, files);
  if (!meant.ok) return meant;
  const found = meant.value;
  const path = found?.path ?? (await firstPlace(shell.ledgers, files));
  if (path === null) return no(NO_COMMON_FOLDER);
  const name = ledgerName(path);
  const opened = await guardLedger(path, async (): Promise<Result<OpenedLedger>> => {
    if (await shell.ledgers.exists(path)) {
      return ok({ ledger: await shell.ledgers.open(path, "write"), path, make: null });
    }
    if (unmade !== null) return no(unmade(name));
    const { interactive } = await shell.buying();
    if (!interactive || found?.by === "environment") {
      return no(
        `there is no ledger ${name}: where this campaign has bought before, name its ledger with --ledger, or everything is bought again; for a new one, \`topsheet ledger init ${quoteForShell(hidePassword(path))}\``,
      );
    }
    const above = await ledgerAbove(shell, path);
    if (above !== null) return no(explainHidden(path, above));
    const ledger = await shell.ledgers.blank();
    return ok({ ledger, path, make: async () => await made(shell, path) });
  });
  return opened.ok ? opened.value : opened;
}

/** Of several first runs at once, all go on with the ledger of the one that made it. */
async function made(shell: Shell, path: string): Promise<Ledger> {
  try {
    const ledger = await shell.ledgers.create(path, "real");
    shell.err(`${fullLedgerName(path)} made: it remembers what was bought. Keep it.\n`);
    return ledger;
  } catch (cause) {
    if (!(cause instanceof LedgerFault) || cause.trouble !== "there-already") throw cause;
    const ledger = await shell.ledgers.open(path, "write");
    if (ledger.purpose === "real") return ledger;
    ledger.close();
    throw new LedgerFault("failed", "it was made for rehearsals meanwhile");
  }
}

/** Why no ledger is made below another, and what to paste if it is meant to be. */
export function explainHidden(path: string, above: string): string {
  return `${ledgerName(above)} is at or above the folder of ${ledgerName(path)}, and a campaign is bought under one ledger: use that one, or, for a ledger of its own, \`topsheet ledger init --nested ${quoteForShell(path)}\``;
}

const NO_COMMON_FOLDER =
  "there is no ledger, and no folder of these files is above all of them: name the one that this campaign is bought under with --ledger, or make one with `topsheet ledger init FILE`";

/**
 * Where a first ledger goes: into the folder that the command was started in if all files lie below it, or else
 * beside the file that is above the others: beside the file itself, not beside a link to it, for there it is found
 * without the link too. Null if none of these has all files below it: they would not all find it.
 */
async function firstPlace(ledgers: Ledgers, files: readonly string[]): Promise<string | null> {
  const spelled = files.map((file) => (file === "-" ? "." : dirname(file)));
  const folders: string[] = [];
  for (const file of files) {
    folders.push(file === "-" ? await ledgers.real(".") : dirname(await ledgers.real(file)));
  }
  for (const folder of [".", ...spelled, ...folders]) {
    const real = await ledgers.real(folder);
    if (folders.every((one) => isAtOrBelow(one, real))) return join(folder, USUAL_PLACE);
  }
  return null;
}

function isAtOrBelow(folder: string, top: string): boolean {
  return folder === top || folder.startsWith(top.endsWith(sep) ? top : `${top}${sep}`);
}

/** What names the ledger that it belongs to has one already. */
export function explainMissingLedger(name: string): string {
  return `there is no ledger ${name}: name the plan's own with --ledger`;
}

/** Whether a plan was saved against this ledger, or one that its campaign was in before. */
export async function isPlansLedger(
  saved: { readonly ledger: string | null } | null,
  book: LedgerBook,
  campaign: string,
): Promise<boolean> {
  const id = saved?.ledger ?? book.id;
  return id === book.id || (await book.moves(campaign)).formerly.includes(id);
}

/** Throws where a campaign goes on in another ledger: what this one knows of it is not all. */
export async function requireHere(book: LedgerBook, campaign: string): Promise<void> {
  const { sealed } = await book.moves(campaign);
  if (sealed !== null) throw new LedgerFault("sealed", `${campaign} has moved to ${sealed.into}`);
}
