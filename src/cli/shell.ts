import type { DiskFault } from "../disk.ts";
import type { Screen } from "../report/plan-table.ts";

/** Everything a command may touch of the machine. Tests bring their own. */
export interface Shell {
  /** Data. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Whether each stream shows colour, and how wide it is. */
  readonly outScreen: Screen;
  readonly errScreen: Screen;
  /** Milliseconds UTC. */
  now(): number;
  /** A file's bytes; `-` is standard input. */
  read(path: string): Promise<Uint8Array | DiskFault>;
  write(path: string, text: string): Promise<DiskFault | null>;
  writeNew(path: string, text: string): Promise<DiskFault | null>;
}
