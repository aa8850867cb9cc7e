import { setTimeout as sleep } from "node:timers/promises";
import { readEntries } from "../rig/read-ledger.ts";
import { seededRandom } from "../rig/seeded-random.ts";
import { readEvents } from "../rig/read-events.ts";
import { settleUnknowns } from "../rig/settle-unknowns.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

export interface Kills {
  readonly kills: number;
  /** Of the lines that were under way when a run was killed: how many in which state. */
  readonly caught: Readonly<Record<string, number>>;
  readonly found: number;
  readonly notCharged: number;
  readonly problems: readonly string[];
}

/**
 * Starts runs of one manifest, one or several at a time, and kills each at some moment, again and again, a person
 * settling what is not known in between. Most moments are counted from the run's first word, every fourth from the
 * start of the process.
 */
export async function killAtRandom(
  stage: CampaignFolder,
  plan: {
    readonly kills: number;
    readonly longest: number;
    readonly seed: number;
    readonly atOnce?: number;
  },
): Promise<Kills> {
  const { kills, longest, seed, atOnce = 1 } = plan;
  const chance = seededRandom(seed);
  const caught: Record<string, number> = {};
  const problems: string[] = [];
  let [done, found, notCharged, rounds] = [0, 0, 0, 0];
  while (done < kills) {
    rounds += 1;
    const wanted = Math.min(atOnce, kills - done);
    const killed = await Promise.all(
      Array.from({ length: wanted }, async (_, which) => {
        const moment = { early: chance() < 0.25, after: chance() * longest };
        return await killedAt(stage, `events-${rounds}-${which}.jsonl`, moment);
      }),
    );
    done += killed.filter(Boolean).length;
    // One that ended by itself: there is nothing left to kill.
    if (killed.includes(false)) break;
    for (const state of await underWay(stage)) caught[state] = (caught[state] ?? 0) + 1;
    const verified = await stage.topsheet(["ledger", "verify", "--ledger", stage.ledger]);
    if (verified.code !== 0) problems.push(`after kill ${done}: ${verified.err}`);
    const settled = await settleUnknowns(stage);
    found += settled.found;
    notCharged += settled.notCharged;
  }
  return { kills: done, caught, found, notCharged, problems };
}

/** False where the run was over before. */
async function killedAt(
  stage: CampaignFolder,
  events: string,
  { early, after }: { readonly early: boolean; readonly after: number },
): Promise<boolean> {
  const going = stage.begin({ options: ["--events", events] });
  if (early) await sleep(100);
  else {
    await waitUntil("a run that starts", async () =>
      going.over() || (await readEvents(stage.cwd, events)).length > 0 ? true : null,
    );
  }
  await sleep(after);
  going.kill("SIGKILL");
  return (await going.ended).signal !== null;
}

/** The last step of each hold that is not over. */
async function underWay(stage: CampaignFolder): Promise<readonly string[]> {
  const last = new Map<string, string>();
  for (const { hold, fact } of await readEntries(stage.ledger)) {
    if (hold !== null) last.set(hold, fact.kind);
  }
  return [...last.values()].filter((kind) =>
    ["reserved", "sending", "submitted", "settled"].includes(kind),
  );
}
