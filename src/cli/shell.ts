import type { DiskFault, LineFile } from "../disk.ts";
import type { Files } from "../delivery/video-store.ts";
import type { Ledger, Purpose } from "../ledger/ledger.ts";
import type { Fetch } from "../run/ports.ts";
import type { Connection } from "../vendors/connection.ts";
import type { Screen } from "../report/document.ts";

/** Everything a command may touch of the machine. Tests bring their own. */
export interface Shell {
  /** Data. */
  out(text: string): void;
  /** Data that is no text; null on a terminal, which would show its control characters. */
  readonly outBytes: ((bytes: Uint8Array) => void) | null;
  /** Everything else. */
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
  /** What only a run needs, loaded when it is asked for. */
  buying(): Promise<Buying>;
}

/** Small files in the user's state folder. Silent if it cannot be read or written: it is a second lock, not the first. */
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
  /** What a ledger that is not made yet would be; nothing can be reserved in it. */
  blank(): Promise<Ledger>;
}

export type Signal = "SIGINT" | "SIGTERM";

export interface Buying {
  /** How each vendor is reached, by its name. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** What is wrong with the environment; null for nothing. */
  readonly problem: string | null;
  /** Through the machine's proxy, where it has one. */
  readonly fetch: Fetch;
  readonly files: Files;
  readonly videoFiles: VideoFiles;
  /** Whether files can be made in a folder, which is made if it is not there; a reason where not. */
  writable(folder: string): Promise<string | null>;
  /** The names in a folder, as they come; none if it cannot be read. */
  names(folder: string): AsyncIterable<string>;
  /** The text of a regular file of at most so many bytes; null for whatever else may be there. */
  smallText(path: string, most: number): Promise<string | null>;
  openLines(path: string): Promise<LineFile | DiskFault>;
  /** Whether someone is there to be asked. */
  readonly interactive: boolean;
  /** A part of the screen that is drawn over itself; null where that stream goes to no terminal. */
  overdrawn(stream: "out" | "err"): Promise<Overdrawn | null>;
  ask(question: string): Promise<"yes" | "no" | "interrupted">;
  /** Calls back for each; returns what stops that. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process here and now. */
  abandon(code: number): void;
  /** From 0 up to but without 1. */
  readonly random: () => number;
}

/** The disk, for reading what was delivered. */
export interface VideoFiles {
  stamp(path: string): Promise<{ readonly bytes: number; readonly writtenAt: number } | null>;
  /** SHA-256 (hex); null where there is no file to read. */
  sum(path: string): Promise<string | null>;
  /** From one byte to another, that one included. */
  part(path: string, from: number, to: number): ReadableStream<Uint8Array>;
}

export interface Overdrawn {
  /** Lines of the terminal, as it is now. */
  readonly rows: () => number;
  show(text: string): void;
  clear(): void;
}
