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

// The file under a ledger and what lies beside it.

/** What a ledger is called until it is whole: its own name, the process that makes it, and this. */
export const UNFINISHED = ".new";

// A wait inside SQLite blocks the event loop, so it is short.
const BLOCKED_MS = 20;

// SQLite takes up whatever journal or log lies beside a file, and cannot tell whose it is: another ledger's log has
// replaced rows, another one's journal has cut a ledger from 40 rows to 3. So a file is looked at before SQLite sees
// it. What comes to lie there between this look and SQLite's own, or while the file is open, is not seen; nor is the
// journal of a copy that has had exactly as many commits since the two went apart.

/** The parts of an SQLite file's first page that are looked at (sqlite.org/fileformat.html, 1.3). */
const HEADER = 100;
const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
/** At byte 18: changes are in a log beside the file. Older topsheets kept ledgers so. */
const LOGGED = 2;
const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");
const JOURNAL_HEADER = 28;
// Of every page, SQLite sums up each two hundredth byte.
const SUMMED_EVERY = 200;

/** Which files beside a ledger SQLite would read. */
function filesBeside(file: string): { readonly journal: string; readonly log: string } {
  return { journal: `${file}-journal`, log: `${file}-wal` };
}

/**
 * Throws unless the file is a ledger with nothing beside it that is not its own. Only while this process has no
 * connection to the file: closing it here would take away every lock that the process has on it.
 */
export function inspectLedger(file: string): void {
  const stranger = findForeignFile(file);
  if (stranger === null) {
    if (readBytes(file, 0, HEADER)[18] === LOGGED) absorbLog(file);
    return;
  }
  // A commit that is going on changes what is read in pieces; what nobody writes looks the same twice.
  if (findForeignFile(file)?.print !== stranger.print) {
    throw new LedgerFault("locked", `${file} is being written`);
  }
  const what = "another ledger's, or of another time, and would change what is in it";
  const then = `If ${file} is the ledger that you mean, move the other file away`;
  const word = `${stranger.path} lies beside ${file} and is not its own: it is ${what}`;
  throw new LedgerFault("denied", `${word}. Nothing was changed. ${then}`);
}

interface ForeignFile {
  readonly path: string;
  /** All that was looked at. */
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
  // As SQLite has it: what begins with a zero was never complete.
  if (head[0] === 0) {
    // SQLite would miss no more than the pages that it is asked for.
    const whole =
      header[18] === LOGGED || fileSize(file) >= header.readUInt32BE(28) * readPageSize(header);
    if (!whole) throw new LedgerFault("damaged", "its end is missing");
    return null;
  }
  const first = readFirstPage(journal, head, header);
  if (first !== null && isOwn(first, head, header)) return null;
  return { path: journal, print: print(head, first ?? Buffer.alloc(0)) };
}

/** Whether this is the first page as it was before the commit that the file has half, or not begun to have. */
function isOwn(first: Buffer, journalHead: Buffer, header: Buffer): boolean {
  if (first.readUInt32BE(68) !== APPLICATION_ID) return false;
  // How many pages there were, as the journal says and as its first page says.
  if (first.readUInt32BE(28) !== journalHead.readUInt32BE(16)) return false;
  const [before, now] = [first.readUInt32BE(24), header.readUInt32BE(24)];
  if (before === now) return first.subarray(0, HEADER).equals(header);
  return ((before + 1) & 0xffffffff) >>> 0 === now;
}

/** Returns the first page as a journal has it; null if it has none that is whole. */
function readFirstPage(journal: string, head: Buffer, header: Buffer): Buffer | null {
  if (!head.subarray(0, 8).equals(JOURNAL_MAGIC)) return null;
  const size = head.readUInt32BE(24);
  if (size !== readPageSize(header)) return null;
  const [records, nonce, sector] = [8, 12, 20].map((at) => head.readUInt32BE(at));
  if (records === undefined || nonce === undefined || sector === undefined) return null;
  if (sector + records * (size + 8) > fileSize(journal)) return null;
  // A commit writes it down last.
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

/** Reads these bytes of a file; zeros if it has none. */
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

/** The file behind a path and its links. */
export function resolveFile(path: string): string {
  try {
    const file = realpathSync(path);
    if (statSync(file).isFile()) return file;
  } catch (cause) {
    if (!NOT_THERE.has(errorCode(cause))) throw cause;
    throw new LedgerFault("missing", `there is no ledger ${path}`);
  }
  throw new LedgerFault("not-a-ledger", `${path} is no file`);
}

const NOT_THERE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);

/** Throws, and says what is in the way, if a ledger cannot be written. */
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
    const why = "where a ledger's journal is made";
    throw new LedgerFault("denied", `the folder ${folder}, ${why}, cannot be written`);
  }
  refuseSecondName(file);
}

/** SQLite calls the journal after the name that it was opened by: under the other name nobody would find it. */
export function refuseSecondName(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.nlink ?? 1) === 1) return;
  // Its maker was stopped before it could take the unfinished name away.
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

/** Throws if a new ledger would have a stranger's journal or log beside it. Removes nothing. */
export function refuseLeftovers(path: string): void {
  if (existsSync(path)) return;
  for (const left of Object.values(filesBeside(path))) {
    if (fileSize(left) === 0) continue;
    const word = `is left over from another ledger, or belongs to ${path} where that has gone`;
    throw new LedgerFault("denied", `${left} ${word}. Move it away, or bring its ledger back`);
  }
}

/** Makes one file of a ledger and its log, once and for all: no longer is one kept. */
function absorbLog(file: string): void {
  refuseOutOfDate(file);
  if (fileSize(filesBeside(file).log) > 0) refuseForeignLog(file);
  const alone = new Database(file, { timeout: BLOCKED_MS });
  try {
    // Fails while anyone has it open, be it another that tries the same, so each lets go of it before trying again;
    // a statement of its own would keep it open.
    alone.exec("PRAGMA synchronous = FULL; PRAGMA journal_mode = TRUNCATE");
  } finally {
    alone.close();
  }
}

/**
 * A log cannot be told from another ledger's by its own bytes, but by what the ledger is with it: whole, of the same
 * id, and with the last entry that it has without. Looked at without a right to write, for who closes a ledger with
 * its log takes that in.
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

/** What has to be true of a ledger also with its log, as SQL. */
function readFactsWithoutLog(url: string): readonly string[] {
  const alone = new Database(url, {});
  const found = (sql: string): readonly unknown[] => {
    try {
      return alone.prepare(sql).pluck().all();
    } catch {
      // Its log was being taken in when the power went: without it, it makes no sense.
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

/** Below what is no folder, even the removing of nothing is an error. */
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
  // A name is durable when its folder is, if a system can say so.
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
  // For what may not be opened, the driver has words and no code.
  if (/unable to open|readonly|permission/i.test(message)) return "denied";
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return "locked";
  if (code === "SQLITE_FULL" || code === "ENOSPC") return "full";
  if (code === "EEXIST") return "there-already";
  if (code === "SQLITE_NOTADB") return "not-a-ledger";
  if (code.startsWith("SQLITE_CORRUPT")) return "damaged";
  if (/^(SQLITE_(READONLY|CANTOPEN).*|EACCES|EPERM|EROFS)$/.test(code)) return "denied";
  return "failed";
}
