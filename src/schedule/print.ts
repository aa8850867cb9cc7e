import { quoteForShell } from "../diagnostics/printable.ts";
import { Temporal } from "temporal-polyfill";
import type { Schedule } from "../plan/campaign.ts";
import { groupBy } from "../plan/group-by.ts";
import { listOccurrences } from "./due.ts";

/** Prints a service and the timer that wakes it: OnCalendar takes a time zone. */
export function printSystemdUnits(unit: Unit): string {
  const { campaign, schedule, folder, program, args, now } = unit;
  const name = `topsheet-${campaign}`;
  const calendars = [...listCalendars(schedule), ...listJumpedOver(schedule, now)];
  return `# ${name}.service
# Put both files into /etc/systemd/system, then: systemctl daemon-reload && systemctl enable --now ${name}.timer
[Unit]
Description=topsheet: ${campaign} at its set times
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory=${escapePercent(folder)}
# ${listVariables(unit).join(" and ")}; readable by no one else
EnvironmentFile=/etc/topsheet/${campaign}.env
# It buys what is due and ends: being woken too often does no harm.
ExecStart=${[...program.map((path) => quoteWord(escapePercent(path))), ...args.map(formatArgument)].join(" ")}
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

/** Lists the variables that a buying machine needs, for a person to fill in. */
function listVariables({ secrets, sharedLedger }: Unit): readonly string[] {
  const own = secrets.map((name) => `${name}=…`);
  return sharedLedger ? [...own, "TOPSHEET_LEDGER=postgres://…"] : own;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** If a schedule states day and weekday, either will do; systemd would want both, so there are two lines. */
function listCalendars({ fields, timezone }: Unit["schedule"]): readonly string[] {
  const { anyDay, anyWeekday, days, weekdays } = fields;
  const week = weekdays.map((day) => WEEKDAYS[day]).join(",");
  const line = (weekday: string, date: string): string =>
    `OnCalendar=${weekday === "" ? "" : `${weekday} `}*-${formatMonths(fields)}-${date} ${formatTimes(fields)} ${timezone}`;
  if (firesDaily(fields)) return [line("", "*")];
  return [
    ...(anyDay ? [] : [line("", days.map(padTwo).join(","))]),
    ...(anyWeekday ? [] : [line(week, "*")]),
  ];
}

function formatTimes({ minutes, hours }: Fields): string {
  const hour = hours.length === 24 ? "*" : hours.map(padTwo).join(",");
  const minute = minutes.length === 60 ? "*" : minutes.map(padTwo).join(",");
  return `${hour}:${minute}:00`;
}

function formatMonths({ months }: Fields): string {
  return months.length === 12 ? "*" : months.map(padTwo).join(",");
}

const YEARS_MS = 5 * 366 * 86_400_000;

/** Lists the times of five years that the clock jumps over: systemd would leave those days out. */
function listJumpedOver(schedule: Unit["schedule"], now: number): readonly string[] {
  const { fields } = schedule;
  const moments: number[] = [];
  if (fields.minutes.length * fields.hours.length > MOST_TIMES) return [];
  for (const { at, local } of listOccurrences(schedule, now, now + YEARS_MS)) {
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

function padTwo(value: number): string {
  return String(value).padStart(2, "0");
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%%");
}

/** Formats an argument of ExecStart: quoted if it has to be, so that systemd expands nothing in it. */
function formatArgument(text: string): string {
  return quoteWord(escapePercent(text).replaceAll("$", "$$$$"));
}

function quoteWord(safe: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(safe)) return safe;
  return `"${safe.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A campaign to hand to another scheduler. */
export interface Unit {
  readonly campaign: string;
  readonly schedule: Schedule;
  /** The folder in which the command is to run. */
  readonly folder: string;
  /** How the program is started. */
  readonly program: readonly string[];
  /** Its arguments: it fires what is due and ends, so that being woken too often does no harm. */
  readonly args: readonly string[];
  /** The variables that the vendors need. */
  readonly secrets: readonly string[];
  /** Whether the ledger is PostgreSQL: its address has a password in it, and comes through the environment. */
  readonly sharedLedger: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** Prints lines for `crontab -e`. They state their time zone: crons differ in how they take it. */
export function printCrontab(unit: Unit): string {
  const { schedule, folder, program, args, sharedLedger } = unit;
  const { fields, timezone } = schedule;
  const words = `cd ${quoteForShell(folder)} && ${[...program, ...args].map(quoteForShell).join(" ")}`;
  // A bare percent sign ends a crontab's command.
  const line = words.replaceAll("%", "\\%");
  const ledger = sharedLedger
    ? ["# The ledger's address has a password in it: this table is readable by you alone."]
    : [];
  return [
    "# It buys what is due and ends: being woken too often does no harm, and up to an hour late is on time.",
    ...ledger,
    ...listVariables(unit),
    "",
    `# With a cron that knows CRON_TZ (cronie: Fedora, RHEL, Arch), these are times of ${timezone}.`,
    `# CRON_TZ holds for every line below it.`,
    `CRON_TZ=${timezone}`,
    `${formatCron(fields)} ${line}`,
    "",
    "# Debian's and Ubuntu's cron take no notice of CRON_TZ: times are the machine's own. Unless its time zone is",
    `# ${timezone} too, take this line in place of the two above; it wakes every quarter of an hour.`,
    `# ${formatQuarterHours(fields.minutes)} * * * * ${line}`,
    "",
  ].join("\n");
}

/** Lists the minutes of a schedule in any time zone: zones differ by whole quarters of an hour. */
function formatQuarterHours(minutes: readonly number[]): string {
  const quarters = [0, 15, 30, 45].flatMap((more) => minutes.map((one) => (one + more) % 60));
  const all = sortNumbers(new Set(quarters));
  return all.length === 60 ? "*" : all.join(",");
}

type Fields = Unit["schedule"]["fields"];

/** Formats fields so that every cron reads them alike: with values written out, for some take steps differently. */
export function formatCron(fields: Fields): string {
  const { minutes, hours, days, months, weekdays } = fields;
  const any = firesDaily(fields);
  return [
    formatValues(minutes, 60),
    formatValues(hours, 24),
    any || fields.anyDay ? "*" : days.join(","),
    formatValues(months, 12),
    any || fields.anyWeekday ? "*" : formatRanges(weekdays),
  ].join(" ");
}

/** Whether every day of its months fires: if day and weekday are both stated, either will do. */
function firesDaily({ anyDay, anyWeekday, days, weekdays }: Fields): boolean {
  const allDays = days.length === 31;
  const allWeekdays = weekdays.length === 7;
  if (anyDay) return allWeekdays;
  return anyWeekday ? allDays : allDays || allWeekdays;
}

function formatValues(values: readonly number[], all: number): string {
  return values.length === all ? "*" : formatRanges(values);
}

/** `1-5`, `0,15,30,45`: three in a row or more are a range. */
function formatRanges(values: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length;) {
    let to = from;
    while (values[to + 1] === (values[to] ?? 0) + 1) to += 1;
    const [first = 0, last = 0] = [values[from], values[to]];
    if (to - from >= 2) parts.push(`${first}-${last}`);
    else parts.push(...values.slice(from, to + 1).map(String));
    from = to + 1;
  }
  return parts.join(",");
}

/** Prints a workflow. GitHub's cron is UTC and late; the command decides which of its starts are due. */
export function printWorkflow({ campaign, schedule, program, args, secrets, now }: Unit): string {
  const crons = listUtcCrons(schedule.fields, schedule.timezone, now).map(
    ({ cron, offset }) => `    - cron: "${cron}" # while the clock is ${describeOffset(offset)}`,
  );
  return `# .github/workflows/topsheet-${campaign}.yml
# Secrets: ${secrets.join(", ")}, and TOPSHEET_LEDGER, the address of a PostgreSQL ledger: a checkout has none of its own.
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
${[...secrets, "TOPSHEET_LEDGER"].map((name) => `      ${name}: \${{ secrets.${name} }}`).join("\n")}
      # The tarball of topsheet, which \`npm pack\` makes in a clone of it: its path in this repository, or its https
      # address; and behind it its SHA-256, as \`sha256sum\` prints it.
      TOPSHEET: https://…/topsheet.tgz#sha256=…
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - name: Install topsheet
        run: |
${INSTALL.map((line) => `          ${line}`).join("\n")}
      - run: |
          ${[...program, ...args].map(quoteForShell).join(" ")}
      - if: \${{ !cancelled() }}
        uses: actions/upload-artifact@v4
        with:
          name: ${campaign}
          path: out/
          if-no-files-found: ignore
`;
}

/** Installs the tarball only if its SHA-256 is the one that is named. */
export const INSTALL: readonly string[] = [
  `from="\${TOPSHEET%%#sha256=*}"`,
  `tarball="$RUNNER_TEMP/topsheet.tgz"`,
  `case "$from" in`,
  `  https://*) curl --fail --silent --show-error --location --output "$tarball" "$from" ;;`,
  `  *) cp "$from" "$tarball" ;;`,
  `esac`,
  `echo "\${TOPSHEET##*#sha256=}  $tarball" | sha256sum --check --strict`,
  `npm install --global "$tarball"`,
];

function describeOffset(minutes: number): string {
  if (minutes === 0) return "that of UTC";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = String(Math.abs(minutes) % 60).padStart(2, "0");
  return `${hours}:${rest} ${minutes > 0 ? "ahead of" : "behind"} UTC`;
}

/** A cron line in UTC, and the clock that it is for: minutes ahead of UTC. */
interface UtcCron {
  readonly cron: string;
  readonly offset: number;
}

/**
 * Lists the same times in UTC, for each offset that the zone has within a year. Together they wake at every occurrence
 * and at some other times: UTC has no daylight saving, and cron has no "day before the first".
 */
export function listUtcCrons(fields: Fields, timezone: string, now: number): readonly UtcCron[] {
  return listOffsets(timezone, now).flatMap((offset) => {
    const times = fields.hours.flatMap((hour) =>
      fields.minutes.map((minute) => {
        const total = hour * 60 + minute - offset;
        const shift = Math.floor(total / DAY);
        const utc = total - shift * DAY;
        return { shift, minute: utc % 60, hour: Math.floor(utc / 60) };
      }),
    );
    // Minutes that fall into the same hours share a cron line.
    const minutes = groupBy(times, ({ shift, minute }) => `${shift} ${minute}`).values();
    const lines = groupBy(minutes, (own) => {
      return `${own[0].shift} ${own.map(({ hour }) => hour).join(",")}`;
    });
    return [...lines.values()].map((own) => ({
      offset,
      cron: formatCron({
        ...shiftDays(fields, own[0][0].shift),
        minutes: sortNumbers(own.map(([{ minute }]) => minute)),
        hours: sortNumbers(own[0].map(({ hour }) => hour)),
      }),
    }));
  });
}

const DAY = 24 * 60;

function sortNumbers(numbers: Iterable<number>): readonly number[] {
  return [...numbers].toSorted((a, b) => a - b);
}

/** Lists the offsets that the zone has in the year from now, in minutes ahead of UTC. */
function listOffsets(timezone: string, now: number): readonly number[] {
  const offsets = new Set<number>();
  let moment: Temporal.ZonedDateTime | null =
    Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone);
  const end = moment.add({ years: 1 });
  while (moment !== null && Temporal.ZonedDateTime.compare(moment, end) < 0) {
    offsets.add(Math.round(moment.offsetNanoseconds / 60e9));
    moment = moment.getTimeZoneTransition("next");
  }
  return sortNumbers(offsets);
}

/** Moves days to the day before or after, on which a time falls in UTC; to more days if cron cannot be exact. */
function shiftDays(fields: Fields, shift: number): Fields {
  if (shift === 0) return fields;
  const { anyDay, anyWeekday, months, weekdays } = fields;
  const everyDay = firesDaily(fields);
  const byDate = !everyDay && !anyDay;
  const around = months.flatMap((month) => [month, ((month - 1 + shift + 12) % 12) + 1]);
  return {
    ...fields,
    months: sortNumbers(new Set(around)),
    // The day before the first is the last of a month that has 28 to 31.
    anyDay: true,
    anyWeekday: everyDay || byDate || anyWeekday,
    weekdays: sortNumbers(weekdays.map((day) => (day + shift + 7) % 7)),
  };
}
