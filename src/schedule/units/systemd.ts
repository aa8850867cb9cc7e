import { occurrencesIn } from "../occurrences.ts";
import { firesDaily, type Fields } from "./cron-fields.ts";
import type { Unit } from "./unit.ts";

/** A service and the timer that wakes it: OnCalendar takes a time zone. */
export function systemdUnits({
  campaign,
  schedule,
  folder,
  command,
  sharedLedger,
  now,
}: Unit): string {
  const name = `topsheet-${campaign}`;
  const secrets = sharedLedger ? "FAL_KEY=… and TOPSHEET_LEDGER=postgres://…" : "FAL_KEY=…";
  const calendars = [...calendarsOf(schedule), ...jumpedOver(schedule, now)];
  return `# ${name}.service
# Put both files into /etc/systemd/system, then: systemctl daemon-reload && systemctl enable --now ${name}.timer
[Unit]
Description=topsheet: ${campaign} at its set times
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory=${escaped(folder)}
# ${secrets}; readable by no one else
EnvironmentFile=/etc/topsheet/${campaign}.env
# It buys what is due and ends: being woken too often does no harm.
ExecStart=/usr/bin/env ${command.map(word).join(" ")}
TimeoutStartSec=infinity

# ${name}.timer
[Unit]
Description=Wakes ${name}.service

[Timer]
${calendars.join("\n")}
AccuracySec=1s
# After it was off: what was missed is ${schedule.missed === "skip" ? "skipped" : "caught up"}, as the manifest says.
Persistent=true

[Install]
WantedBy=timers.target
`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Where day and weekday are both stated either will do, and systemd means both: then there are two lines. */
function calendarsOf({ fields, timezone }: Unit["schedule"]): readonly string[] {
  const { anyDay, anyWeekday, days, weekdays } = fields;
  const week = weekdays.map((day) => WEEKDAYS[day]).join(",");
  const line = (weekday: string, date: string): string =>
    `OnCalendar=${weekday === "" ? "" : `${weekday} `}*-${monthsOf(fields)}-${date} ${timesOf(fields)} ${timezone}`;
  if (firesDaily(fields)) return [line("", "*")];
  return [
    ...(anyDay ? [] : [line("", days.map(two).join(","))]),
    ...(anyWeekday ? [] : [line(week, "*")]),
  ];
}

function timesOf({ minutes, hours }: Fields): string {
  const hour = hours.length === 24 ? "*" : hours.map(two).join(",");
  const minute = minutes.length === 60 ? "*" : minutes.map(two).join(",");
  return `${hour}:${minute}:00`;
}

function monthsOf({ months }: Fields): string {
  return months.length === 12 ? "*" : months.map(two).join(",");
}

const YEARS_MS = 5 * 366 * 86_400_000;

/** What fires when the clock jumps over it: systemd leaves such a day out, so each is named, for five years. */
function jumpedOver(schedule: Unit["schedule"], now: number): readonly string[] {
  const { fields } = schedule;
  const moments: number[] = [];
  if (fields.minutes.length * fields.hours.length > MOST_TIMES) return [];
  for (const { at, local } of occurrencesIn(schedule, now, now + YEARS_MS)) {
    const [hour, minute] = [Number(local.slice(11, 13)), Number(local.slice(14, 16))];
    if (!fields.hours.includes(hour) || !fields.minutes.includes(minute)) moments.push(at);
  }
  if (moments.length === 0) return [];
  const lines = moments.map((at) => {
    const written = new Date(at).toISOString();
    return `OnCalendar=${written.slice(0, 10)} ${written.slice(11, 19)} UTC`;
  });
  return [
    `# The clock of ${schedule.timezone} jumps over a time of this schedule; systemd would leave that day out.`,
    ...lines,
  ];
}

// What fires more often is woken again within the hour that counts as on time.
const MOST_TIMES = 12;

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}

/** A word of ExecStart: quoted where it has to be, nothing in it expanded. */
function word(text: string): string {
  const safe = escaped(text).replaceAll("$", "$$$$");
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(safe)) return safe;
  return `"${safe.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
