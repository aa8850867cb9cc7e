import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { readEntries, readHolds, findRequests } from "./read-ledger.ts";
import { readStatus } from "./read-documents.ts";
import type { CampaignFolder } from "./campaign-folder.ts";

export interface Settled {
  readonly found: number;
  readonly notCharged: number;
  /** Said too early: its order might still arrive. */
  readonly early: number;
}

/** Settles what is unknown as a person would: looks for what was sent among the simulator's jobs, and says so. */
export async function settleUnknowns(stage: CampaignFolder): Promise<Settled> {
  let [found, notCharged, early] = [0, 0, 0];
  const unknown = new Set(await unknownHolds(stage));
  for (const hold of await readHolds(stage.ledger, "proof")) {
    if (!unknown.has(hold.id)) continue;
    const known = new Set(findRequests(await readEntries(stage.ledger)));
    const job = (await stage.simulator.jobs()).find(
      ({ input, requestId }) => isDeepStrictEqual(input, hold.input) && !known.has(requestId),
    );
    const answer = job === undefined ? ["--not-charged"] : ["--request-id", job.requestId];
    const line = `${hold.campaign}/${hold.key}`;
    const who = ["--by", "Ada", "--why", "looked at the list of requests"];
    const told = await stage.topsheet([
      "resolve",
      line,
      ...answer,
      ...who,
      "--ledger",
      stage.ledger,
    ]);
    if (told.code !== 0 && /: --not-charged is accepted from/.test(told.err)) {
      early += 1;
      continue;
    }
    if (told.code !== 0) throw new Error(`resolve ${line}: ${told.err}`);
    if (job === undefined) notCharged += 1;
    else found += 1;
  }
  return { found, notCharged, early };
}

/** As `status` tells them, also while the next run has not yet come by. */
async function unknownHolds(stage: CampaignFolder): Promise<readonly string[]> {
  const told = await stage.topsheet(["status", "--format", "json", "--ledger", stage.ledger]);
  // Nothing stands in a ledger before its first run.
  if (told.out === "") return [];
  const { lines } = readStatus(told.out);
  return lines.flatMap(({ state, hold }) => (state === "unknown" && hold !== null ? [hold] : []));
}

/** The same command again until all is bought: with what each run ended, and what a person settled after it. */
export async function buyUntilSettled(stage: CampaignFolder): Promise<readonly string[]> {
  const told: string[] = [];
  while (told.at(-1) !== "0" && told.length < 5) {
    const { code } = await stage.run();
    let [found, notCharged, early] = [0, 0, 1];
    while (early > 0) {
      const settled = await settleUnknowns(stage);
      found += settled.found;
      notCharged += settled.notCharged;
      early = settled.early;
      if (early > 0) await sleep(1_000);
    }
    told.push(`${String(code)}${" found".repeat(found)}${" not charged".repeat(notCharged)}`);
  }
  return told;
}
