import { shellQuoted } from "../../report/shell-quoted.ts";
import { cronText } from "./cron-fields.ts";
import type { Unit } from "./unit.ts";

/** Lines for `crontab -e`. Which time zone they are in differs from one cron to the next, so it is said. */
export function crontabLines({ schedule, folder, command, sharedLedger }: Unit): string {
  const { fields, timezone } = schedule;
  const words = `cd ${shellQuoted(folder)} && ${command.map(shellQuoted).join(" ")}`;
  // A bare per cent sign ends a crontab's command.
  const line = words.replaceAll("%", "\\%");
  const ledger = sharedLedger
    ? ["# The ledger's address has a password in it: this table is readable by you alone."]
    : [];
  const variables = sharedLedger ? ["TOPSHEET_LEDGER=postgres://…"] : [];
  return [
    "# It buys what is due and ends: being woken too often does no harm, and up to an hour late is on time.",
    ...ledger,
    "FAL_KEY=…",
    ...variables,
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "",
    `# With a cron that knows CRON_TZ (cronie: Fedora, RHEL, Arch), these are times of ${timezone}.`,
    `# CRON_TZ holds for every line below it.`,
    `CRON_TZ=${timezone}`,
    `${cronText(fields)} ${line}`,
    "",
    "# Debian's and Ubuntu's cron take no notice of CRON_TZ: times are the machine's own. Unless its time zone is",
    `# ${timezone} too, take this line in place of the two above; it wakes every quarter of an hour.`,
    `# ${quarterly(fields.minutes)} * * * * ${line}`,
    "",
  ].join("\n");
}

/** Zones differ by whole quarters of an hour: at these minutes, whatever the machine's zone, it is time. */
function quarterly(minutes: readonly number[]): string {
  const quarters = [0, 15, 30, 45].flatMap((more) => minutes.map((one) => (one + more) % 60));
  const all = [...new Set(quarters)].toSorted((a, b) => a - b);
  return all.length === 60 ? "*" : all.join(",");
}
