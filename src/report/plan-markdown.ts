import { counted } from "../diagnostics/printable.ts";
import { cents, dollars } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { capName } from "../plan/cap-complaints.ts";
import type { PlanDiff } from "../plan/diff.ts";
import type { Gate } from "../plan/gate.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { diffMarkdown, FEW } from "./diff.ts";
import { gatesMarkdown } from "./gates.ts";
import { code, markdownTable, text } from "./markdown.ts";
import { complaintList, pageTitle, refusalPage } from "./page.ts";
import {
  rehearsalInWords,
  starredBasis,
  stateInWords,
  topSheet,
  verdictInWords,
} from "./top-sheet.ts";

/** What a plan was held against beside its caps. */
export interface Beside {
  /** Null where none was asked for. */
  readonly gates: readonly Gate[] | null;
  /** What it costs that the one before does not; null where there is none before. */
  readonly difference: PlanDiff | null;
}

/** A plan for a pull request: verdict and top sheet first, the lines folded away. */
export function planMarkdown(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  beside?: Beside,
): string {
  const { campaign } = made.origin;
  if (admitted === null) {
    const title = pageTitle(campaign.name, "top sheet");
    return refusalPage(title, "The manifest is wrong: there is no plan.", made.diagnostics);
  }
  const sheet = topSheet(admitted);
  const { totals } = admitted;
  const rows = sheet.rows.map((row) => [
    row.scene === null ? "–" : text(row.scene),
    code(row.model),
    String(row.lines),
    String(row.seconds),
    cents(row.cost),
  ]);
  const total = [
    "**Total**",
    "",
    String(totals.lines),
    String(totals.seconds),
    `**${cents(totals.cost)}**`,
  ];
  const complaints = complaintList(admitted.diagnostics);
  const { gates = null, difference = null } = beside ?? {};
  const parts = [
    pageTitle(campaign.name, `top sheet${rehearsalInWords(admitted)}`),
    `**${verdictInWords(admitted)}** ${dollars(totals.toSpend)} to spend.`,
    ...(gates === null || gates.length === 0 ? [] : [gatesMarkdown(gates)]),
    ...(difference === null
      ? []
      : [`### What changes\n\n${diffMarkdown(difference, FEW).trimEnd()}\n\n### What it costs`]),
    markdownTable(["Scene", "Model", "Lines:", "Seconds:", "Cost:"], [...rows, total]),
    ...(sheet.caps.length === 0
      ? []
      : [
          markdownTable(
            ["Cap", "Limit:", "Spent:", "Held:", "Planned:", "Left:", ""],
            sheet.caps.map((row) => [
              text(capName(row)),
              ...[row.limit, row.spent, row.held, row.planned].map(cents),
              row.takes === null ? cents(row.left) : "–",
              row.takes ?? row.verdict,
            ]),
          ),
        ]),
    ...(complaints === "" ? [] : [complaints]),
    `<details><summary>${counted(totals.lines, "line")}</summary>\n\n${lineTable(admitted)}\n\n</details>`,
    sheet.notes.map(text).join("<br>\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function lineTable(plan: AdmittedPlan): string {
  const { lines, rest } = topSheet(plan);
  const rows = lines.map((line) => [
    code(line.key),
    code(line.model),
    text(starredBasis(line)),
    cents(line.cost),
    stateInWords(line.state),
  ]);
  const more =
    rest === null
      ? []
      : [[`and ${rest.lines} more`, "", `${rest.seconds} s`, cents(rest.cost), ""]];
  return markdownTable(["Line", "Model", "Price:", "Cost:", "State"], [...rows, ...more]);
}
