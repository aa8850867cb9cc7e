import { join } from "node:path";
import { readSidecar, videoFolder } from "../../delivery/video-path.ts";
import { formatMinute, toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import { blocksPurchase } from "../../ledger/hold.ts";
import { type Ledger } from "../../ledger/ledger.ts";
import { isPostgres } from "../../ledger/postgres-url.ts";
import { askLedger } from "../../run/work.ts";
import { formatLedgerName } from "../ledgers.ts";
import type { Buying, Shell } from "../shell.ts";
import { writeRegister, readRegister, type RegisteredLedger } from "./campaign-register.ts";
import type { LedgerSession } from "./ledger-session.ts";

// The second lock against buying a campaign again: a ledger that has no purchase of it may be the wrong one, and a copy
// knows nothing of what the other copy buys. This machine's register is read before the question, and again in the step
// that registers the run.

/** A sign that a campaign was bought under another ledger, or under a copy of this one. */
type Finding =
  | { readonly is: "registered" | "copied" | "older"; readonly entry: RegisteredLedger }
  /** A file beside a video of a purchase that the ledger does not have, and the id of its ledger if it states one. */
  | { readonly is: "sidecar"; readonly path: string; readonly ledger: string | null };

/**
 * Refuses to buy a campaign under a ledger if another one, or a copy of it, has the campaign, or asks if someone can
 * answer. Returns the ids of the other ledgers in the register: they have nothing of it, or someone has said yes.
 */
export async function checkOtherLedgers(
  shell: Shell,
  buying: Buying,
  session: LedgerSession,
  asked: {
    readonly campaign: string;
    readonly out: string;
    readonly asks: boolean;
    /** Whether the ledger has purchases of the campaign. */
    readonly bought: boolean;
  },
): Promise<Result<readonly string[]>> {
  const { campaign, asks } = asked;
  if (session.ledger.purpose === "rehearsal") return ok([]);
  const ledgers = await readRegister(shell, campaign);
  const clear = ok(ledgers.map(({ id }) => id));
  const finding = await investigate(shell, buying, session, { ...asked, ledgers });
  if (finding === null) return clear;
  const told = (await describeFinding(shell, session, campaign, finding)).join("\n  ");
  if (!asks) return refused(told, "not-approved");
  shell.err(`warning: ${told}\n`);
  const question = `Buy ${toPrintable(campaign)} under ${formatLedgerName(session.ledgerPath)} all the same? [y/N] `;
  const answer = await buying.ask(question);
  if (answer === "yes") return clear;
  return refused("Nothing was bought", answer === "no" ? "declined" : "interrupted");
}

/**
 * Registers which ledger a campaign is bought under, before anything is ordered; refuses if another run was first. It
 * is called again after the run, for the newest entry later shows whether the ledger was restored from an older copy.
 */
export async function enterCampaign(
  shell: Shell,
  session: LedgerSession,
  campaign: string,
  known: readonly string[],
): Promise<Result<null>> {
  if (session.ledger.purpose === "rehearsal") return ok(null);
  const entry = await writeRegister(
    shell,
    session,
    campaign,
    async ({ id }) =>
      known.includes(id) ||
      (await session.ledger.positions(campaign)).some(blocksPurchase) ||
      (await isAssigned(session, campaign)),
  );
  if (entry === null) return ok(null);
  const finding = { is: "registered", entry } as const;
  const told = (await describeFinding(shell, session, campaign, finding)).join("\n  ");
  return refused(told, "not-approved");
}

/** Whether the ledger's entries say that the campaign is bought under it, whatever other ledgers there are. */
async function isAssigned({ ledger }: LedgerSession, campaign: string): Promise<boolean> {
  if ((await ledger.moves(campaign)).formerly.length > 0) return true;
  return (await ledger.separation(campaign)) !== null;
}

async function investigate(
  shell: Shell,
  buying: Buying,
  session: LedgerSession,
  known: {
    readonly campaign: string;
    readonly out: string;
    readonly bought: boolean;
    readonly ledgers: readonly RegisteredLedger[];
  },
): Promise<Finding | null> {
  const { campaign } = known;
  const own = known.ledgers.find(({ id }) => id === session.ledger.id);
  if (own !== undefined && (await isElsewhere(shell, session, own))) {
    return { is: "copied", entry: own };
  }
  if (own !== undefined && (await isOlder(session, own, campaign))) {
    return { is: "older", entry: own };
  }
  if (known.bought || (await isAssigned(session, campaign))) return null;
  for (const entry of known.ledgers) {
    if (entry.id === session.ledger.id || (await hasNothing(shell, entry, campaign))) continue;
    return { is: "registered", entry };
  }
  const found = await findSidecar(buying, known.out, campaign);
  return found === null ? null : { is: "sidecar", ...found };
}

/** Whether the ledger lacks entries: it was restored from a copy, and what was bought since would be bought again. */
async function isOlder(
  { ledger }: LedgerSession,
  { entry }: RegisteredLedger,
  campaign: string,
): Promise<boolean> {
  if (await ledger.hasEntry(entry)) return false;
  return (await ledger.separation(campaign)) === null;
}

/** Whether the same ledger is also at another place. If it was moved, it is only here. */
async function isElsewhere(
  shell: Shell,
  { ledgerPath }: LedgerSession,
  { id, path }: RegisteredLedger,
): Promise<boolean> {
  if (isPostgres(path) || isPostgres(ledgerPath)) return false;
  const { ledgers } = shell;
  if ((await ledgers.real(path)) === (await ledgers.real(ledgerPath))) return false;
  return (await readLedgerAt(shell, path, async (ledger) => ledger.id === id)) ?? false;
}

// A run is registered a moment before it starts in its ledger. Milliseconds.
const JUST_NOW_MS = 60_000;

/** Whether a ledger is still where it was, and has no purchase of the campaign. */
async function hasNothing(
  shell: Shell,
  { id, path, at }: RegisteredLedger,
  campaign: string,
): Promise<boolean> {
  if (Math.abs(shell.now() - Date.parse(at)) < JUST_NOW_MS) return false;
  // A server may be far away and ask for a password.
  if (isPostgres(path)) return false;
  const nothing = await readLedgerAt(shell, path, async (ledger) => {
    if (ledger.id !== id || (await ledger.openRuns(campaign)).length > 0) return false;
    return !(await ledger.positions(campaign)).some(blocksPurchase);
  });
  return nothing ?? false;
}

/** Returns null if there is no ledger that can be read. */
async function readLedgerAt<Answer>(
  { ledgers }: Shell,
  path: string,
  look: (ledger: Ledger) => Promise<Answer>,
): Promise<Answer | null> {
  return await askLedger(async () => {
    if (!(await ledgers.exists(path))) return null;
    const ledger = await ledgers.open(path, "read");
    try {
      return await look(ledger);
    } finally {
      ledger.close();
    }
  }, null);
}

// The search stops at the first real sidecar, and skips other files and those of rehearsals.
const MOST_FILES = 5_000;
const MOST_BYTES = 1024 * 1024;
const MOST_BYTES_IN_ALL = 32 * MOST_BYTES;

/** Finds a file that records a real purchase of the campaign. Called if the ledger has no such purchase. */
export async function findSidecar(
  { names, smallText }: Pick<Buying, "names" | "smallText">,
  out: string,
  campaign: string,
): Promise<{ readonly path: string; readonly ledger: string | null } | null> {
  const folder = videoFolder(campaign).toLowerCase();
  let files = 0;
  let bytes = 0;
  for await (const name of names(out)) {
    // A campaign may have been spelled with other capitals.
    if (name.toLowerCase() !== folder) continue;
    for await (const file of names(join(out, name))) {
      files += 1;
      if (files > MOST_FILES || bytes > MOST_BYTES_IN_ALL) return null;
      if (!file.endsWith(".json")) continue;
      const path = join(out, name, file);
      const text = await smallText(path, MOST_BYTES);
      if (text === null) continue;
      bytes += text.length;
      const read = readSidecar(text);
      if (read === null || read.rehearsal) continue;
      if (read.campaign.toLowerCase() === campaign.toLowerCase()) {
        return { path, ledger: read.ledger };
      }
    }
  }
  return null;
}

/** Describes what was found, and what to paste. */
async function describeFinding(
  { ledgers }: Shell,
  { ledger, ledgerPath }: LedgerSession,
  campaign: string,
  finding: Finding,
): Promise<readonly string[]> {
  const [name, here] = [toPrintable(campaign), formatLedgerName(ledgerPath)];
  const again = `${here} has nothing of it, so everything would be bought again.`;
  const separate = [
    "If it is meant to be bought here as well, put that on record, then run again:",
    `  topsheet ledger init ${quoteForShell(ledgerPath)} --separate ${quoteForShell(campaign)} --by YOU --why "the reason"`,
  ];
  if (finding.is === "sidecar") {
    const { path, ledger: id } = finding;
    const whose =
      id === null
        ? ""
        : id === ledger.id
          ? ", under this very ledger"
          : `, under the ledger with the id ${toPrintable(id)}`;
    return [
      `${toPrintable(path)} tells of a purchase of ${name}${whose}: ${again}`,
      "Name the ledger that has it with --ledger; a ledger that was put back from a backup lacks what was bought since.",
      ...separate,
    ];
  }
  const { entry } = finding;
  const when = formatMinute(Date.parse(entry.at));
  const there = formatLedgerName(entry.path);
  const continueThere = [
    "To continue under that ledger, run again with:",
    `  --ledger ${quoteForShell(entry.path)}`,
  ];
  if (finding.is === "copied") {
    return [
      `${here} is a copy: ${name} was last bought under ${there} (${when}), which is the same ledger and is still there, and neither of them knows what is bought under the other.`,
      ...continueThere,
      `If ${here} is the one to keep, move the other one away first.`,
    ];
  }
  if (finding.is === "older") {
    return [
      `${here} has lost what was written in it when ${name} was last bought (${when}): it was put back from an older copy, and what was bought since would be bought again.`,
      "Put the newest copy back in its place.",
      ...separate,
    ];
  }
  const twins =
    "If these are two campaigns, give this one another name (campaign: in the manifest).";
  const isHere =
    !isPostgres(entry.path) &&
    (await ledgers.real(entry.path)) === (await ledgers.real(ledgerPath));
  return [
    `${name} was last bought under another ledger, ${isHere ? "which was at this place then" : there} (${when}): ${again}`,
    ...(isHere ? ["Put the ledger of that time back in its place, from a backup."] : continueThere),
    twins,
    ...separate,
  ];
}
