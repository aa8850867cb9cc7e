import type { Hold } from "../ledger/hold.ts";
import { NOTHING, parseUnits, sameUnits, subtract, timesUnits, type Units } from "../money.ts";
import { describeValue } from "../diagnostics/printable.ts";
import { describePriceTerms } from "../plan/fingerprint.ts";
import type { BillFinding } from "./events.ts";
import { askLedger, type Work } from "./work.ts";

const AS_PLANNED: BillFinding = { excess: NOTHING, doubt: null };

// How many earlier jobs must have had the same units for those to be usual.
const AGREEING = 3;

/**
 * Checks the units that a bill states, in this order. Units that cannot be read are doubted. Units whose price is known
 * are compared with the plan. Unless they cost exactly what was planned, they are compared with those of the newest
 * settled jobs with the same endpoint, seconds and price terms, of any campaign: they are doubted if at least three of
 * those jobs agree on other units, and no three on these.
 */
export async function checkBill(
  work: Work,
  hold: Hold,
  written: string | null,
): Promise<BillFinding> {
  if (written === null) return AS_PLANNED;
  if (hold.unitPrice === null) work.unchecked.add(hold.model);
  const units = parseUnits(written);
  if (units === undefined) {
    return {
      excess: NOTHING,
      doubt: `its billable units cannot be read: ${describeValue(written)}`,
    };
  }
  if (hold.unitPrice !== null) {
    const billed = timesUnits(hold.unitPrice, units);
    if (billed > hold.cost) return { excess: subtract(billed, hold.cost), doubt: null };
    if (billed === hold.cost) return AS_PLANNED;
  }
  const usual = findUsualUnits(units, await readEarlierUnits(work, hold));
  if (usual === null) return AS_PLANNED;
  const doubt = `billed for ${written} units, and ${usual.jobs} earlier jobs like it for ${usual.written}`;
  return { excess: NOTHING, doubt };
}

interface Usual {
  readonly units: Units;
  readonly written: string;
  readonly jobs: number;
}

/** Returns the units that most earlier jobs had; null if three of them had the same as this one, or no three agree. */
export function findUsualUnits(units: Units, earlier: readonly string[]): Usual | null {
  const groups: Usual[] = [];
  for (const written of earlier) {
    const each = parseUnits(written);
    if (each === undefined) continue;
    const index = groups.findIndex((group) => sameUnits(group.units, each));
    const group = groups[index];
    if (group === undefined) groups.push({ units: each, written, jobs: 1 });
    else groups[index] = { ...group, jobs: group.jobs + 1 };
  }
  const agreed = groups.filter(({ jobs }) => jobs >= AGREEING);
  if (agreed.some((group) => sameUnits(group.units, units))) return null;
  return agreed.toSorted((a, b) => b.jobs - a.jobs)[0] ?? null;
}

async function readEarlierUnits(work: Work, hold: Hold): Promise<readonly string[]> {
  const terms = describePriceTerms(hold.endpoint, hold.input);
  if (terms === null) return [];
  // Recording the settlement matters more: a ledger in trouble only skips this check.
  const jobs = await askLedger(
    async () => await work.ledger.billedJobs(hold.endpoint, hold.seconds),
    [],
  );
  return jobs.flatMap(({ input, billableUnits }) =>
    billableUnits !== null && describePriceTerms(hold.endpoint, input) === terms
      ? [billableUnits]
      : [],
  );
}
