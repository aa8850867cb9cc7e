import { describe } from "vitest";
import { advancing } from "./contract/advancing.ts";
import { approvalLaws } from "./contract/approval-laws.ts";
import { approvedLines } from "./contract/approved-lines.ts";
import { approvingAgain } from "./contract/approving-again.ts";
import { approving } from "./contract/approving.ts";
import { audits } from "./contract/audits.ts";
import { batches } from "./contract/batches.ts";
import { breaker } from "./contract/breaker.ts";
import { campaigns } from "./contract/campaigns.ts";
import { caps } from "./contract/caps.ts";
import { correcting } from "./contract/correcting.ts";
import { foretelling } from "./contract/foretelling.ts";
import { interleavings } from "./contract/interleavings.ts";
import { lives } from "./contract/lives.ts";
import { moving } from "./contract/moving.ts";
import { overageWindows } from "./contract/overage-windows.ts";
import { occurrences } from "./contract/occurrences.ts";
import { overages } from "./contract/overages.ts";
import { reading } from "./contract/reading.ts";
import { reserving } from "./contract/reserving.ts";
import { runs } from "./contract/runs.ts";
import { tags } from "./contract/tags.ts";
import { windows } from "./contract/windows.ts";
import type { Database } from "./rig.ts";

/** What every ledger does, whatever it is kept in. */
export function ledgerContract(name: string, database: Database): void {
  describe(`a ledger in ${name}`, () => {
    reserving(database);
    caps(database);
    tags(database);
    advancing(database);
    lives(database);
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
