import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/**
 * Where tests keep ledgers that they write a lot. Each step of a hold is synced to its disk: in memory that takes no time,
 * and nobody pulls the plug on a test.
 */
export const QUICK_DISK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
