import { join, resolve } from "node:path";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Ledger, Purpose } from "../../ledger/ledger.ts";
import { isPostgres, hidePassword } from "../../ledger/postgres-url.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  guardLedger,
  formatLedgerName,
  findLedgerPath,
  openLedgerToWrite,
  explainMissingLedger,
} from "../ledgers.ts";
import type { RunOptions } from "../options.ts";
import type { RunSettings } from "../read-options.ts";
import type { Buying, Shell } from "../shell.ts";
import { wallClock } from "../wall-clock.ts";
import type { Context, Queue } from "../wing.ts";
import type { BuyingSession, LedgerSession } from "./ledger-session.ts";
import { reachVendors } from "./reach-vendors.ts";

/** A session whose lines workers buy. */
export interface QueueSession extends LedgerSession {
  readonly queue: Queue;
}

/** Opens the session in which this process buys a plan: vendors and a ledger of real purchases, or a rehearsal of both. */
export async function openBuyingSession(
  context: Context,
  buying: Buying,
  files: readonly string[],
  options: RunOptions,
  settings: RunSettings,
  { lines }: Plan,
): Promise<Result<BuyingSession>> {
  if (options.rehearse === true) return await openRehearsal(context, buying, options, settings);
  const endpoints = lines.map(({ endpoint }) => endpoint);
  return await openRealSession(context, buying, files, options, endpoints);
}

/** Opens a rehearsal: the simulator, and a ledger of its own. */
async function openRehearsal(
  shell: Context,
  { fetch, random }: Buying,
  options: RunOptions,
  { speed, seed }: RunSettings,
): Promise<Result<BuyingSession>> {
  const mode = await shell.parts.runMode("rehearse", "--rehearse");
  if (!mode.ok) return mode;
  const out = nameRehearsalFolder(options.out, shell.now(), random);
  const path = options.ledger ?? join(out, "ledger.sqlite");
  const faults = options.faults ?? null;
  const rehearsal = await mode.value({ speed, faults, seed, fetch });
  if (!rehearsal.ok) return rehearsal;
  const { ledgers } = shell;
  const { clock, vendor, close } = rehearsal.value;
  const opened = await guardLedger(path, async () =>
    (await ledgers.exists(path))
      ? await ledgers.open(path, "write", clock.now)
      : await ledgers.create(path, "rehearsal", clock.now),
  );
  if (!opened.ok) {
    await close();
    return opened;
  }
  const ledger = opened.value;
  const closeAll = async (): Promise<void> => {
    ledger.close();
    await close();
  };
  if (ledger.purpose !== "rehearsal") {
    await closeAll();
    return refused(
      `${formatLedgerName(path)} is for real purchases: a rehearsal has a ledger of its own`,
    );
  }
  const ledgerPath = hidePassword(path);
  const named = { ledger, ledgerPath, shownLedger: ledgerPath };
  return ok({ rehearsal: true, ...named, clock, make: null, out, vendor, close: closeAll });
}

/** Names a folder for one rehearsal, ledger and videos together, to be thrown away as one. */
function nameRehearsalFolder(out: string, now: number, random: () => number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const mark = Math.floor(random() * 36 ** 3)
    .toString(36)
    .padStart(3, "0");
  return join(out, `rehearsal-${stamp}-${mark}`);
}

/** Opens the ledger of these files, and reaches the vendors of these endpoints. */
export async function openRealSession(
  shell: Shell,
  buying: Buying,
  files: readonly string[],
  options: Pick<RunOptions, "ledger" | "out">,
  /** Of the lines to buy; none if they are not known yet. */
  endpoints: readonly string[],
): Promise<Result<BuyingSession>> {
  const reach = reachVendors(buying, endpoints);
  if (!reach.ok) {
    return refused(`${reach.problem.message}, or add --rehearse to try everything without`);
  }
  const { detour } = reach.value;
  // Before a ledger is made, or anyone is asked for a yes.
  const simulator = await reach.value.isSimulated();
  const unmade = simulator === true ? explainNoLedgerToRehearse(detour) : null;
  const opened = await openLedgerToWrite(shell, files, options.ledger, unmade);
  if (!opened.ok) return opened;
  const { ledger, path, make } = opened.value;
  const astray = explainWrongSide(ledger.purpose, { simulator, detour }, path);
  if (astray !== null) {
    ledger.close();
    return refused(astray);
  }
  const vendor = reach.value.vendor(ledger.purpose === "rehearsal");
  return ok({ ...(await makeSession(shell, ledger, path, make)), out: options.out, vendor });
}

function explainNoLedgerToRehearse(detour: string): (name: string) => string {
  return (name) =>
    `there is no ledger ${name}, and the simulator answers at ${detour}: \`topsheet ledger init --rehearsal rehearsal.sqlite\` makes one for rehearsals, to be named with \`--ledger rehearsal.sqlite\``;
}

/**
 * Explains why nothing is bought there under this ledger; returns null if it may be. If nothing answers, a real run
 * continues, for each answer is checked again; a rehearsal does not, for the first answer could be a real purchase.
 */
function explainWrongSide(
  purpose: Purpose,
  { simulator, detour }: { readonly simulator: boolean | null; readonly detour: string },
  path: string,
): string | null {
  if (purpose === "real") {
    return simulator === true
      ? `the simulator answers at ${detour}, and ${formatLedgerName(path)} is for real purchases: to rehearse, make a ledger with \`topsheet ledger init --rehearsal rehearsal.sqlite\` and add \`--ledger rehearsal.sqlite\`; to buy, unset ${detour}`
      : null;
  }
  if (simulator === true) return null;
  return simulator === null
    ? `${formatLedgerName(path)} is a rehearsal's ledger, and nothing answers at ${detour}: start \`topsheet simulate\` there`
    : `${formatLedgerName(path)} is a rehearsal's ledger: nothing real is bought under it`;
}

async function makeSession(
  shell: Shell,
  ledger: Ledger,
  path: string,
  make: (() => Promise<Ledger>) | null,
): Promise<LedgerSession> {
  let current = ledger;
  const made = async (): Promise<Pick<LedgerSession, "ledger" | "shownLedger">> => {
    const blank = current;
    if (make !== null) current = await make();
    blank.close();
    return { ledger: current, shownLedger: await findNameToPaste(shell, path) };
  };
  return {
    rehearsal: false,
    ledger,
    ledgerPath: hidePassword(path),
    shownLedger: await findNameToPaste(shell, path),
    clock: wallClock(1),
    out: null,
    make: make === null ? null : made,
    close: async () => current.close(),
  };
}

/** Returns the ledger as a pasted command has to name it; null if it is found without a name from the current folder. */
async function findNameToPaste({ ledgers }: Shell, path: string): Promise<string | null> {
  const found = ledgers.named === path || (await ledgers.nearest(".")) === resolve(path);
  return found ? null : hidePassword(path);
}

/** Opens the ledger and the queue that workers share. Nothing is bought from here, so no key is needed. */
export async function openQueueSession(
  shell: Context,
  files: readonly string[],
  option: string | undefined,
): Promise<Result<QueueSession>> {
  const mode = await shell.parts.runMode("queue", "--queue");
  if (!mode.ok) return mode;
  const shared = await findSharedLedger(shell, option, files);
  if (!shared.ok) return shared;
  const opened = await openLedgerToWrite(shell, files, option, explainMissingLedger);
  if (!opened.ok) return opened;
  const { ledger, path } = opened.value;
  const queue = await guardLedger(path, async () => await mode.value(path));
  if (!queue.ok) {
    ledger.close();
    return queue;
  }
  return ok({
    ...(await makeSession(shell, ledger, path, null)),
    queue: queue.value,
    close: async () => {
      ledger.close();
      await queue.value.close();
    },
  });
}

/** Returns the address of the PostgreSQL ledger that a command means; refuses any other ledger. */
export async function findSharedLedger(
  shell: Shell,
  option: string | undefined,
  files: readonly string[],
): Promise<Result<string>> {
  const found = await findLedgerPath(shell, option, files);
  return found.ok && found.value !== null && isPostgres(found.value.path)
    ? ok(found.value.path)
    : refused(
        "workers share a ledger in PostgreSQL: name it with --ledger postgres://HOST/DATABASE, or in TOPSHEET_LEDGER",
      );
}
