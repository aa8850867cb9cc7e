import { describe } from "vitest";
import { stepTable } from "./step-table.ts";
import { approvalLaws } from "./approvals/laws.ts";
import { approvedLines } from "./approvals/approved-lines.ts";
import { approvingAgain } from "./approvals/approving-again.ts";
import { approving } from "./approvals/approving.ts";
import { audits } from "./audits.ts";
import { batches } from "./batches.ts";
import { breaker } from "./breaker.ts";
import { campaigns } from "./campaigns.ts";
import { caps } from "./caps.ts";
import { correcting } from "./correcting.ts";
import { foretelling } from "./approvals/foretelling.ts";
import { interleavings } from "./any-order/laws.ts";
import { holdSteps } from "./hold-steps.ts";
import { moving } from "./moving.ts";
import { overageWindows } from "./approvals/overage-windows.ts";
import { occurrences } from "./occurrences.ts";
import { overages } from "./approvals/overages.ts";
import { reading } from "./reading.ts";
import { reserving } from "./reserving.ts";
import { runs } from "./runs.ts";
import { tags } from "./tags.ts";
import { windows } from "./windows.ts";
import type { Database } from "../rig/test-ledger.ts";

/** What every ledger does, whichever database keeps it. */
export function ledgerContract(name: string, database: Database): void {
  describe(`a ledger in ${name}`, () => {
    reserving(database);
    caps(database);
    tags(database);
    stepTable(database);
    holdSteps(database);
    correcting(database);
    runs(database);
    campaigns(database);
    reading(database);
    windows(database);
    occurrences(database);
    approving(database);
    approvedLines(database);
    approvingAgain(database);
    overages(database);
    overageWindows(database);
    breaker(database);
    batches(database);
    moving(database);
    audits(database);
    interleavings(database);
    approvalLaws(database);
    foretelling(database);
  });
}
