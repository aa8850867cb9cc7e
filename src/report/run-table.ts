import { createColors } from "picocolors";
import { counted, printable } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import { cents } from "../money/usd.ts";
import { overageInWords } from "./approvals.ts";
import type { Screen } from "./plan-table.ts";
import { type RunLine, type RunReport, warningsOf } from "./run-report.ts";
import { textTable, wrapped } from "./text-table.ts";
import { stateInWords } from "./top-sheet.ts";
import { whereToLook } from "./where-to-look.ts";

const MOST_LINES = 40;

/** What a run has made of its plan, for a person: its lines, what is not as it should be, what it cost. */
export function runTable(report: RunReport, screen: Screen, ledger: string | null): string {
  const colours = createColors(screen.colour);
  const { plan, lines, rehearsal, asked } = report;
  const title = `${colours.bold(plan.campaign.name)} · ${rehearsal ? "REHEARSAL, nothing was bought" : "run"}`;
  const shown = lines.length <= MOST_LINES ? lines : lines.filter(isNotable).slice(0, MOST_LINES);
  const left = lines.length - shown.length;
  const folder = commonFolder(lines);
  const free = lines.filter(({ line, hold }) => line.state === "failed" && hold?.charge === "none");
  const rows = shown.map(({ line, hold }) => [
    printable(line.key),
    lineState({ line, hold }),
    cents(hold?.state === "settled" ? hold.spent : line.cost),
    printable(hold?.delivery?.path.slice(folder.length) ?? ""),
  ]);
  const columns = [
    { title: "Line", flexible: true } as const,
    { title: "State" },
    { title: "Cost", align: "right" } as const,
    { title: "Video", spare: 1 } as const,
  ];
  const parts = [
    title,
    ...(rows.length === 0 ? [] : [textTable(columns, rows, screen.width)]),
    ...(left > 0 ? [`${counted(left, "more line")}; --format json has them all.`] : []),
    ...warned(lines, screen.width),
    ...(folder === "" ? [] : [wrapped(`Videos are in ${printable(folder)}`, screen.width)]),
    ...asked.map((hold) => whereToLook(hold, { ledger, rehearsal }, report.waiting).join("\n")),
    ...(plan.overages.length === 0
      ? []
      : [plan.overages.map((one) => wrapped(overageInWords(one), screen.width)).join("\n")]),
    ...(report.stopped === null
      ? []
      : [wrapped(`Stopped: ${printable(report.stopped.why)}.`, screen.width)]),
    ...(free.length === 0
      ? []
      : [
          wrapped(
            `${counted(free.length, "failure")} that cost nothing: --retry-failed tries again.`,
            screen.width,
          ),
        ]),
    wrapped(summary(report), screen.width),
  ];
  return `${parts.join("\n\n")}\n`;
}

function warned(lines: readonly RunLine[], width: number): readonly string[] {
  const warnings = lines.flatMap(({ line, hold }) =>
    warningsOf(hold).map((warning) =>
      wrapped(`${printable(line.key)}: ${printable(warning)}`, width),
    ),
  );
  return warnings.length === 0 ? [] : [warnings.slice(0, MOST_LINES).join("\n")];
}

/** The folder that every video of the run is in, with its last slash; said once instead of on each line. */
function commonFolder(lines: readonly RunLine[]): string {
  const folders = new Set(
    lines.flatMap(({ hold }) =>
      hold === null || hold.delivery === null ? [] : [hold.delivery.path.replace(/[^/\\]*$/, "")],
    ),
  );
  const [folder = ""] = folders;
  return folders.size === 1 ? folder : "";
}

function isNotable({ line, hold }: RunLine): boolean {
  return line.state !== "settled" || hold?.delivery === null || warningsOf(hold).length > 0;
}

/** A line's state after a run; a video that is paid for and not here is a state of its own to a person. */
function lineState({
  line,
  hold,
}: {
  readonly line: RunLine["line"];
  readonly hold: Hold | null;
}): string {
  if (line.state === "settled") return hold?.delivery === null ? "not delivered" : "delivered";
  return stateInWords(line.state);
}

function summary({ totals, rehearsal, plan }: RunReport): string {
  const { lines, settled, delivered, spent, held } = totals;
  const verb = rehearsal ? "would have been spent" : "spent";
  const files = delivered === settled ? "" : ` (${settled - delivered} not delivered)`;
  const open = held > 0 ? `, ${cents(held)} held` : "";
  const waiting = plan.lines.filter(
    ({ state }) => state === "to-buy" || state === "over-cap" || state === "changed",
  ).length;
  const rest = waiting > 0 ? `; ${counted(waiting, "line")} still to buy` : "";
  return `${settled} of ${counted(lines, "line")} made${files}, ${cents(spent)} ${verb}${open}${rest}.`;
}
