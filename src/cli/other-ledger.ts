import { join } from "node:path";
import { readSidecar } from "../delivery/sidecar.ts";
import { videoFolder } from "../delivery/video-path.ts";
import { printable } from "../diagnostics/printable.ts";
import { blocks } from "../ledger/hold.ts";
import { isPostgres } from "../ledger/postgres-url.ts";
import { shellQuoted } from "../report/shell-quoted.ts";
import { enter, registered, type Registered } from "./campaign-register.ts";
import { EXIT } from "./exit-codes.ts";
import { ledgerName } from "./ledger-name.ts";
import { refuse, type Refused } from "./refuse.ts";
import type { Buying, Shell } from "./shell.ts";
import type { Books } from "./world.ts";

// The second lock against buying a campaign again: a ledger that has no purchase of it may be the wrong one. What
// this machine knows is looked at before the question, and again in one step with what is remembered of this run.

/** What says that a campaign was bought under another ledger. */
interface Finding {
  /** The id of that ledger; null if nothing says. */
  readonly ledger: string | null;
  readonly entry: Registered | null;
  /** A file beside a video of a purchase that the ledger does not have. */
  readonly sidecar: string | null;
}

/** Whether a first purchase under a ledger may be made although another has the campaign. */
export type OtherLedger =
  | { readonly is: "none" }
  /** Someone has said yes to it: the register's entry of that ledger may be replaced. */
  | { readonly is: "accepted"; readonly ledger: string | null }
  | ({ readonly is: "refused" } & Refused);

/** Refuses, or asks about, the first purchase of a campaign under a ledger if another ledger has it. */
export async function lookForOtherLedger(
  shell: Shell,
  buying: Buying,
  books: Books,
  asked: { readonly campaign: string; readonly out: string; readonly asks: boolean },
): Promise<OtherLedger> {
  const { campaign, out, asks } = asked;
  if (await isBoughtHere(books, campaign)) return { is: "none" };
  const finding = await find(shell, buying, books, campaign, out);
  if (finding === null) return { is: "none" };
  const told = (await inWords(shell, books, campaign, finding)).join("\n  ");
  if (!asks) return { is: "refused", exit: refuse(shell, told, EXIT.notApproved) };
  shell.err(`warning: ${told}\n`);
  const question = `Buy ${printable(campaign)} under ${ledgerName(books.ledgerPath)} all the same? [y/N] `;
  const answer = await buying.ask(question);
  if (answer === "yes") return { is: "accepted", ledger: finding.entry?.ledger ?? null };
  shell.err("Nothing was bought.\n");
  return { is: "refused", exit: answer === "no" ? EXIT.notApproved : EXIT.interrupted };
}

/** Remembers which ledger a campaign is bought under, before anything is ordered; refuses if another run was first. */
export async function enterCampaign(
  shell: Shell,
  books: Books,
  campaign: string,
  other: OtherLedger,
): Promise<Refused | null> {
  if (books.ledger.purpose === "rehearsal") return null;
  const accepted = other.is === "accepted" ? other.ledger : null;
  const entry = await enter(
    shell,
    books,
    campaign,
    async (before) => before.ledger === accepted || (await isBoughtHere(books, campaign)),
  );
  if (entry === null) return null;
  const finding = { ledger: entry.ledger, entry, sidecar: null };
  const told = (await inWords(shell, books, campaign, finding)).join("\n  ");
  return { exit: refuse(shell, told, EXIT.notApproved) };
}

/** Whether the ledger has purchases of the campaign, or is known to be where it is bought. Rehearsals are not asked. */
async function isBoughtHere({ ledger }: Books, campaign: string): Promise<boolean> {
  if (ledger.purpose === "rehearsal") return true;
  if ((await ledger.positions(campaign)).some(blocks)) return true;
  if ((await ledger.moves(campaign)).formerly.length > 0) return true;
  return (await ledger.separation(campaign)) !== null;
}

async function find(
  shell: Shell,
  buying: Buying,
  { ledger }: Books,
  campaign: string,
  out: string,
): Promise<Finding | null> {
  const entry = await registered(shell, campaign);
  if (entry !== null && entry.ledger !== ledger.id) {
    return { ledger: entry.ledger, entry, sidecar: null };
  }
  const found = await findSidecar(buying, out, campaign);
  return found === null ? null : { ledger: found.ledger, entry: null, sidecar: found.path };
}

// Whoever looks stops at the first; only what is no sidecar, or a rehearsal's, is read on from.
const MOST_FILES = 5_000;
const MOST_BYTES = 1024 * 1024;
const MOST_BYTES_IN_ALL = 32 * MOST_BYTES;

/** A file that tells of a real purchase of the campaign. The ledger that is asked about has none of them. */
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

/** What was found, and what to paste. */
async function inWords(
  { ledgers }: Shell,
  { ledger, ledgerPath }: Books,
  campaign: string,
  { entry, sidecar, ledger: id }: Finding,
): Promise<readonly string[]> {
  const [name, here] = [printable(campaign), ledgerName(ledgerPath)];
  const again = `${here} has nothing of it, so everything would be bought again.`;
  const separate = [
    "If it is meant to be bought here as well, put that on record, then run again:",
    `  topsheet ledger init ${shellQuoted(ledgerPath)} --separate ${shellQuoted(campaign)} --by YOU --why "the reason"`,
  ];
  if (entry === null) {
    const whose =
      id === null
        ? ""
        : id === ledger.id
          ? ", under this very ledger"
          : `, under the ledger with the id ${printable(id)}`;
    return [
      `${printable(sidecar ?? "")} tells of a purchase of ${name}${whose}: ${again}`,
      "Name the ledger that has it with --ledger; a ledger that was put back from a backup lacks what was bought since.",
      ...separate,
    ];
  }
  const when = entry.at.slice(0, 16).replace("T", " ");
  const there = ledgerName(entry.path);
  const isHere =
    !isPostgres(entry.path) &&
    (await ledgers.real(entry.path)) === (await ledgers.real(ledgerPath));
  return [
    `${name} was last bought under another ledger, ${isHere ? "which was at this place then" : there} (${when} UTC): ${again}`,
    ...(isHere
      ? ["Put the ledger of that time back in its place, from a backup."]
      : ["To go on under that ledger, run again with:", `  --ledger ${shellQuoted(entry.path)}`]),
    ...separate,
  ];
}
