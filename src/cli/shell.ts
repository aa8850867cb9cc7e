import type { DiskFault, LineFile } from "../disk.ts";
import type { Files } from "../delivery/video-store.ts";
import type { Ledger, Purpose } from "../ledger/ledger.ts";
import type { Fetch } from "../run/ports.ts";
import type { Connection } from "../vendors/connection.ts";
import type { Screen } from "../report/document.ts";

/** Everything of the machine that a command may touch. Tests bring their own. */
export interface Shell {
  /** Writes data to standard output. */
  out(text: string): void;
  /** Writes data that is not text; null on a terminal, which would show its control characters. */
  readonly outBytes: ((bytes: Uint8Array) => void) | null;
  /** Writes everything else to standard error. */
  err(text: string): void;
  /** Whether each stream shows colour, and how wide it is. */
  readonly outScreen: Screen;
  readonly errScreen: Screen;
  /** Milliseconds UTC. */
  now(): number;
  /** A file's bytes; `-` is standard input. */
  read(path: string): Promise<Uint8Array | DiskFault>;
  write(path: string, content: string | Uint8Array): Promise<DiskFault | null>;
  writeNew(path: string, text: string): Promise<DiskFault | null>;
  exists(path: string): Promise<boolean>;
  append(path: string, text: string): Promise<DiskFault | null>;
  /** GITHUB_STEP_SUMMARY: a file whose Markdown GitHub shows beside the job; null elsewhere. */
  readonly stepSummary: string | null;
  /** The folder that the program runs in. */
  readonly here: string;
  /** The node and the program that run now, by their real paths: for whatever starts them again. */
  program(): Promise<{ readonly node: string; readonly script: string }>;
  readonly ledgers: Ledgers;
  readonly register: RegisterFiles;
  /** What only a run needs; it is loaded on demand. */
  buying(): Promise<Buying>;
}

/** Small files in the user's state folder. Reports no failure to read or write: this is a second lock, not the first. */
export interface RegisterFiles {
  /** The text of a file of at most so many bytes; null if there is none that can be read. */
  read(name: string, most: number): Promise<string | null>;
  /** Writes a file whole or not at all: a `new` one only if there is none. */
  write(
    name: string,
    text: string,
    how: "new" | "over",
  ): Promise<"written" | "taken" | "unwritten">;
}

/** Where ledgers are. Paths as a person names them. */
export interface Ledgers {
  /** TOPSHEET_LEDGER. */
  readonly named: string | null;
  /** The nearest `.topsheet/ledger.sqlite` at a folder or above it. */
  nearest(folder: string): Promise<string | null>;
  /** A path without links in it; also of a file that is yet to be made. */
  real(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  /** `now` in milliseconds UTC; a rehearsal's runs faster. */
  open(path: string, use: "read" | "write", now?: () => number): Promise<Ledger>;
  create(path: string, purpose: Purpose, now?: () => number): Promise<Ledger>;
  /** Makes a stand-in for a ledger that does not exist yet; nothing can be reserved in it. */
  blank(): Promise<Ledger>;
}

export type Signal = "SIGINT" | "SIGTERM";

export interface Buying {
  /** How each vendor is reached, by its name. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** What is wrong with the environment; null for nothing. */
  readonly problem: string | null;
  /** Fetches through the machine's proxy, if it has one. */
  readonly fetch: Fetch;
  readonly files: Files;
  readonly videoFiles: VideoFiles;
  /** Makes a folder if it is missing. Returns a reason if no files can be made in it. */
  writable(folder: string): Promise<string | null>;
  /** Lists the names in a folder; none if it cannot be read. */
  names(folder: string): AsyncIterable<string>;
  /** Returns the text of a regular file of at most so many bytes; null for anything else. */
  smallText(path: string, most: number): Promise<string | null>;
  openLines(path: string): Promise<LineFile | DiskFault>;
  /** Whether someone is there to be asked. */
  readonly interactive: boolean;
  /** A part of the screen that is drawn over itself; null if that stream is no terminal. */
  overdrawn(stream: "out" | "err"): Promise<Overdrawn | null>;
  ask(question: string): Promise<"yes" | "no" | "interrupted">;
  /** Calls back for each signal. Returns a function that stops it. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process at once. */
  abandon(code: number): void;
  /** Returns a random number from 0 up to, but not including, 1. */
  readonly random: () => number;
}

/** The disk, for reading what was delivered. */
export interface VideoFiles {
  stamp(path: string): Promise<{ readonly bytes: number; readonly writtenAt: number } | null>;
  /** Returns the SHA-256 (hex) of a file; null if there is none to read. */
  sum(path: string): Promise<string | null>;
  /** Reads from one byte to another, that one included. */
  part(path: string, from: number, to: number): ReadableStream<Uint8Array>;
}

export interface Overdrawn {
  /** How many lines the terminal has now. */
  readonly rows: () => number;
  show(text: string): void;
  clear(): void;
}
