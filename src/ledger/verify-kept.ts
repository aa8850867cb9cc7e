import { type Overage, type Terms, writtenTerms } from "../budget/terms.ts";
import type { Seal } from "./entry.ts";
import { folded } from "./held-caps.ts";
import { blocks, type Hold, isUnderWay } from "./hold.ts";
import type {
  Kept,
  KeptApproval,
  KeptOccurrence,
  KeptRun,
  KeptSchedule,
  Purpose,
} from "./ledger.ts";

/** What a ledger's entries tell. Campaigns are folded. */
export interface Told {
  /** Null if no entry says. */
  readonly purpose: Purpose | null;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly accounts: ReadonlyMap<string, string>;
  readonly runs: ReadonlyMap<string, Omit<KeptRun, "id">>;
  readonly terms: ReadonlyMap<string, Terms>;
  readonly approvals: ReadonlyMap<string, KeptApproval>;
  readonly overages: readonly (Overage & { readonly campaign: string })[];
  readonly schedules: ReadonlyMap<string, Pick<KeptSchedule, "schedule" | "since">>;
  /** By campaign and instant. */
  readonly occurrences: ReadonlyMap<string, KeptOccurrence>;
  /** Where campaigns have gone. */
  readonly sealed: ReadonlyMap<string, Seal>;
}

/** Where what a database keeps beside the entries is not what they tell. */
export function keptProblems(told: Told, kept: Kept): readonly string[] {
  const approvals = kept.approvals.map((one) => ({ ...one, id: approvalId(one) }));
  const terms = kept.campaigns.flatMap((one) =>
    one.terms === null ? [] : [{ id: one.campaign, terms: writtenTerms(one.terms) }],
  );
  const seals = kept.campaigns.flatMap(({ campaign: id, sealed }) =>
    sealed === null ? [] : [{ id, sealed }],
  );
  const { purpose } = told;
  return [
    ...(kept.purpose === purpose
      ? []
      : [`it has purpose ${kept.purpose}, its entries say ${String(purpose)}`]),
    ...compared("seal of", seals, told.sealed, (sealed) => ({ sealed })),
    ...compared("hold", kept.holds, told.holds, (hold, id) => ({
      ...hold,
      campaign: folded(hold.campaign),
      shot: folded(hold.shot),
      request: hold.request?.id ?? null,
      account: told.accounts.get(id) ?? "",
      blocks: blocks(hold),
      underWay: isUnderWay(hold),
    })),
    ...compared("campaign", terms, told.terms, (one) => ({ terms: writtenTerms(one) })),
    ...compared(
      "run",
      kept.runs.map((run) => {
        const { id, campaign, account, limits, approval, owner } = run;
        const { batch, partOf, atOnce, ended, reason } = run;
        const lives = { batch, partOf, atOnce, ended, reason };
        return { id, campaign, account, limits, approval, owner, ...lives };
      }),
      told.runs,
      (run) => run,
    ),
    ...compared(
      "schedule",
      kept.schedules.map(({ campaign, ...one }) => ({ ...one, id: campaign })),
      told.schedules,
      (one) => one,
    ),
    ...compared(
      "occurrence",
      kept.occurrences.map((one) => ({ ...one, id: occurrenceId(one) })),
      told.occurrences,
      (one) => one,
    ),
    ...compared("approval", approvals, told.approvals, (one) => one),
    ...(JSON.stringify(kept.overages.map(inOrder)) === JSON.stringify(told.overages.map(inOrder))
      ? []
      : ["the overages are not what the entries tell"]),
  ];
}

export function approvalId({ campaign, plan }: Pick<KeptApproval, "campaign" | "plan">): string {
  return `${campaign} ${plan}`;
}

export function occurrenceId({
  campaign,
  instant,
}: Pick<KeptOccurrence, "campaign" | "instant">): string {
  return `${campaign} ${new Date(instant).toISOString()}`;
}

/** Each field that is kept against the same of what the entries tell; what is not kept is not asked for. */
function compared<One>(
  what: string,
  kept: readonly { readonly id: string }[],
  told: ReadonlyMap<string, One>,
  fieldsOf: (one: One, id: string) => object,
): readonly string[] {
  const problems: string[] = [];
  const seen = new Set(kept.map(({ id }) => id));
  for (const id of told.keys()) {
    if (!seen.has(id)) problems.push(`${what} ${id} is in the entries only`);
  }
  for (const { id, ...row } of kept) {
    const known = told.get(id);
    if (known === undefined) {
      problems.push(`${what} ${id} is not in the entries`);
      continue;
    }
    const fields = new Map<string, unknown>(Object.entries(fieldsOf(known, id)));
    for (const [name, value] of Object.entries(row)) {
      const [has, says] = [shown(value), shown(fields.get(name))];
      if (has !== says) problems.push(`${what} ${id} has ${name} ${has}, its entries say ${says}`);
    }
  }
  return problems;
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function inOrder({ campaign, cap, of, amount, by, why, at }: Told["overages"][number]): unknown {
  return [campaign, cap, of, amount, by, why, at];
}
