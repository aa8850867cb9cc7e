import type { Order } from "../ledger/entry.ts";
import { type AdmittedPlan, sortForRun } from "../plan/admit.ts";
import { hashContent } from "../plan/fingerprint.ts";
import type { AdmittedLine } from "../plan/plan.ts";

/**
 * Returns the orders of a plan's lines in the order in which a run starts them. `rebuys`: which of the lines that were
 * bought with other input are bought again.
 */
export function makeOrders(
  plan: AdmittedPlan,
  rebuys: (line: AdmittedLine) => boolean,
): readonly Order[] {
  return sortForRun(plan.lines)
    .filter((line) => line.state === "to-buy" || (line.state === "changed" && rebuys(line)))
    .map((line) => makeOrder(line, plan));
}

function makeOrder(line: AdmittedLine, { campaign, edition }: AdmittedPlan): Order {
  const { key, shot, scene, tags, model, endpoint, seconds, input, cost, fingerprint, ordinal } =
    line;
  return {
    campaign: campaign.name,
    edition,
    fingerprint,
    gist: hashContent(endpoint, input),
    ordinal,
    key,
    shot,
    scene,
    ...(tags.length > 0 && { tags }),
    model,
    endpoint,
    seconds,
    input,
    cost,
    unitPrice: line.price.perUnit,
  };
}
