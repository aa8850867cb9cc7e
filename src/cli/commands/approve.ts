import { basename } from "node:path";
import { parseEnd, describeUntil } from "../../budget/window.ts";
import { formatCount, toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import type { StandingApproval } from "../../ledger/approval.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { hidePassword } from "../../ledger/postgres-url.ts";
import { dollars, NOTHING, subtract, sum } from "../../money.ts";
import { writeApproval, makeApprovalPath } from "../../plan/plan-file.ts";
import { hashContent } from "../../plan/fingerprint.ts";
import type { LineState, Plan } from "../../plan/plan.ts";
import { evaluatePlan } from "../buying/evaluate-plan.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import {
  isPlansLedger,
  openLedgerToWrite,
  explainMissingLedger,
  tellRehearsal,
  withLedger,
  workInLedger,
} from "../ledgers.ts";
import { makeDiskProblem, loadPlan } from "../load.ts";
import type { ApproveOptions } from "../options.ts";
import { checkWords, readUsd } from "../read-options.ts";
import type { Shell } from "../shell.ts";

/** Signs a saved plan: an entry in the ledger, which counts, and a file beside the plan, which shows it. */
export async function approve(
  shell: Shell,
  path: string,
  options: ApproveOptions,
): Promise<number> {
  const by = options.by.trim();
  const words = checkWords({ "--by": by });
  if (!words.ok) return refuse(shell, words.problem);
  const usd = readUsd("--limit", options.limit);
  if (!usd.ok) return refuse(shell, usd.problem);
  const limit = usd.value;
  if (limit === 0 && /^[0-9a-f]{8,64}$/.test(path))
    return await withdrawApproval(shell, path, by, options);
  const loaded = await loadPlan(shell, [path], { only: [], ...pickPrices(options) });
  if (!loaded.ok) return refuse(shell, loaded.problem);
  const { plan, saved } = loaded.value;
  if (saved === null || path === "-") {
    const hint = "save one with `topsheet plan … -o plan.json`";
    return refuse(shell, `${toPrintable(path)} is not a saved plan: ${hint}`);
  }
  const until =
    options.until === undefined ? null : parseEnd(options.until, plan.campaign.timezone);
  if (until === undefined) {
    const given = JSON.stringify(options.until);
    return refuse(
      shell,
      `--until takes a date such as 2026-12-24, or a moment with its offset such as 2026-12-24T18:00+01:00, not ${given}`,
    );
  }
  if (until !== null && until <= shell.now()) {
    return refuse(shell, `--until ${toPrintable(options.until ?? "")} is over already`);
  }
  const unmade = saved.ledger === null ? null : explainMissingLedger;
  const opened = await openLedgerToWrite(shell, [path], options.ledger, unmade);
  if (!opened.ok) return refuse(shell, opened.problem);
  const { path: ledgerPath, make } = opened.value;
  let { ledger } = opened.value;
  const work = async (): Promise<number> => {
    if (!(await isPlansLedger(saved, ledger, plan.campaign.name))) {
      const problem = `${toPrintable(path)} was planned against another ledger: name that one with --ledger`;
      return refuse(shell, problem, "not-approved");
    }
    if (make !== null) {
      ledger.close();
      ledger = await make();
    }
    const lines = plan.lines.map(({ key, fingerprint, ordinal, endpoint, input, cost }) => {
      return { key, fingerprint, ordinal, gist: hashContent(endpoint, input), cost };
    });
    const cost = sum(lines.map((line) => line.cost));
    const { name } = plan.campaign;
    const approval = { plan: saved.sha256, created: saved.created, by, limit, until };
    await ledger.approve(name, approval, lines);
    tellRehearsal(shell, ledger);
    const ends = until === null ? "" : ` ${describeUntil(until, plan.campaign.timezone)}`;
    shell.err(
      limit === 0
        ? `${toPrintable(by)} takes the approval of ${toPrintable(path)} back: nothing more is bought under it.\n`
        : `${toPrintable(by)} approves ${formatCount(lines.length, "line")} of ${toPrintable(name)} for ${dollars(cost)}: at most ${dollars(limit)}${ends}.\n`,
    );
    const standing = await ledger.approvals(name);
    printOtherApprovals(shell, standing, saved.sha256, options.ledger);
    const own = standing.find((one) => one.plan === saved.sha256);
    if (limit !== 0 && own !== undefined) await printShortfall(shell, ledger, plan, own);
    const beside = makeApprovalPath(path);
    const signed = { file: basename(path), campaign: name, lines: lines.length, cost, by, limit };
    const text = writeApproval({
      ...signed,
      sha256: saved.sha256,
      until,
      at: shell.now(),
      ledger: ledger.id,
      rehearsal: ledger.purpose === "rehearsal",
    });
    const fault = await shell.write(beside, text);
    if (fault === null) {
      shell.err(`${toPrintable(beside)} written; the ledger has the entry that counts.\n`);
      return EXIT.done;
    }
    const exit = refuse(shell, makeDiskProblem(beside, fault, "write"));
    shell.err("The approval stands in the ledger all the same.\n");
    return exit;
  };
  return await workInLedger(shell, { ledgerPath, close: () => ledger.close() }, work);
}

/** Approvals of other plans of the campaign: each still stands for itself. */
function printOtherApprovals(
  shell: Shell,
  standing: readonly StandingApproval[],
  print: string,
  ledger: string | undefined,
): void {
  const now = shell.now();
  const at = ledger === undefined ? "" : ` --ledger ${quoteForShell(hidePassword(ledger))}`;
  for (const { plan, limit, used, until, created } of standing) {
    const over = limit <= used || (until !== null && until <= now);
    if (plan === print || over) continue;
    const left = dollars(subtract(limit, used));
    shell.err(
      `The approval of the plan of ${toPrintable(created)} stands too, ${left} of it left: \`topsheet approve ${plan.slice(0, 12)} --by NAME --limit 0${at}\` takes it back.\n`,
    );
  }
}

/** By how much what is still to be bought of a plan costs more than its approval leaves. */
async function printShortfall(
  shell: Shell,
  ledger: Ledger,
  plan: Plan,
  { limit, used }: StandingApproval,
): Promise<void> {
  const { plan: held } = await evaluatePlan(plan, ledger, {
    retryFailed: false,
    now: shell.now(),
  });
  const open = held.lines.filter(({ state }) => OPEN.has(state));
  const missing = subtract(sum(open.map(({ cost }) => cost)), subtract(limit, used));
  if (missing <= 0) return;
  shell.err(
    `That is ${dollars(missing)} less than what is still to be bought costs: a run has to choose with --only.\n`,
  );
}

const OPEN: ReadonlySet<LineState> = new Set(["to-buy", "changed", "over-cap"]);

/** Takes back what was approved, by the plan's SHA-256 as status shows it: its file may be gone. */
async function withdrawApproval(
  shell: Shell,
  print: string,
  by: string,
  options: ApproveOptions,
): Promise<number> {
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    for (const campaign of await ledger.campaigns()) {
      const approvals = await ledger.approvals(campaign);
      const found = approvals.find(({ plan }) => plan.startsWith(print));
      if (found === undefined) continue;
      const { plan, created, lines } = found;
      const nothing = { plan, created, by, limit: NOTHING, until: null };
      await ledger.approve(campaign, nothing, lines);
      tellRehearsal(shell, ledger);
      shell.err(
        `${toPrintable(by)} takes the approval of ${print} back: nothing more is bought under it.\n`,
      );
      return EXIT.done;
    }
    return refuse(shell, `the ledger has no approval of ${print}`);
  });
}

function pickPrices({ prices }: ApproveOptions): { readonly prices?: string } {
  return prices === undefined ? {} : { prices };
}
