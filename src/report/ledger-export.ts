import { stringify } from "csv-stringify/sync";
import { formatInstant } from "../diagnostics/printable.ts";
import { type Entry, encodeFact } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { exact } from "../money.ts";

/** Encodes an entry as a line of JSON, as the ledger has it: money as decimals, times in UTC. */
export function encodeEntry({ seq, at, campaign, run, hold, fact }: Entry): string {
  const about = JSON.stringify({ seq, at: formatInstant(at), campaign, run, hold });
  return `${about.slice(0, -1)},${encodeFact(fact).slice(1)}\n`;
}

/** The columns of a hold in a spreadsheet. */
const COLUMNS: Readonly<Record<string, (hold: Hold) => string | number | null>> = {
  campaign: (hold) => hold.campaign,
  key: (hold) => hold.key,
  edition: (hold) => hold.edition,
  shot: (hold) => hold.shot,
  scene: (hold) => hold.scene,
  model: (hold) => hold.model,
  endpoint: (hold) => hold.endpoint,
  seconds: (hold) => hold.seconds,
  state: (hold) => hold.state,
  charge: (hold) => hold.charge,
  planned: (hold) => exact(hold.cost),
  spent: (hold) => exact(hold.spent),
  held: (hold) => exact(hold.held),
  billed_more: (hold) => exact(hold.excess),
  billable_units: (hold) => hold.billableUnits,
  bill_doubt: (hold) => hold.doubt,
  reserved: (hold) => formatMoment(hold.reservedAt),
  submitted: (hold) => formatMoment(hold.submittedAt),
  ended: (hold) => formatMoment(hold.endedAt),
  request_id: (hold) => hold.request?.id ?? null,
  path: (hold) => hold.delivery?.path ?? null,
  sha256: (hold) => hold.delivery?.sha256 ?? null,
  approved_plan: (hold) => hold.approved?.plan ?? null,
  settled_by: (hold) => hold.person?.by ?? null,
  why: (hold) => hold.person?.why ?? hold.why,
  fingerprint: (hold) => hold.fingerprint,
  ordinal: (hold) => hold.ordinal,
  run: (hold) => hold.run,
  hold: (hold) => hold.id,
  duplicate: (hold) => (hold.duplicate ? "duplicate" : null),
};

/** Encodes each hold as a row. Text that a spreadsheet would run as a formula begins with an apostrophe. */
export function encodeHolds(holds: readonly Hold[]): string {
  const columns = Object.entries(COLUMNS);
  const head = columns.map(([name]) => name);
  const rows = holds.map((hold) => columns.map(([, cell]) => cell(hold) ?? ""));
  return stringify([head, ...rows], {
    record_delimiter: "windows",
    escape_formulas: true,
    quoted_string: true,
  });
}

function formatMoment(at: number | null): string {
  return at === null ? "" : formatInstant(at);
}
