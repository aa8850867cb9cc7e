import { resolve } from "node:path";
import { formatCount, toPrintable } from "../../diagnostics/printable.ts";
import type { Result } from "../../diagnostics/result.ts";
import { foldHolds } from "../../ledger/hold.ts";
import type { Ledger, MoveOutcome } from "../../ledger/ledger.ts";
import { removeMoves, mayReturn, createParcel, compareEntries } from "../../ledger/move.ts";
import { isPostgres, hidePassword } from "../../ledger/postgres-url.ts";
import { verify } from "../../ledger/verify.ts";
import { dollars, sum } from "../../money.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { findCampaigns } from "../find-campaigns.ts";
import { formatLedgerName, guardLedger, NAMED_WRONGLY, workInLedger } from "../ledgers.ts";
import type { LedgerCopyOptions } from "../options.ts";
import type { Shell } from "../shell.ts";

/** Moves campaigns to another ledger, exact to the entry, and seals them in the one that they leave. */
export async function copyLedger(
  shell: Shell,
  from: string,
  to: string,
  options: LedgerCopyOptions,
): Promise<number> {
  const source = await openNamed(from, async () => await shell.ledgers.open(from, "write"));
  if (!source.ok) return refuse(shell, source.problem);
  const work = async (): Promise<number> => {
    const meant = await findCampaigns(source.value, options.campaign);
    if (!meant.ok) return refuse(shell, meant.problem);
    if (meant.value.length === 0)
      return refuse(shell, `${formatLedgerName(from)} has nothing to move`);
    if (await printProblems(shell, source.value, from)) return EXIT.failed;
    const target = await openNamed(to, async () =>
      (await shell.ledgers.exists(to))
        ? await shell.ledgers.open(to, "write")
        : await shell.ledgers.create(to, source.value.purpose),
    );
    if (!target.ok) return refuse(shell, target.problem);
    try {
      const way = { source: source.value, target: target.value, from, to };
      return await move(shell, way, meant.value);
    } catch (cause) {
      if (!(cause instanceof TargetFault)) throw cause;
      const again = "what is not sealed yet stays where it is; the same command moves the rest";
      return refuse(shell, `${cause.message}: ${again}`, "failed");
    } finally {
      target.value.close();
    }
  };
  return await workInLedger(shell, { ledgerPath: from, close: () => source.value.close() }, work);
}

interface Way {
  readonly source: Ledger;
  readonly target: Ledger;
  readonly from: string;
  readonly to: string;
}

async function move(shell: Shell, way: Way, campaigns: readonly string[]): Promise<number> {
  const { source, target, from, to } = way;
  if (source.id === target.id) return refuse(shell, "they are the same ledger");
  if (source.purpose !== target.purpose) {
    const is = source.purpose === "real" ? "for real purchases" : "a rehearsal's";
    return refuse(shell, `${formatLedgerName(from)} is ${is}, and ${formatLedgerName(to)} is not`);
  }
  // All of them are looked at before the first is sealed.
  for (const name of campaigns) {
    const problem = await findHindrance(way, name);
    if (problem !== null) return refuse(shell, problem, "failed");
  }
  for (const name of campaigns) {
    const seal = { into: isPostgres(to) ? hidePassword(to) : resolve(to), ledger: target.id };
    if (!(await source.seal(name, seal))) return refuse(shell, explainRunning(name), "failed");
    const parcel = await createParcel(name, source);
    const answer = await guardTarget(way, target.receive(parcel));
    if (answer === "differs") return refuse(shell, explainDifference(name, to), "failed");
    const holds = [...foldHolds(parcel.entries).values()];
    const [spent, held] = [sum(holds.map((one) => one.spent)), sum(holds.map((one) => one.held))];
    const what = `${formatCount(removeMoves(parcel.entries).length, "entry").replace(/entrys$/, "entries")}, ${formatCount(holds.length, "hold")}, ${dollars(spent)} spent, ${dollars(held)} held`;
    shell.out(`${toPrintable(name)}: ${what}, ${TOLD[answer]} ${formatLedgerName(to)}.\n`);
  }
  if (await guardTarget(way, printProblems(shell, target, to))) return EXIT.failed;
  shell.err(
    `${formatLedgerName(from)} is sealed for ${campaigns.length === 1 ? "it" : "them"}: from now on name ${formatLedgerName(to)} with --ledger or TOPSHEET_LEDGER.\n`,
  );
  return EXIT.done;
}

const TOLD: Readonly<Record<Exclude<MoveOutcome, "differs">, string>> = {
  received: "moved to",
  "there-already": "all of it already in",
};

/** Why a campaign cannot go, found before anything is changed; null where it can. */
async function findHindrance(way: Way, name: string): Promise<string | null> {
  const { source, target, to } = way;
  await source.reclaimDeadRuns(name);
  if ((await source.openRuns(name)).length > 0) return explainRunning(name);
  const { sealed, formerly } = await source.moves(name);
  if (sealed !== null && sealed.ledger !== target.id) {
    return `${toPrintable(name)} has moved to ${toPrintable(sealed.into)} already`;
  }
  const known = removeMoves(await guardTarget(way, target.entries(name)));
  const there = await guardTarget(way, target.moves(name));
  const returns = mayReturn(there, formerly);
  const answer = compareEntries(known, returns, removeMoves(await source.entries(name)));
  return answer === "differs" ? explainDifference(name, to) : null;
}

function explainRunning(name: string): string {
  return `a run of ${toPrintable(name)} is in progress: let it end first`;
}

function explainDifference(name: string, to: string): string {
  return `${toPrintable(name)} was bought under ${formatLedgerName(to)} too: neither ledger tells the whole`;
}

/** What is wrong with the ledger that is moved to, told apart from what is wrong with the other. */
class TargetFault extends Error {}

async function guardTarget<Answer>(
  { to }: Pick<Way, "to">,
  work: Promise<Answer>,
): Promise<Answer> {
  const done = await guardLedger(to, async () => await work);
  if (!done.ok) throw new TargetFault(done.problem.message);
  return done.value;
}

async function openNamed(path: string, open: () => Promise<Ledger>): Promise<Result<Ledger>> {
  return await guardLedger(path, open, NAMED_WRONGLY);
}

/** Whether a ledger is not what its entries tell: such a one is not handed on. */
async function printProblems(shell: Shell, ledger: Ledger, path: string): Promise<boolean> {
  const { entries, kept } = await ledger.everything();
  const { problems } = verify(entries, kept);
  for (const problem of problems) {
    shell.err(`error: ${formatLedgerName(path)}: ${toPrintable(problem)}\n`);
  }
  return problems.length > 0;
}
