import type { Overage } from "../budget/terms.ts";
import { formatDuration, toPrintable, shorten } from "../diagnostics/printable.ts";
import type { StandingApproval } from "../ledger/approval.ts";
import type { Person } from "../ledger/entry.ts";
import { simulateReclaim, blocksPurchase, findCurrentHolds, type Hold } from "../ledger/hold.ts";
import type { OpenRun, Purpose, Separation } from "../ledger/ledger.ts";
import { cents, exact, type MicroUsd, sum } from "../money.ts";
import {
  describeApproval,
  encodeApproval,
  describeOverage,
  encodeOverage,
  describeSeparation,
} from "./approvals.ts";
import {
  type Block,
  type Column,
  type Document,
  makeRestSentence,
  makeSentence,
  markRehearsal,
} from "./document.ts";
import { encodeLine, listWarnings } from "./run-report.ts";
import { isByHand, needsPerson, adviseWhereToLook } from "./where-to-look.ts";

/** The state of a campaign in its ledger: the current hold of each purchase, duplicates, open runs, all money. */
export interface Status {
  readonly campaign: string;
  readonly purpose: Purpose;
  readonly lines: readonly Hold[];
  readonly runs: readonly OpenRun[];
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  readonly overages: readonly Overage[];
  readonly approvals: readonly StandingApproval[];
  readonly separation: Separation | null;
  /** The time zone of the campaign in its last run. */
  readonly timezone: string;
}

type Facts = Omit<Status, "lines" | "spent" | "held"> & { readonly holds: readonly Hold[] };

export function makeStatus({ holds, ...facts }: Facts): Status {
  const living = new Set(facts.runs.filter((run) => run.alive).map((run) => run.id));
  const found = holds.map((hold) => explainFound(hold, living));
  const current = new Set(findCurrentHolds(found).values());
  const lines = found.filter((hold) => current.has(hold) || blocksPurchase(hold));
  return {
    ...facts,
    lines: lines.toSorted((a, b) => rankUrgency(a) - rankUrgency(b)),
    spent: sum(found.map((hold) => hold.spent)),
    held: sum(found.map((hold) => hold.held)),
  };
}

/** Returns a hold as it was found, with the reason if only the next run will record it. */
export function explainFound(hold: Hold, living: ReadonlySet<string>): Hold {
  const found = simulateReclaim(hold, living);
  if (found.state === hold.state || found.state !== "unknown") return found;
  return { ...found, why: "its run died while it was being sent" };
}

/** Ranks what a person has to settle first, then what is under way, then failures, then what is bought. */
function rankUrgency(hold: Hold): number {
  if (needsPerson(hold)) return 0;
  switch (hold.state) {
    case "reserved":
    case "sending":
    case "submitted":
      return 1;
    case "failed":
    case "unknown":
      return 2;
    case "settled":
      return hold.delivery === null ? 2 : 3;
    case "released":
      return 4;
  }
}

const MOST_LINES = 60;

/** Makes the document. `now` is in milliseconds UTC; `ledger` is named as a command to paste has to name it. */
export function makeStatusDocument(
  status: Status,
  {
    now,
    ledger,
    id,
  }: { readonly now: number; readonly ledger: string | null; readonly id: string },
): Document {
  const { campaign, purpose, lines, runs, spent, held, overages, approvals } = status;
  const rehearsal = purpose === "rehearsal";
  const rows = lines.slice(0, MOST_LINES);
  const left = lines.length - rows.length;
  const asked = lines.filter((hold) => needsPerson(hold) || isByHand(hold));
  const table = { name: "Lines", columns: declareLineColumns(now), rows: lines };
  return {
    title: campaign,
    what: markRehearsal("status", rehearsal, "was"),
    json: () => encodeStatus(status, id),
    blocks: [
      ...asked.map((hold): Block => {
        return { is: "lines", lines: adviseWhereToLook(hold, { ledger, rehearsal }, asked) };
      }),
      rows.length === 0
        ? makeSentence("Nothing was bought yet.")
        : { is: "table", table: { ...table, shown: { rows } } },
      makeRestSentence(left, "line"),
      { is: "notes", notes: runs.map((run) => describeRun(run, now)) },
      {
        is: "notes",
        notes: [
          ...(status.separation === null ? [] : [describeSeparation(status.separation)]),
          ...approvals.map((one) => describeApproval(one, status.timezone)),
          ...overages.map(describeOverage),
        ],
      },
      makeSentence(`${cents(spent)} spent, ${cents(held)} held.`),
    ],
    sheets: () => [table],
  };
}

function describeRun({ alive, startedAt }: OpenRun, now: number): string {
  const since = formatDuration(Math.max(0, now - startedAt));
  return alive
    ? `A run is in progress, started ${since} ago.`
    : `A run that started ${since} ago has died; the next run takes over what it left.`;
}

function declareLineColumns(now: number): readonly Column<Hold>[] {
  return [
    { name: "line", kind: "text", value: ({ key }) => key },
    {
      name: "state",
      kind: "text",
      value: (hold) => (hold.duplicate ? `${describeState(hold)}, duplicate` : describeState(hold)),
    },
    {
      name: "cost",
      kind: "usd",
      value: ({ state, spent, cost }) => (state === "settled" ? spent : cost),
    },
    {
      name: "detail",
      heading: "",
      kind: "text",
      value: (hold) =>
        [describeDetail(hold, now), hold.person === null ? "" : describePerson(hold.person)]
          .filter((part) => part !== "")
          .join("; "),
      fit: { flexible: true },
    },
  ];
}

/** Describes a hold's state. */
export function describeState(hold: Hold): string {
  switch (hold.state) {
    case "reserved":
      return "reserved";
    case "sending":
      return "being sent";
    case "submitted":
      return "in flight";
    case "settled": {
      const made = hold.delivery === null ? "not delivered" : "delivered";
      return hold.charge === "none" ? `${made}, not billed` : made;
    }
    case "released":
      return "not bought";
    case "failed":
      return hold.charge === "none"
        ? "failed"
        : hold.charge === "charged"
          ? "failed, billed"
          : "failed, charge unknown";
    case "unknown":
      return "unknown";
  }
}

function describePerson({ by, why }: Person): string {
  return toPrintable(`resolved by ${by}: ${shorten(why, 200)}`);
}

function describeDetail(hold: Hold, now: number): string {
  switch (hold.state) {
    case "reserved":
    case "sending":
      return "";
    case "submitted": {
      const since = formatDuration(Math.max(0, now - (hold.submittedAt ?? now)));
      const cancel = hold.cancel === null ? "" : `, cancel asked: ${hold.cancel}`;
      return toPrintable(`request ${hold.request?.id ?? "?"}, for ${since}${cancel}`);
    }
    case "settled":
      return [hold.delivery?.path ?? "paid for; run fetches it", ...listWarnings(hold)]
        .map(toPrintable)
        .join("; ");
    case "released":
    case "failed":
    case "unknown":
      return [hold.why ?? "", ...listWarnings(hold)]
        .map((text) => toPrintable(shorten(text, 200)))
        .join("; ");
  }
}

/** Encodes `topsheet/status@1`. */
function encodeStatus(status: Status, id: string): object {
  return {
    schema: "topsheet/status@1",
    campaign: status.campaign,
    rehearsal: status.purpose === "rehearsal",
    currency: "USD",
    ledger: { id },
    lines: status.lines.map((hold) => encodeLine(hold, hold)),
    runs: status.runs.map(({ id: run, startedAt, alive }) => ({
      run,
      started: new Date(startedAt).toISOString(),
      alive,
    })),
    totals: { spent: exact(status.spent), held: exact(status.held) },
    approvals: status.approvals.map(encodeApproval),
    overages: status.overages.map(encodeOverage),
  };
}
