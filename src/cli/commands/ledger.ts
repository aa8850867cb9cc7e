import { formatCount, toPrintable } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Person } from "../../ledger/entry.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { verify } from "../../ledger/verify.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { findCampaigns } from "../find-campaigns.ts";
import {
  toExitCode,
  explainHidden,
  findLedgerAbove,
  formatLedgerName,
  guardLedger,
  USUAL_PLACE,
  withLedger,
} from "../ledgers.ts";
import type { LedgerExportOptions, LedgerInitOptions, LedgerVerifyOptions } from "../options.ts";
import { checkWords } from "../read-options.ts";
import type { Shell } from "../shell.ts";

/** Everything that a ledger has: a row for each hold to a spreadsheet, a line for each entry to a script. */
export async function exportLedger(shell: Shell, options: LedgerExportOptions): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const { campaign } = options;
    const meant = await findCampaigns(ledger, campaign);
    if (!meant.ok) return refuse(shell, meant.problem);
    const chosen = meant.value;
    const { encodeEntry: entryLine, encodeHolds: holdsCsv } =
      await import("../../report/ledger-export.ts");
    if (options.format === "jsonl") {
      for (const entry of await ledger.entries(campaign ?? null)) shell.out(entryLine(entry));
      return EXIT.done;
    }
    const holds = await Promise.all(chosen.map(async (name) => await ledger.holds(name)));
    shell.out(holdsCsv(holds.flat()));
    return EXIT.done;
  });
}

/**
 * Makes an empty ledger, never over one that is there, and below another only if told. `--separate` puts on record
 * that a campaign is bought under it although another ledger has the campaign: there it may be one that exists.
 */
export async function initLedger(
  shell: Shell,
  file: string | undefined,
  options: LedgerInitOptions,
): Promise<number> {
  const asked = readSeparation(options);
  if (!asked.ok) return refuse(shell, asked.problem);
  const separation = asked.value;
  const nearest = separation === null ? null : await shell.ledgers.nearest(".");
  const path = file ?? shell.ledgers.named ?? nearest ?? USUAL_PLACE;
  const work = async (): Promise<number> => {
    const there = await shell.ledgers.exists(path);
    if (there && separation === null) {
      return refuse(shell, `${formatLedgerName(path)} is there already`);
    }
    const opened = there
      ? ok(await shell.ledgers.open(path, "write"))
      : await createLedger(shell, path, options);
    if (!opened.ok) return refuse(shell, opened.problem);
    const ledger = opened.value;
    try {
      if (separation === null) return EXIT.done;
      const { campaign, by, why } = separation;
      await ledger.separate(campaign, { by, why });
      shell.err(
        `${toPrintable(by)} has put on record that ${toPrintable(campaign)} is bought under ${formatLedgerName(path)}, whatever another ledger has of it.\n`,
      );
      return EXIT.done;
    } finally {
      ledger.close();
    }
  };
  return toExitCode(shell, await guardLedger(path, work));
}

async function createLedger(
  shell: Shell,
  path: string,
  { rehearsal, nested }: LedgerInitOptions,
): Promise<Result<Ledger>> {
  // A rehearsal's that is found by its name only hides no other.
  const hides = nested !== true && (rehearsal !== true || path.endsWith(USUAL_PLACE));
  const above = hides ? await findLedgerAbove(shell, path) : null;
  if (above !== null) return refused(explainHidden(path, above));
  const ledger = await shell.ledgers.create(path, rehearsal === true ? "rehearsal" : "real");
  const remembers =
    rehearsal === true
      ? "It is for rehearsals: only the simulator is bought from under it."
      : "It remembers what was bought: keep it, and keep it backed up.";
  shell.err(`${formatLedgerName(path)} made. ${remembers}\n`);
  return ok(ledger);
}

interface SeparationAsked extends Person {
  readonly campaign: string;
}

function readSeparation({ separate, by, why }: LedgerInitOptions): Result<SeparationAsked | null> {
  if (separate === undefined) {
    if (by === undefined && why === undefined) return ok(null);
    return refused("--by and --why say who separates a campaign: name it with --separate");
  }
  if (by === undefined || why === undefined) {
    return refused("--separate needs --by NAME and --why TEXT: they stay in the ledger");
  }
  const campaign = separate.trim();
  const words = checkWords({ "--separate": campaign, "--by": by, "--why": why });
  return words.ok ? ok({ campaign, by: by.trim(), why: why.trim() }) : words;
}

/** Folds every entry anew and says whether the ledger is what they tell. */
export async function verifyLedger(shell: Shell, options: LedgerVerifyOptions): Promise<number> {
  return await withLedger(shell, options.ledger, "read", async (ledger, path) => {
    const all = await ledger.everything();
    const { entries, holds, checks, problems } = verify(all.entries, all.kept);
    for (const problem of problems) shell.err(`error: ${toPrintable(problem)}\n`);
    const looked = `${formatCount(entries, "entry").replace(/entrys$/, "entries")}, ${formatCount(holds, "hold")}, ${formatCount(checks, "cap check")}`;
    shell.out(
      `${toPrintable(path)}: ${looked}, ${problems.length === 0 ? "all in order" : formatCount(problems.length, "problem")}.\n`,
    );
    return problems.length === 0 ? EXIT.done : EXIT.failed;
  });
}
