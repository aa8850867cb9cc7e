import { manifest, shots } from "../../program/rig/manifest.ts";
import { buyUntilSettled } from "../../program/rig/settle-unknowns.ts";
import { killAtRandom } from "../../program/killed/random-kills.ts";
import { findLeftovers, findProblems } from "../../program/rig/check-campaign.ts";
import { CampaignFolder } from "../../program/rig/campaign-folder.ts";
import { Cleanup } from "../../program/rig/cleanup.ts";

// `npx tsx test/scripts/soak/random-kills.ts [kills] [seed]`, after `npm run build`: campaigns of forty lines whose runs are
// killed at random moments until enough were, every third campaign with two runs at once; each is then bought to its
// end and gone over.

const LINES = 40;
const FAULTS = "reset:4%,503:4%,429:4%,refuse:4%,lost:10%,cut:10%,slow:20%,status:10%,stream:5%";

const [kills = 200, seed = 1] = process.argv.slice(2).map(Number);
const sums = { kills: 0, found: 0, notCharged: 0, litter: 0, submits: 0 };
const caught: Record<string, number> = {};
const problems: string[] = [];
let campaigns = 0;
while (sums.kills < kills) {
  campaigns += 1;
  const cleanup = new Cleanup();
  try {
    const budget = { cap: LINES * 0.42 };
    const written = manifest(shots(LINES), { budget, concurrency: 8 });
    const own = seed * 1_000 + campaigns;
    const stage = await CampaignFolder.set(cleanup, written, {
      speed: 25,
      faults: FAULTS,
      seed: own,
    });
    const left = kills - sums.kills;
    const atOnce = campaigns % 3 === 0 ? 2 : 1;
    const plan = { kills: Math.min(24, left), longest: 700, seed: own, atOnce };
    const told = await killAtRandom(stage, plan);
    const codes = await buyUntilSettled(stage);
    const wrong = await findProblems(stage, { cap: budget.cap.toFixed(2) });
    problems.push(...[...told.problems, ...wrong].map((what) => `seed ${own}: ${what}`));
    sums.kills += told.kills;
    sums.found += told.found;
    sums.notCharged += told.notCharged;
    sums.litter += (await findLeftovers(stage)).length;
    sums.submits += (await stage.simulator.bill()).submits;
    for (const [state, count] of Object.entries(told.caught)) {
      caught[state] = (caught[state] ?? 0) + count;
    }
    console.log(
      `seed ${own}: ${told.kills} kills, then ${codes.join(", ")}; wrong: ${wrong.length}`,
    );
  } finally {
    await cleanup.clear();
  }
}
console.log(`${sums.kills} kills in ${campaigns} campaigns of ${LINES} lines`);
console.log("  lines under way at a kill, by the last that stood in the ledger:", caught);
console.log(`  unknown and found ${sums.found}, not found ${sums.notCharged}`);
console.log(
  `  orders sent ${sums.submits} for ${campaigns * LINES} lines, half downloads left ${sums.litter}`,
);
console.log(problems.length === 0 ? "  all as promised" : problems.join("\n"));
process.exitCode = problems.length === 0 ? 0 : 1;
