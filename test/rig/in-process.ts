import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/program.ts";
import type { Shell } from "../../src/cli/shell.ts";
import type { Wing } from "../../src/cli/wing.ts";
import type { DiskFault } from "../../src/disk.ts";
import { LedgerFault } from "../../src/ledger/fault.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** 2026-11-21T09:00:00Z, a Saturday. */
export const NOW = Date.UTC(2026, 10, 21, 9);

export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The text files that were written, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The binary files that were written, if any; `-` is standard output. */
  readonly bytes?: Readonly<Record<string, Uint8Array>>;
}

export interface Machine {
  /** Files by path; `-` is standard input. A fault stands for a file that cannot be read. */
  readonly files?: Readonly<Record<string, string | Uint8Array | DiskFault>>;
  /** Paths that cannot be written, and why. */
  readonly unwritable?: Readonly<Record<string, DiskFault>>;
  /** GITHUB_STEP_SUMMARY. */
  readonly stepSummary?: string;
  /** Whether standard output is a terminal. */
  readonly terminal?: boolean;
  /** TOPSHEET_LEDGER. */
  readonly ledger?: string;
  /** The program's own path. */
  readonly script?: string;
  readonly width?: number;
  readonly colour?: boolean;
  readonly now?: number;
  /** The wings of the build; all if it is missing. */
  readonly wings?: readonly Wing[];
}

/** Runs a command line in this process, on a made-up machine; returns what it printed and wrote. */
export async function topsheet(args: readonly string[], machine: Machine = {}): Promise<Output> {
  const { files = {}, unwritable = {}, width = 100, colour = false, now = NOW } = machine;
  const { stepSummary = null, terminal = false, script = "/opt/topsheet/cli.cjs" } = machine;
  const told = { out: "", err: "" };
  const written: Record<string, string> = {};
  const bytes: Record<string, Uint8Array> = {};
  const write: Shell["write"] = async (path, content) => {
    const fault = unwritable[path];
    if (fault !== undefined) return fault;
    if (typeof content === "string") written[path] = content;
    else bytes[path] = content;
    return null;
  };
  const shell: Shell = {
    out: (text) => {
      told.out += text;
    },
    err: (text) => {
      told.err += text;
    },
    outBytes: terminal
      ? null
      : (content) => {
          bytes["-"] = content;
        },
    outScreen: { width, colour },
    errScreen: { width, colour },
    now: () => now,
    read: async (path) => {
      const file = files[path];
      if (file === undefined) return { fault: "missing", neighbours: Object.keys(files) };
      return typeof file === "string" ? new TextEncoder().encode(file) : file;
    },
    write,
    exists: async (path) => files[path] !== undefined,
    append: async (path, text) => await write(path, (written[path] ?? "") + text),
    stepSummary,
    here: "/work/film",
    program: async () => ({ node: "/usr/local/bin/node", script }),
    ledgers: {
      named: machine.ledger ?? null,
      nearest: async () => null,
      real: async (path) => path,
      exists: async () => false,
      open: async (path) => {
        throw new LedgerFault("missing", `there is no ledger ${path}`);
      },
      create: async (path) => {
        throw new LedgerFault("denied", `${path} may not be made`);
      },
      blank: async () => {
        throw new LedgerFault("denied", "none may be made");
      },
    },
    register: { read: async () => null, write: async () => "unwritten" },
    buying: async () => {
      throw new Error("this machine cannot buy");
    },
    writeNew: async (path, text) =>
      files[path] === undefined ? await write(path, text) : { fault: "exists" },
  };
  const code = await main(args, shell, machine.wings);
  return { code, ...told, files: written, ...(Object.keys(bytes).length === 0 ? {} : { bytes }) };
}

/** Reads a file of the project by its path from the root. */
export async function readProjectFile(path: string): Promise<string> {
  return await readFile(join(ROOT, path), "utf8");
}
