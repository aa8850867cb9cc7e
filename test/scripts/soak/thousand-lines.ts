import { manifest, shots } from "../../program/rig/manifest.ts";
import { measurePace } from "../../program/buying/measure-pace.ts";
import { findProblems } from "../../program/rig/check-campaign.ts";
import { CampaignFolder } from "../../program/rig/campaign-folder.ts";
import { Cleanup } from "../../program/rig/cleanup.ts";

// `npx tsx test/scripts/soak/thousand-lines.ts [lines] [at once]`, after `npm run build`: how long many lines of two seconds
// take, against the shortest time they could, and what they cost in memory and requests.

const SECONDS = 2;
// What the simulator takes for a video of turbo pro at speed 1, its queue included; a fifth more or less.
const SLOW_SECONDS = 63;

const [lines = 1_000, atOnce = 50] = process.argv.slice(2).map(Number);
const cleanup = new Cleanup();
try {
  const cap = lines * 0.42;
  const written = manifest(shots(lines), { budget: { cap }, concurrency: atOnce });
  const stage = await CampaignFolder.set(cleanup, written, { speed: SLOW_SECONDS / SECONDS });
  const pace = await measurePace(stage, lines);
  const ideal = (lines / atOnce) * SECONDS;
  const growth = pace.all - pace.quarter;
  console.log(`${lines} lines of about ${SECONDS} s, ${atOnce} at once: exit ${String(pace.code)}`);
  say("makespan", `${pace.makespan.toFixed(1)} s`, `ideal ${ideal} s`);
  say("ratio", (pace.makespan / ideal).toFixed(3), "aim ≤ 1.10", pace.makespan <= ideal * 1.1);
  say("whole process", `${pace.process.toFixed(1)} s`, "with start and report");
  const end = `at the end ${pace.all.toFixed(0)} MB, at most ${pace.peak.toFixed(0)} MB`;
  say("memory at 25 %", `${pace.quarter.toFixed(0)} MB`, end);
  say("growth", `${growth.toFixed(0)} MB`, "aim < 60 MB", growth < 60);
  say("requests a line", pace.requestsPerLine.toFixed(2), JSON.stringify(pace.requests));
  const problems = await findProblems(stage, { cap: cap.toFixed(2) });
  say("not as promised", String(problems.length), problems.join("; "), problems.length === 0);
} finally {
  await cleanup.clear();
}

function say(what: string, figure: string, beside: string, fine = true): void {
  console.log(`  ${what.padEnd(16)} ${figure.padStart(9)}   ${beside}${fine ? "" : "   MISSED"}`);
  if (!fine) process.exitCode = 1;
}
