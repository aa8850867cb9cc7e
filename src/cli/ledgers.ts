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

/**
 * Takes `--ledger`, then TOPSHEET_LEDGER, then the nearest ledger at or above the files, if it is the same for all of
 * them. Returns null if there is none.
 */
export async function findLedgerPath(
  { ledgers }: Shell,
  option: string | undefined,
  files: readonly string[],
): Promise<Result<LedgerPath | null>> {
  if (option !== undefined) return ok({ path: option, by: "option" });
  if (ledgers.named !== null) return ok({ path: ledgers.named, by: "environment" });
  const meant = new Map<string, { readonly path: string; readonly by: string[] }>();
  const without: string[] = [];
  for (const file of files.length === 0 ? ["-"] : files) {
    const found = await findNearestTo(ledgers, file);
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

/** Finds the nearest ledger at or above one that is to be made: the new one would hide it. */
export async function findLedgerAbove({ ledgers }: Shell, path: string): Promise<string | null> {
  if (isPostgres(path)) return null;
  return (await findNearestTo(ledgers, path))[0] ?? null;
}

/** A file may be reached through links: both the folder that is named and the real one count. */
async function findNearestTo(ledgers: Ledgers, file: string): Promise<readonly string[]> {
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
  const each = meant.map(({ path, by }) => `${listFiles(by)} → ${formatLedgerName(path)}`);
  const none = without.length === 0 ? [] : [`${listFiles(without)} → none`];
  return `the files do not mean the same ledger (${[...each, ...none].join("; ")}): name the one that this campaign is bought under with --ledger; \`topsheet status --ledger FILE\` shows what a ledger has`;
}

function listFiles(files: readonly string[]): string {
  return [...new Set(files)]
    .map((file) => (file === "-" ? "standard input" : toPrintable(file)))
    .join(", ");
}

/** Formats a ledger as people may see it: a file's path, or a server's address without its password. */
export function formatLedgerName(path: string): string {
  return toPrintable(hidePassword(path));
}

/** Formats it from the root, if it has to be plain which file is meant. */
export function formatFullLedgerName(path: string): string {
  return formatLedgerName(isPostgres(path) ? path : resolve(path));
}

/** Opens the ledger that a command means and runs its work. Prints what is wrong with it, and returns the exit code. */
export async function withLedger(
  shell: Shell,
  option: string | undefined,
  use: "read" | "write",
  work: (ledger: Ledger, path: string) => Promise<number>,
): Promise<number> {
  const found = await findLedgerPath(shell, option, []);
  if (!found.ok) return refuse(shell, found.problem);
  if (found.value === null) {
    return refuse(shell, "there is no ledger here or above: name it with --ledger");
  }
  const { path } = found.value;
  const named = async (ledger: Ledger): Promise<number> => await work(ledger, hidePassword(path));
  return toExitCode(shell, await openForWork(shell, path, use, named, NAMED_WRONGLY));
}

/** Reads the ledger that the files of a command mean; `work` is given null if there is none, for none is made. */
export async function readLedger<T>(
  shell: Shell,
  option: string | undefined,
  files: readonly string[],
  work: (book: LedgerBook | null) => Promise<T>,
): Promise<Result<T>> {
  const found = await findLedgerPath(shell, option, files);
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
    return toExitCode(shell, await guardLedger(path, work));
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

/** Returns the exit code of work on a ledger. Prints the problem if there is one. */
export function toExitCode(shell: Shell, worked: Result<number>): number {
  return worked.ok ? worked.value : refuse(shell, worked.problem);
}

/** Warns that what is recorded in a ledger for rehearsals does not apply to real purchases. */
export function tellRehearsal(shell: Shell, { purpose }: LedgerBook): void {
  if (purpose === "rehearsal") shell.err("REHEARSAL: nothing real is bought under this ledger.\n");
}

/**
 * Describes what is wrong with a ledger, and what to do. If it is missing, the reader has to name another: an empty one
 * would tell nothing. `nearest`: the ledger of the folder that the command runs in.
 */
function describeTrouble(
  { trouble, message }: LedgerFault,
  path: string,
  nearest: string | null,
): string {
  const name = formatLedgerName(path);
  switch (trouble) {
    case "missing":
      if (message.includes("moved")) return toPrintable(message);
      return nearest === null
        ? `there is no ledger ${name}: name one that is there with --ledger`
        : `there is no ledger ${name}; the ledger of this folder is ${formatFullLedgerName(nearest)}`;
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

/** A ledger that a command writes to. */
interface OpenedLedger {
  /** It is blank until it is made. */
  readonly ledger: Ledger;
  readonly path: string;
  /** Makes the ledger after someone has said yes; null if it exists. */
  readonly make: (() => Promise<Ledger>) | null;
}

/**
 * Opens the ledger that a command writes to. On a terminal it may be made if there is none. Elsewhere only `ledger init`
 * makes one, however it is named: under a new ledger in place of a lost one, everything would be bought again unseen.
 */
export async function openLedgerToWrite(
  shell: Shell,
  files: readonly string[],
  option: string | undefined,
  /** Explains why no ledger is made if there is none; null if one may be made. */
  unmade: ((name: string) => string) | null = null,
): Promise<Result<OpenedLedger>> {
  const no = (problem: string): Result<never> => refused(problem, "not-approved");
  const meant = await findLedgerPath(shell, option, files);
  if (!meant.ok) return meant;
  const found = meant.value;
  const path = found?.path ?? (await chooseFirstPlace(shell.ledgers, files));
  if (path === null) return no(NO_COMMON_FOLDER);
  const name = formatLedgerName(path);
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
    const above = await findLedgerAbove(shell, path);
    if (above !== null) return no(explainHidden(path, above));
    const ledger = await shell.ledgers.blank();
    return ok({ ledger, path, make: async () => await makeLedger(shell, path) });
  });
  return opened.ok ? opened.value : opened;
}

/** If several first runs start at once, all of them continue with the ledger that one of them made. */
async function makeLedger(shell: Shell, path: string): Promise<Ledger> {
  try {
    const ledger = await shell.ledgers.create(path, "real");
    shell.err(`${formatFullLedgerName(path)} made: it remembers what was bought. Keep it.\n`);
    return ledger;
  } catch (cause) {
    if (!(cause instanceof LedgerFault) || cause.trouble !== "there-already") throw cause;
    const ledger = await shell.ledgers.open(path, "write");
    if (ledger.purpose === "real") return ledger;
    ledger.close();
    throw new LedgerFault("failed", "it was made for rehearsals meanwhile");
  }
}

/** Explains why no ledger is made below another, and what to paste if it is meant to be. */
export function explainHidden(path: string, above: string): string {
  return `${formatLedgerName(above)} is at or above the folder of ${formatLedgerName(path)}, and a campaign is bought under one ledger: use that one, or, for a ledger of its own, \`topsheet ledger init --nested ${quoteForShell(path)}\``;
}

const NO_COMMON_FOLDER =
  "there is no ledger, and no folder of these files is above all of them: name the one that this campaign is bought under with --ledger, or make one with `topsheet ledger init FILE`";

/**
 * Chooses where a first ledger goes: into the folder that the command was started in if all files lie below it, or else
 * beside the file that is above the others: beside the file itself, not beside a link to it, for there it is found
 * without the link too. Returns null if none of these has all files below it: they would not all find it.
 */
async function chooseFirstPlace(
  ledgers: Ledgers,
  files: readonly string[],
): Promise<string | null> {
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

/** Refuses to make a ledger for a plan or a worker that already belongs to one. */
export function explainMissingLedger(name: string): string {
  return `there is no ledger ${name}: name the plan's own with --ledger`;
}

/** Whether a plan was saved against this ledger, or against one that its campaign was in before. */
export async function isPlansLedger(
  saved: { readonly ledger: string | null } | null,
  book: LedgerBook,
  campaign: string,
): Promise<boolean> {
  const id = saved?.ledger ?? book.id;
  return id === book.id || (await book.moves(campaign)).formerly.includes(id);
}

/** Throws if a campaign has moved to another ledger: this one does not know all of it. */
export async function requireHere(book: LedgerBook, campaign: string): Promise<void> {
  const { sealed } = await book.moves(campaign);
  if (sealed !== null) throw new LedgerFault("sealed", `${campaign} has moved to ${sealed.into}`);
}
