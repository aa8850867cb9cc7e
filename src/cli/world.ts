import { join, resolve } from "node:path";
import type { FalAccess } from "../fal/fal-vendor.ts";
import { type Ledger, LedgerFault } from "../ledger/ledger.ts";
import { isPostgres, withoutPassword } from "../ledger/postgres-url.ts";
import type { Clock } from "../run/clock.ts";
import type { Jobs } from "../worker/jobs.ts";
import { EXIT } from "./exit-codes.ts";
import { ledgerComplaint } from "./ledger-complaint.ts";
import { ledgerName } from "./ledger-name.ts";
import { ledgerPath } from "./ledger-path.ts";
import { ledgerToWrite } from "./ledger-to-write.ts";
import { refuse, type Refused } from "./refuse.ts";
import { type Rehearsal, rehearsalFolder, startRehearsal } from "./rehearsal.ts";
import type { RunOptions, RunSettings } from "./run-options.ts";
import type { Buying, Shell } from "./shell.ts";
import { wallClock } from "./wall-clock.ts";

/** What a run is written down in. */
export interface Books {
  /** Whether the built-in simulator plays fal: only then is no one asked. */
  readonly rehearsal: boolean;
  readonly ledger: Ledger;
  /** For people. */
  readonly ledgerPath: string;
  /** The ledger as a command to paste has to name it; null where it is found without. */
  readonly shownLedger: string | null;
  readonly clock: Clock;
  close(): Promise<void>;
}

/** What a run buys in: fal and a ledger of money, or the simulator and a ledger of its own. */
export interface World extends Books {
  readonly out: string;
  readonly access: FalAccess;
}

/** Where workers buy in its stead. */
export interface QueueWorld extends Books {
  readonly jobs: Jobs;
}

/** The ledger, the clock and whoever makes the videos: real, or a rehearsal's. */
export async function worldOf(
  shell: Shell,
  buying: Buying,
  files: readonly string[],
  options: RunOptions,
  settings: RunSettings,
): Promise<World | Refused> {
  try {
    return options.rehearse === true
      ? await rehearsalWorld(shell, buying, options, settings)
      : await realWorld(shell, buying, files, options);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    const found = await ledgerPath(shell, options.ledger, files);
    const path = found !== null && "path" in found ? found.path : "the ledger";
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

async function rehearsalWorld(
  shell: Shell,
  buying: Buying,
  options: RunOptions,
  { speed, seed }: RunSettings,
): Promise<World | Refused> {
  const faults = options.faults ?? null;
  const rehearsal = await startRehearsal({ speed, faults, seed });
  if ("problem" in rehearsal) return { exit: refuse(shell, rehearsal.problem) };
  try {
    return await rehearsed(shell, buying, options, rehearsal, speed);
  } catch (cause) {
    await rehearsal.close();
    throw cause;
  }
}

async function rehearsed(
  shell: Shell,
  buying: Buying,
  options: RunOptions,
  rehearsal: Rehearsal,
  speed: number,
): Promise<World | Refused> {
  const folder = rehearsalFolder(options.out, shell.now(), buying.random);
  const path = options.ledger ?? join(folder, "ledger.sqlite");
  const { clock } = rehearsal;
  const there = await shell.ledgers.exists(path);
  const ledger = there
    ? await shell.ledgers.open(path, "write", clock.now)
    : await shell.ledgers.create(path, "rehearsal", clock.now);
  if (ledger.purpose !== "rehearsal") {
    ledger.close();
    await rehearsal.close();
    return {
      exit: refuse(
        shell,
        `${ledgerName(path)} is for real purchases: a rehearsal has a ledger of its own`,
      ),
    };
  }
  return {
    rehearsal: true,
    ledger,
    ledgerPath: withoutPassword(path),
    shownLedger: withoutPassword(path),
    clock,
    out: folder,
    access: {
      credentials: "rehearsal",
      proxyUrl: null,
      queueUrl: rehearsal.url,
      fetch: buying.fetch,
      silence: silence(speed),
      simulated: true,
    },
    close: async () => {
      ledger.close();
      await rehearsal.close();
    },
  };
}

export async function realWorld(
  shell: Shell,
  buying: Buying,
  files: readonly string[],
  options: Pick<RunOptions, "ledger" | "out">,
): Promise<World | Refused> {
  if (buying.falKey === null && buying.proxyUrl === null) {
    const hint =
      "set it to your fal key (or FAL_PROXY_URL to a server that has one), or add --rehearse to try everything without";
    return { exit: refuse(shell, `FAL_KEY is not set: ${hint}`) };
  }
  const opened = await ledgerToWrite(shell, files, options.ledger);
  if ("exit" in opened) return opened;
  const { ledger, path } = opened;
  const access = {
    credentials: buying.falKey,
    proxyUrl: buying.proxyUrl,
    queueUrl: null,
    fetch: buying.fetch,
    silence: silence(1),
    simulated: ledger.purpose === "rehearsal",
  };
  if (
    ledger.purpose === "rehearsal" &&
    (buying.proxyUrl === null || !(await isSimulator(access)))
  ) {
    ledger.close();
    const problem = `${ledgerName(path)} is a rehearsal's ledger: nothing real is bought under it`;
    return { exit: refuse(shell, problem) };
  }
  return { ...(await booksOf(shell, ledger, path)), out: options.out, access };
}

async function booksOf(shell: Shell, ledger: Ledger, path: string): Promise<Books> {
  // From where a person pastes a command, the ledger may not be found without its name.
  const nearest = await shell.ledgers.nearest(".");
  const found = shell.ledgers.named === path || nearest === resolve(path);
  return {
    rehearsal: false,
    ledger,
    ledgerPath: withoutPassword(path),
    shownLedger: found ? null : withoutPassword(path),
    clock: wallClock(1),
    close: async () => ledger.close(),
  };
}

/** The ledger and the queue that workers share. Nothing is bought from here, so no key is needed. */
export async function queueWorld(
  shell: Shell,
  files: readonly string[],
  option: string | undefined,
): Promise<QueueWorld | Refused> {
  const found = await ledgerPath(shell, option, files);
  if (found === null || "problem" in found || !isPostgres(found.path))
    return { exit: refuse(shell, NO_SHARED_LEDGER) };
  const opened = await ledgerToWrite(shell, files, option, false);
  if ("exit" in opened) return opened;
  const { ledger, path } = opened;
  try {
    const books = await booksOf(shell, ledger, path);
    const jobs = await shell.jobs(path);
    const close = async (): Promise<void> => {
      await books.close();
      await jobs.close();
    };
    return { ...books, jobs, close };
  } catch (cause) {
    ledger.close();
    if (!(cause instanceof LedgerFault)) throw cause;
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

export const NO_SHARED_LEDGER =
  "workers share a ledger in PostgreSQL: name it with --ledger postgres://HOST/DATABASE, or in TOPSHEET_LEDGER";

/** Whether the simulator answers there: asked with a question that costs nothing. */
async function isSimulator(access: FalAccess): Promise<boolean> {
  const { falVendor } = await import("../fal/fal-vendor.ts");
  const nobody = {
    id: "00000000-0000-7000-8000-000000000000",
    statusUrl: null,
    responseUrl: null,
    cancelUrl: null,
  };
  const placed = { endpoint: "fal-ai/kling-video", request: nobody, seconds: 0 };
  const answer = await falVendor(access).ask(placed, new AbortController().signal);
  // Whatever is not the simulator is no answer at all to one that expects it.
  return answer.is !== "fault" || answer.fault.kind !== "unreachable";
}

function silence(speed: number): { readonly first: number; readonly between: number } {
  return { first: Math.max(1_000, 15_000 / speed), between: Math.max(1_000, 150_000 / speed) };
}
