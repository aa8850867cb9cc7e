import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { type RunLocks } from "./ledger.ts";
import { errorCode } from "../diagnostics/errors.ts";
import { LedgerFault } from "./fault.ts";

// A run of a ledger in a file holds `LEDGER.runs/RUN.lock` for its life: an empty SQLite file, locked exclusively.
// The kernel releases the lock when the process ends, however it ends, and not before: not while it is stopped, nor
// while the machine sleeps. Node itself has no such lock.
//
// Danger: a process loses all its POSIX locks on a file when it closes any descriptor of it. While a lock is held,
// nothing in its process but SQLite, which knows of this, may open the file.

/** `fileSystem` returns the kind of file system that a folder is on, as statfs does. */
export function createRunLocks(
  ledger: string,
  fileSystem = (folder: string): number => statfsSync(folder).type,
): RunLocks {
  const held = new Map<string, Database.Database>();

  /** Returns null if no lock there would prove anything. */
  const lockFile = (run: string): string | null => {
    // An id that was written into the ledger by hand must not lead out of the folder.
    if (!/^[\w-]+$/.test(run)) return null;
    try {
      // A ledger and a link to it share one folder of locks.
      const file = realpathSync(ledger);
      const local = process.platform === "linux" && LOCAL.has(fileSystem(dirname(file)) >>> 0);
      return local ? join(dirname(file), `${basename(file)}.runs`, `${run}.lock`) : null;
    } catch {
      return null;
    }
  };

  const drop = (run: string): void => {
    held.get(run)?.close();
    held.delete(run);
  };

  return {
    take: (run) => {
      const file = lockFile(run);
      if (file === null) return;
      try {
        held.set(run, acquireLock(file));
      } catch {
        // The run has only its lease; but a file without a lock would say that it is dead.
        removeLock(file);
        if (existsSync(file))
          throw new LedgerFault("denied", `${file} can be neither locked nor removed`);
      }
    },
    drop,
    remove: (run) => {
      const file = lockFile(run);
      if (file !== null) removeLock(file);
      drop(run);
    },
    lives: (run) => {
      if (held.has(run)) return true;
      const file = lockFile(run);
      return file === null || !existsSync(file) ? null : isHeld(file);
    },
    close: () => {
      for (const run of held.keys()) drop(run);
    },
  };
}

/**
 * File systems of Linux that no other kernel writes to. On NFS, SMB, 9p and FUSE (sshfs, virtiofs, a container on a
 * Mac) a lock may reach no further than this machine, and nothing is known about file systems that are not listed.
 */
const LOCAL = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
]);

function acquireLock(file: string): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite would create it readable by everyone.
  closeSync(openSync(file, "wx", 0o600));
  const database = new Database(file, { timeout: 0 });
  try {
    // Needs no journal beside it: nothing is ever written.
    database.exec("PRAGMA journal_mode = MEMORY");
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** Returns whether a process holds the lock; null if that cannot be known. */
function isHeld(file: string): boolean | null {
  let database: Database.Database | null = null;
  try {
    // Read only, or the driver would create a file that was removed a moment ago, and find it free.
    database = new Database(`${pathToFileURL(file).href}?mode=ro`, { timeout: 0 });
    database.exec("SELECT 1 FROM sqlite_schema");
    return false;
  } catch (cause) {
    return errorCode(cause) === "SQLITE_BUSY" ? true : null;
  } finally {
    database?.close();
  }
}

function removeLock(file: string): void {
  try {
    rmSync(file, { force: true });
    rmdirSync(dirname(file));
  } catch {
    // Other runs have locks in the folder. A file that stays belongs to a run that is over: nobody checks it.
  }
}
