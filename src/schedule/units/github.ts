import { shellQuoted } from "../../report/shell-quoted.ts";
import type { Unit } from "./unit.ts";
import { utcCrons } from "./utc-crons.ts";

/** A workflow. GitHub's cron is UTC and late; which of its starts are due is for the command to decide. */
export function githubWorkflow({ campaign, schedule, command, now }: Unit): string {
  const crons = utcCrons(schedule.fields, schedule.timezone, now).map(
    ({ cron, offset }) => `    - cron: "${cron}" # while the clock is ${ahead(offset)}`,
  );
  return `# .github/workflows/topsheet-${campaign}.yml
# Secrets: FAL_KEY, and TOPSHEET_LEDGER, the address of a PostgreSQL ledger: a checkout has none of its own.
name: topsheet ${campaign}
on:
  # ${schedule.cron} in ${schedule.timezone}. GitHub's cron is UTC and knows no daylight saving, so every clock of that
  # zone has its line; the command buys only at what is due, once, however often it is started. GitHub may start it
  # late: up to an hour counts as on time, what is later was missed, and is ${schedule.missed === "skip" ? "skipped" : "caught up"}.
  schedule:
${crons.join("\n")}
permissions:
  contents: read
concurrency:
  group: topsheet-${campaign}
  cancel-in-progress: false
jobs:
  topsheet:
    runs-on: ubuntu-latest
    timeout-minutes: 350
    env:
      FAL_KEY: \${{ secrets.FAL_KEY }}
      TOPSHEET_LEDGER: \${{ secrets.TOPSHEET_LEDGER }}
      # What npm installs: topsheet's version or the address of its tarball.
      TOPSHEET: topsheet
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm install --global "$TOPSHEET"
      - run: |
          ${command.map(shellQuoted).join(" ")}
      - if: \${{ !cancelled() }}
        uses: actions/upload-artifact@v4
        with:
          name: ${campaign}
          path: out/
          if-no-files-found: ignore
`;
}

function ahead(minutes: number): string {
  if (minutes === 0) return "that of UTC";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = String(Math.abs(minutes) % 60).padStart(2, "0");
  return `${hours}:${rest} ${minutes > 0 ? "ahead of" : "behind"} UTC`;
}
