import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { errorCode } from "../../diagnostics/errors.ts";
import { LedgerFault, type LedgerTrouble, makeOutOfDateFault } from "../fault.ts";
import { APPLICATION_ID } from "./tables.ts";

// Checks the file under a ledger and what lies beside it.

/** Until a ledger is complete, its file has its name, the id of the process that creates it, and this ending. */
export const UNFINISHED = ".new";

// A wait inside SQLite blocks the event loop, so it is short.
const BLOCKED_MS = 20;

// SQLite applies whatever journal or log lies beside a file, and cannot tell whose it is: another ledger's log has
// replaced rows, another one's journal has cut a ledger from 40 rows to 3. So a file is inspected before SQLite opens
// it. A file that appears between this inspection and SQLite's own, or while the ledger is open, is not noticed; nor is
// the journal of a copy that has had exactly as many commits since the two parted.

/** The parts of an SQLite file's first page that are inspected (sqlite.org/fileformat.html, 1.3). */
const HEADER = 100;
const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
/** At byte 18: changes are in a log beside the file, as in ledgers of older topsheets. */
const LOGGED = 2;
const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");
const JOURNAL_HEADER = 28;
// The checksum of a page in a journal adds up every 200th byte.
const SUMMED_EVERY = 200;

/** Returns the files beside a ledger that SQLite would read. */
function filesBeside(file: string): { readonly journal: string; readonly log: string } {
  return { journal: `${file}-journal`, log: `${file}-wal` };
}

/**
 * Throws unless the file is a ledger with no foreign file beside it. Call it only while this process has no connection
 * to the file: closing it here would release every lock that the process has on it.
 */
export function inspectLedger(file: string): void {
  const stranger = findForeignFile(file);
  if (stranger === null) {
    if (readBytes(file, 0, HEADER)[18] === LOGGED) absorbLog(file);
    return;
  }
  // A commit in progress changes what is read in pieces; a file that nobody writes looks the same twice.
  if (findForeignFile(file)?.print !== stranger.print) {
    throw new LedgerFault("locked", `${file} is being written`);
  }
  const what = "another ledger's, or from another time, and would change its contents";
  const then = `If ${file} is the ledger that you mean, move the other file away`;
  const word = `${stranger.path} lies beside ${file} and is not its own: it is ${what}`;
  throw new LedgerFault("denied", `${word}. Nothing was changed. ${then}`);
}

interface ForeignFile {
  readonly path: string;
  /** Everything that was inspected. */
  readonly print: string;
}

function findForeignFile(file: string): ForeignFile | null {
  const { journal, log } = filesBeside(file);
  const header = readBytes(file, 0, HEADER);
  if (!header.subarray(0, 16).equals(MAGIC) || header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new LedgerFault("not-a-ledger", `${file} is not a topsheet ledger`);
  }
  const print = (...parts: readonly Buffer[]): string =>
    Buffer.concat([header, ...parts]).toString("latin1");
  if (header[18] !== LOGGED && fileSize(log) > 0) return { path: log, print: print() };
  const head = readBytes(journal, 0, JOURNAL_HEADER);
  // For SQLite, a journal that begins with a zero was never complete.
  if (head[0] === 0) {
    // SQLite would miss only those pages that it is asked for.
    const whole =
      header[18] === LOGGED || fileSize(file) >= header.readUInt32BE(28) * readPageSize(header);
    if (!whole) throw new LedgerFault("damaged", "its end is missing");
    return null;
  }
  const first = readFirstPage(journal, head, header);
  if (first !== null && isOwn(first, head, header)) return null;
  return { path: journal, print: print(head, first ?? Buffer.alloc(0)) };
}

/** Returns whether this is the first page from before the commit that the file has in part, or not at all. */
function isOwn(first: Buffer, journalHead: Buffer, header: Buffer): boolean {
  if (first.readUInt32BE(68) !== APPLICATION_ID) return false;
  // The number of pages, in the journal and in its first page.
  if (first.readUInt32BE(28) !== journalHead.readUInt32BE(16)) return false;
  const [before, now] = [first.readUInt32BE(24), header.readUInt32BE(24)];
  if (before === now) return first.subarray(0, HEADER).equals(header);
  return ((before + 1) & 0xffffffff) >>> 0 === now;
}

/** Returns the first page from a journal; null if the journal has no valid one. */
function readFirstPage(journal: string, head: Buffer, header: Buffer): Buffer | null {
  if (!head.subarray(0, 8).equals(JOURNAL_MAGIC)) return null;
  const size = head.readUInt32BE(24);
  if (size !== readPageSize(header)) return null;
  const [records, nonce, sector] = [8, 12, 20].map((at) => head.readUInt32BE(at));
  if (records === undefined || nonce === undefined || sector === undefined) return null;
  if (sector + records * (size + 8) > fileSize(journal)) return null;
  // A commit adds it last.
  for (let turn = records - 1; turn >= 0; turn -= 1) {
    const at = sector + turn * (size + 8);
    if (readBytes(journal, at, 4).readUInt32BE(0) !== 1) continue;
    const record = readBytes(journal, at + 4, size + 4);
    const page = record.subarray(0, size);
    let sum = nonce;
    for (let byte = size - SUMMED_EVERY; byte > 0; byte -= SUMMED_EVERY) sum += page[byte] ?? 0;
    return sum >>> 0 === record.readUInt32BE(size) ? page : null;
  }
  return null;
}

function readPageSize(header: Buffer): number {
  const size = header.readUInt16BE(16);
  return size === 1 ? 65_536 : size;
}

/** Reads these bytes of a file; returns zeros if there are none. */
function readBytes(path: string, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return bytes;
    throw cause;
  }
  try {
    readSync(file, bytes, 0, length, at);
    return bytes;
  } finally {
    closeSync(file);
  }
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Returns the file behind a path and its links. */
export function resolveFile(path: string): string {
  try {
    const file = realpathSync(path);
    if (statSync(file).isFile()) return file;
  } catch (cause) {
    if (!NOT_THERE.has(errorCode(cause))) throw cause;
    throw new LedgerFault("missing", `there is no ledger ${path}`);
  }
  throw new LedgerFault("not-a-ledger", `${path} is not a file`);
}

const NOT_THERE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);

/** Throws a fault with the reason if a ledger cannot be written. */
export function refuseUnwritable(file: string): void {
  const may = (path: string, what: number): boolean => {
    try {
      accessSync(path, what);
      return true;
    } catch (cause) {
      return toSqliteFault(cause).trouble !== "denied";
    }
  };
  if (!may(file, constants.W_OK)) throw new LedgerFault("denied", `${file} cannot be written`);
  const folder = dirname(file);
  if (!may(folder, constants.W_OK | constants.X_OK)) {
    const why = "where a ledger's journal is created";
    throw new LedgerFault("denied", `the folder ${folder}, ${why}, cannot be written`);
  }
  refuseSecondName(file);
}

/** SQLite names the journal after the path that was opened: a reader of the other name would not find it. */
export function refuseSecondName(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.nlink ?? 1) === 1) return;
  // The process that created it was stopped before it could remove the unfinished name.
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(UNFINISHED)) continue;
    const other = join(dirname(path), name);
    if (fileIdentity(other) === fileIdentity(path)) removeQuietly(other);
  }
  if ((statSync(path, { throwIfNoEntry: false })?.nlink ?? 1) === 1) return;
  const word =
    "has a second name (a hard link), under which half a commit could be read: remove one";
  throw new LedgerFault("denied", `${path} ${word}`);
}

/** Throws if a ledger of an older topsheet, which has to be migrated, cannot be written. */
export function refuseOutOfDate(file: string): void {
  try {
    refuseUnwritable(file);
  } catch (cause) {
    throw makeOutOfDateFault(toSqliteFault(cause).message);
  }
}

/** Throws if a new ledger would have a foreign journal or log beside it. Removes nothing. */
export function refuseLeftovers(path: string): void {
  if (existsSync(path)) return;
  for (const left of Object.values(filesBeside(path))) {
    if (fileSize(left) === 0) continue;
    const word = `is left over from another ledger, or belongs to a ${path} that was moved away`;
    throw new LedgerFault("denied", `${left} ${word}. Move it away, or bring its ledger back`);
  }
}

/** Merges a ledger and its log into one file for good: this program keeps no logs. */
function absorbLog(file: string): void {
  refuseOutOfDate(file);
  if (fileSize(filesBeside(file).log) > 0) refuseForeignLog(file);
  const alone = new Database(file, { timeout: BLOCKED_MS });
  try {
    // Fails while anyone has it open, even another process that tries the same, so each closes it before trying again;
    // a prepared statement would keep it open.
    alone.exec("PRAGMA synchronous = FULL; PRAGMA journal_mode = TRUNCATE");
  } finally {
    alone.close();
  }
}

/**
 * The bytes of a log do not say whose it is. So this checks the ledger together with the log: it has to be intact, of
 * the same id, and have the last entry that it has without the log. Both are opened read only, for closing a ledger
 * merges its log.
 */
function refuseForeignLog(file: string): void {
  const { log } = filesBeside(file);
  const url = pathToFileURL(file).href;
  const known = readFactsWithoutLog(`${url}?immutable=1`);
  const together = new Database(`${url}?mode=ro`, { timeout: BLOCKED_MS });
  try {
    together.exec("CREATE TEMP TABLE own (is_own NOT NULL CHECK (is_own = 1))");
    together.exec("INSERT INTO own SELECT integrity_check = 'ok' FROM pragma_integrity_check");
    for (const sql of known) together.exec(`INSERT INTO own SELECT (${sql})`);
  } catch (cause) {
    const fault = toSqliteFault(cause);
    if (!["failed", "damaged", "not-a-ledger"].includes(fault.trouble)) throw fault;
    throw new LedgerFault("denied", `${log} lies beside ${file} and is not its own`);
  } finally {
    together.close();
  }
}

/** Returns SQL conditions that have to stay true when the log is added. */
function readFactsWithoutLog(url: string): readonly string[] {
  const alone = new Database(url, {});
  const found = (sql: string): readonly unknown[] => {
    try {
      return alone.prepare(sql).pluck().all();
    } catch {
      // The power failed while its log was being merged: without the log, it is not readable.
      return [];
    }
  };
  const known = [
    ...found(
      "SELECT quote(value) || ' = (SELECT value FROM about WHERE name = ''id'')' FROM about WHERE name = 'id'",
    ),
    ...found(
      "SELECT quote(fact) || ' = (SELECT fact FROM entries WHERE seq = ' || seq || ')' FROM entries ORDER BY seq DESC LIMIT 1",
    ),
  ];
  alone.close();
  return known.map(String);
}

/** Removes a file if it can. Below something that is no folder, even removing nothing is an error. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
  }
}

/** Gives a finished file its name unless that is taken; some file systems have no links. */
export function nameFile(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (cause) {
    if (errorCode(cause) === "EEXIST" || existsSync(path)) throw cause;
    renameSync(unfinished, path);
  }
  // A name is durable once its folder is synced, if the system can do that.
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    try {
      const opened = openSync(folder, "r");
      fsyncSync(opened);
      closeSync(opened);
    } catch (cause) {
      toSqliteFault(cause);
    }
  }
}

/** Names the file behind a path; returns an empty text if there is none. */
export function fileIdentity(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev} ${stat.ino}`;
}

/** Converts a fault of the driver or the file system; rethrows our own mistakes. */
export function toSqliteFault(cause: unknown): LedgerFault {
  if (cause instanceof LedgerFault) return cause;
  const code = errorCode(cause);
  if (!(cause instanceof Error) || code === "") throw cause;
  return new LedgerFault(classifySqliteError(code, cause.message), cause.message);
}

function classifySqliteError(code: string, message: string): LedgerTrouble {
  // The driver gives a message without a code if a file may not be opened.
  if (/unable to open|readonly|permission/i.test(message)) return "denied";
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return "locked";
  if (code === "SQLITE_FULL" || code === "ENOSPC") return "full";
  if (code === "EEXIST") return "there-already";
  if (code === "SQLITE_NOTADB") return "not-a-ledger";
  if (code.startsWith("SQLITE_CORRUPT")) return "damaged";
  if (/^(SQLITE_(READONLY|CANTOPEN).*|EACCES|EPERM|EROFS)$/.test(code)) return "denied";
  return "failed";
}
