import { formatCount } from "../diagnostics/printable.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { findCurrentHolds, type Hold, isOverbilled } from "../ledger/hold.ts";
import { cents, exact, type MicroUsd, sum } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import { describeOverage, encodeOverage } from "./approvals.ts";
import {
  type Block,
  type Column,
  type Document,
  makeRestSentence,
  makeSentence,
} from "./document.ts";
import { describeLineState } from "./top-sheet.ts";
import { needsPerson, adviseWhereToLook } from "./where-to-look.ts";

/** A line of the plan, and the hold that its purchase has now. */
interface RunLine {
  readonly line: AdmittedLine;
  readonly hold: Hold | null;
}

/** The result of a run: its plan, admitted against the ledger after it, and the holds of its lines. */
export interface RunReport {
  readonly plan: AdmittedPlan;
  readonly lines: readonly RunLine[];
  readonly rehearsal: boolean;
  /** Why the run started nothing more; null if it started everything. */
  readonly stopped: { readonly because: string; readonly why: string } | null;
  /** Its holds, duplicates too, whose outcome a person has to settle. */
  readonly asked: readonly Hold[];
  /** The same for the whole campaign. */
  readonly waiting: readonly Hold[];
  readonly totals: RunTotals;
}

interface RunTotals {
  readonly lines: number;
  readonly settled: number;
  readonly delivered: number;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  readonly toSpend: MicroUsd;
}

export function makeRunReport(
  plan: AdmittedPlan,
  holds: readonly Hold[],
  { rehearsal, stopped }: Pick<RunReport, "rehearsal" | "stopped">,
): RunReport {
  const current = findCurrentHolds(holds);
  const lines = plan.lines.map((line) => ({
    line,
    hold: current.get(purchaseKey({ ...line, edition: plan.edition })) ?? null,
  }));
  const bought = lines.flatMap(({ hold }) => hold ?? []);
  const purchases = new Set(bought.map(purchaseKey));
  const all = holds.filter((hold) => purchases.has(purchaseKey(hold)));
  return {
    plan,
    lines,
    rehearsal,
    stopped,
    asked: all.filter(needsPerson),
    waiting: holds.filter(needsPerson),
    totals: {
      lines: lines.length,
      settled: bought.filter((hold) => hold.state === "settled").length,
      delivered: bought.filter((hold) => hold.delivery !== null).length,
      spent: sum(all.map((hold) => hold.spent)),
      held: sum(all.map((hold) => hold.held)),
      toSpend: plan.totals.toSpend,
    },
  };
}

/** Encodes `topsheet/run@1`: the state of each line of the plan after the run. */
function encodeRun({ plan, lines, rehearsal, stopped, totals }: RunReport): object {
  return {
    schema: "topsheet/run@1",
    campaign: plan.campaign.name,
    rehearsal,
    currency: "USD",
    ledger: plan.ledger === null ? null : { id: plan.ledger },
    lines: lines.map(({ line, hold }) => encodeLine(line, hold)),
    totals: {
      lines: totals.lines,
      settled: totals.settled,
      delivered: totals.delivered,
      spent: exact(totals.spent),
      held: exact(totals.held),
      to_spend: exact(totals.toSpend),
    },
    stopped,
    overages: plan.overages.map(encodeOverage),
  };
}

type Line = Pick<
  AdmittedLine,
  "key" | "shot" | "scene" | "model" | "endpoint" | "seconds" | "cost" | "fingerprint" | "ordinal"
> & { readonly state: AdmittedLine["state"] | Hold["state"] };

/** Encodes a line and the hold that its purchase has; the path as the run that wrote it named it. */
export function encodeLine(line: Line, hold: Hold | null): object {
  const over = hold !== null && hold.state === "settled";
  return {
    key: line.key,
    shot: line.shot,
    scene: line.scene,
    model: line.model,
    endpoint: line.endpoint,
    seconds: line.seconds,
    planned: exact(line.cost),
    fingerprint: line.fingerprint,
    ordinal: line.ordinal,
    state: line.state,
    hold: hold?.id ?? null,
    request_id: hold?.request?.id ?? null,
    cost: over ? exact(hold.spent) : null,
    held: hold === null ? "0.00" : exact(hold.held),
    charge: hold?.charge ?? null,
    billable_units: hold?.billableUnits ?? null,
    why: hold?.why ?? null,
    delivered: hold !== null && hold.delivery !== null,
    path: hold?.delivery?.path ?? null,
    sha256: hold?.delivery?.sha256 ?? null,
    warnings: listWarnings(hold),
    duplicate: hold?.duplicate ?? false,
    resolved: hold === null ? null : hold.person,
  };
}

export function listWarnings(hold: Hold | null): readonly string[] {
  return hold === null ? [] : [...listBillWarnings(hold), ...(hold.delivery?.warnings ?? [])];
}

/** Lists what is wrong with the bill of a hold. */
export function listBillWarnings(
  hold: Pick<Hold, "excess" | "charge" | "doubt">,
): readonly string[] {
  const { excess, doubt } = hold;
  return [
    ...(isOverbilled(hold) ? [`billed $${exact(excess)} more than planned`] : []),
    ...(doubt === null ? [] : [doubt]),
  ];
}

const MOST_LINES = 40;

/** Makes the document of a run: its lines, what went wrong, what it cost. */
export function makeRunDocument(report: RunReport, ledger: string | null): Document {
  const { plan, lines, rehearsal, asked, waiting, stopped } = report;
  const folder = findCommonFolder(lines);
  const free = lines.filter(({ line, hold }) => line.state === "failed" && hold?.charge === "none");
  const shown = lines.length <= MOST_LINES ? lines : lines.filter(isNotable).slice(0, MOST_LINES);
  const left = lines.length - shown.length;
  return {
    title: plan.campaign.name,
    what: rehearsal ? "REHEARSAL, nothing was bought" : "run",
    json: () => encodeRun(report),
    blocks: [
      shown.length === 0 ? null : makeLineTable(lines, shown, folder),
      makeRestSentence(left, "line"),
      { is: "notes", notes: lines.flatMap(describeWarnings).slice(0, MOST_LINES) },
      folder === "" ? null : makeSentence(`Videos are in ${folder}`),
      ...asked.map((hold): Block => {
        return { is: "lines", lines: adviseWhereToLook(hold, { ledger, rehearsal }, waiting) };
      }),
      { is: "notes", notes: plan.overages.map(describeOverage) },
      stopped === null ? null : makeSentence(`Stopped: ${stopped.why}.`),
      free.length === 0
        ? null
        : makeSentence(
            `${formatCount(free.length, "failure")} that cost nothing: --retry-failed tries again.`,
          ),
      makeSentence(summarize(report)),
    ],
    sheets: () => [{ name: "Lines", columns: declareLineColumns(""), rows: lines }],
  };
}

function makeLineTable(rows: readonly RunLine[], shown: readonly RunLine[], folder: string): Block {
  const table = {
    name: "Lines",
    columns: declareLineColumns(folder),
    rows,
    shown: { rows: shown },
  };
  return { is: "table", table };
}

/** Declares the columns of lines. `folder` is left out of every path. */
function declareLineColumns(folder: string): readonly Column<RunLine>[] {
  return [
    { name: "line", kind: "text", value: ({ line }) => line.key, fit: { flexible: true } },
    { name: "state", kind: "text", value: describeLine },
    {
      name: "cost",
      kind: "usd",
      value: ({ line, hold }) => (hold?.state === "settled" ? hold.spent : line.cost),
    },
    {
      name: "video",
      kind: "text",
      value: ({ hold }) => hold?.delivery?.path.slice(folder.length) ?? null,
      fit: { spare: 1 },
    },
  ];
}

function describeWarnings({ line, hold }: RunLine): readonly string[] {
  return listWarnings(hold).map((warning) => `${line.key}: ${warning}`);
}

/** Finds the folder that has every video of the run, with its last slash, to name it once instead of on each line. */
function findCommonFolder(lines: readonly RunLine[]): string {
  const folders = new Set(
    lines.flatMap(({ hold }) =>
      hold === null || hold.delivery === null ? [] : [hold.delivery.path.replace(/[^/\\]*$/, "")],
    ),
  );
  const [folder = ""] = folders;
  return folders.size === 1 ? folder : "";
}

function isNotable({ line, hold }: RunLine): boolean {
  return line.state !== "settled" || hold?.delivery === null || listWarnings(hold).length > 0;
}

/** Describes a line's state after a run; a paid video that is not here is a state of its own to a person. */
function describeLine({ line, hold }: RunLine): string {
  if (line.state === "settled") return hold?.delivery === null ? "not delivered" : "delivered";
  return describeLineState(line.state);
}

function summarize({ totals, rehearsal, plan }: RunReport): string {
  const { lines, settled, delivered, spent, held } = totals;
  const verb = rehearsal ? "would have been spent" : "spent";
  const files = delivered === settled ? "" : ` (${settled - delivered} not delivered)`;
  const open = held > 0 ? `, ${cents(held)} held` : "";
  const waiting = plan.lines.filter(
    ({ state }) => state === "to-buy" || state === "over-cap" || state === "changed",
  ).length;
  const rest = waiting > 0 ? `; ${formatCount(waiting, "line")} still to buy` : "";
  return `${settled} of ${formatCount(lines, "line")} made${files}, ${cents(spent)} ${verb}${open}${rest}.`;
}
