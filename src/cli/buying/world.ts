import { join, resolve } from "node:path";
import { type Ledger, type Purpose } from "../../ledger/ledger.ts";
import { LedgerFault } from "../../ledger/fault.ts";
import { isPostgres, withoutPassword } from "../../ledger/postgres-url.ts";
import type { Vendor } from "../../run/vendor.ts";
import { vendorOfEach } from "../../vendors/vendors.ts";
import { EXIT, refuse, type Refused } from "../exit-codes.ts";
import { ledgerComplaint } from "../open-ledger.ts";
import { ledgerName, ledgerPath } from "../ledger-path.ts";
import { ledgerToWrite, noLedgerOfPlan } from "../ledger-to-write.ts";
import { reachVendors } from "./reach.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../run-options.ts";
import type { Buying, Shell } from "../shell.ts";
import type { Context, Queue, Rehearsal } from "../wing.ts";
import type { Books } from "./books.ts";
import { wallClock } from "../wall-clock.ts";

/** The same with a ledger that is there, made now if it was not: for after a yes. */
export async function withLedgerMade<Session extends Books>(session: Session): Promise<Session> {
  return session.make === null ? session : { ...session, ...(await session.make()), make: null };
}

/** What a run buys in: fal and a ledger of money, or the simulator and a ledger of its own. */
export interface World extends Books {
  readonly out: string;
  readonly vendor: Vendor;
}

/** Where workers buy in its stead. */
export interface QueueWorld extends Books {
  readonly queue: Queue;
}

/** The ledger, the clock and whoever makes the videos: real, or a rehearsal's. */
export async function worldOf(
  shell: Context,
  buying: Buying,
  files: readonly string[],
  options: RunOptions,
  settings: RunSettings,
  endpoints: readonly string[],
): Promise<World | Refused> {
  try {
    return options.rehearse === true
      ? await rehearsalWorld(shell, buying, options, settings)
      : await realWorld(shell, buying, files, options, endpoints);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    const found = await ledgerPath(shell, options.ledger, files);
    const path = found.ok && found.value !== null ? found.value.path : "the ledger";
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

async function rehearsalWorld(
  shell: Context,
  buying: Buying,
  options: RunOptions,
  { speed, seed }: RunSettings,
): Promise<World | Refused> {
  const faults = options.faults ?? null;
  const mode = await shell.parts.runMode("rehearse", "--rehearse");
  if (!mode.ok) return { exit: refuse(shell, mode.problem) };
  const rehearsal = await mode.value({ speed, faults, seed });
  if (!rehearsal.ok) return { exit: refuse(shell, rehearsal.problem) };
  try {
    return await rehearsed(shell, buying, options, rehearsal.value, speed);
  } catch (cause) {
    await rehearsal.value.close();
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
    make: null,
    out: folder,
    vendor: vendorOfEach(
      () => "fal",
      async () => {
        const { falVendor, silenceAt } = await import("../../vendors/fal/fal-vendor.ts");
        return falVendor({
          credentials: "rehearsal",
          proxyUrl: null,
          queueUrl: rehearsal.url,
          fetch: buying.fetch,
          silence: silenceAt(speed),
          simulated: true,
        });
      },
    ),
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
  /** What is to be bought; none if that is not known yet. */
  endpoints: readonly string[],
): Promise<World | Refused> {
  const reach = reachVendors(buying, endpoints);
  if (!reach.ok) {
    const { message } = reach.problem;
    return { exit: refuse(shell, `${message}, or add --rehearse to try everything without`) };
  }
  const { detour } = reach.value;
  // Before a ledger is made, or anyone is asked for a yes.
  const simulator = await reach.value.isSimulated();
  const unmade = simulator === true ? noLedgerToRehearse(detour) : null;
  const opened = await ledgerToWrite(shell, files, options.ledger, unmade);
  if (!opened.ok) return { exit: refuse(shell, opened.problem) };
  const { ledger, path, make } = opened.value;
  const astray = astrayInWords(ledger.purpose, { simulator, detour }, path);
  if (astray !== null) {
    ledger.close();
    return { exit: refuse(shell, astray) };
  }
  const vendor = reach.value.vendor(ledger.purpose === "rehearsal");
  return { ...(await booksOf(shell, ledger, path, make)), out: options.out, vendor };
}

function noLedgerToRehearse(detour: string): (name: string) => string {
  return (name) =>
    `there is no ledger ${name}, and the simulator answers at ${detour}: \`topsheet ledger init --rehearsal rehearsal.sqlite\` makes one for rehearsals, to be named with \`--ledger rehearsal.sqlite\``;
}

/**
 * Why nothing is bought there under this ledger; null if it may be. Where nothing answers, a real run goes on, for
 * each answer is still looked at; a rehearsal does not, for the first answer could be a real purchase.
 */
function astrayInWords(
  purpose: Purpose,
  { simulator, detour }: { readonly simulator: boolean | null; readonly detour: string },
  path: string,
): string | null {
  if (purpose === "real") {
    return simulator === true
      ? `the simulator answers at ${detour}, and ${ledgerName(path)} is for real purchases: to rehearse, make a ledger with \`topsheet ledger init --rehearsal rehearsal.sqlite\` and add \`--ledger rehearsal.sqlite\`; to buy, unset ${detour}`
      : null;
  }
  if (simulator === true) return null;
  return simulator === null
    ? `${ledgerName(path)} is a rehearsal's ledger, and nothing answers at ${detour}: start \`topsheet simulate\` there`
    : `${ledgerName(path)} is a rehearsal's ledger: nothing real is bought under it`;
}

async function booksOf(
  shell: Shell,
  ledger: Ledger,
  path: string,
  make: (() => Promise<Ledger>) | null,
): Promise<Books> {
  let current = ledger;
  const made = async (): Promise<Pick<Books, "ledger" | "shownLedger">> => {
    const blank = current;
    if (make !== null) current = await make();
    blank.close();
    return { ledger: current, shownLedger: await nameToPaste(shell, path) };
  };
  return {
    rehearsal: false,
    ledger,
    ledgerPath: withoutPassword(path),
    shownLedger: await nameToPaste(shell, path),
    clock: wallClock(1),
    out: null,
    make: make === null ? null : made,
    close: async () => current.close(),
  };
}

/** The ledger as a pasted command has to name it; null if it is found without, from where the person is. */
async function nameToPaste({ ledgers }: Shell, path: string): Promise<string | null> {
  const found = ledgers.named === path || (await ledgers.nearest(".")) === resolve(path);
  return found ? null : withoutPassword(path);
}

/** The ledger and the queue that workers share. Nothing is bought from here, so no key is needed. */
export async function queueWorld(
  shell: Context,
  files: readonly string[],
  option: string | undefined,
): Promise<QueueWorld | Refused> {
  const mode = await shell.parts.runMode("queue", "--queue");
  if (!mode.ok) return { exit: refuse(shell, mode.problem) };
  const found = await ledgerPath(shell, option, files);
  if (!found.ok || found.value === null || !isPostgres(found.value.path))
    return { exit: refuse(shell, NO_SHARED_LEDGER) };
  const opened = await ledgerToWrite(shell, files, option, noLedgerOfPlan);
  if (!opened.ok) return { exit: refuse(shell, opened.problem) };
  const { ledger, path } = opened.value;
  try {
    const books = await booksOf(shell, ledger, path, null);
    const queue = await mode.value(path);
    const close = async (): Promise<void> => {
      await books.close();
      await queue.close();
    };
    return { ...books, queue, close };
  } catch (cause) {
    ledger.close();
    if (!(cause instanceof LedgerFault)) throw cause;
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

/** A folder for one rehearsal, ledger and videos together, to be thrown away as one. */
function rehearsalFolder(out: string, now: number, random: () => number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const mark = Math.floor(random() * 36 ** 3)
    .toString(36)
    .padStart(3, "0");
  return join(out, `rehearsal-${stamp}-${mark}`);
}

export const NO_SHARED_LEDGER =
  "workers share a ledger in PostgreSQL: name it with --ledger postgres://HOST/DATABASE, or in TOPSHEET_LEDGER";
