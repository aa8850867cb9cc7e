import { counted } from "../diagnostics/printable.ts";
import { explainedBriefly } from "./diagnostics-text.ts";
import { cents, dollars } from "../money/usd.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { capName } from "../plan/cap-complaints.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { code, markdownTable, text } from "./markdown.ts";
import { starredBasis, stateInWords, topSheet } from "./top-sheet.ts";

/** A plan for a pull request: verdict and top sheet first, the lines folded away. */
export function planMarkdown(made: MadePlan, admitted: AdmittedPlan | null): string {
  const { campaign } = made.origin;
  const title = `## ${text(campaign.name === "" ? "topsheet" : campaign.name)}: top sheet`;
  const complaints = (admitted ?? made).diagnostics.map(
    (diagnostic) => `- ${text(explainedBriefly(diagnostic))}`,
  );
  if (admitted === null) {
    return `${[title, "**The manifest is wrong: there is no plan.**", complaints.join("\n")].join("\n\n")}\n`;
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
  const parts = [
    title,
    `**${verdictOf(admitted)}** ${dollars(totals.toSpend)} to spend.`,
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
    ...(complaints.length === 0 ? [] : [complaints.join("\n")]),
    `<details><summary>${counted(totals.lines, "line")}</summary>\n\n${lineTable(admitted)}\n\n</details>`,
    sheet.notes.map(text).join("<br>\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function verdictOf({ moneyCaps, paceCaps, verdict }: AdmittedPlan): string {
  return moneyCaps.length + paceCaps.length === 0
    ? "No caps to hold it against."
    : VERDICTS[verdict];
}

const VERDICTS: Readonly<Record<AdmittedPlan["verdict"], string>> = {
  ok: "Fits.",
  warn: "Fits, with warnings.",
  "over-budget": "Over budget.",
};

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
