import { nearest } from "../diagnostics/nearest.ts";
import { printable, quoted } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import { type Ledger, type LedgerBook } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { hidePassword } from "../ledger/postgres-url.ts";
import { EXIT, refuse } from "./exit-codes.ts";
import { fullLedgerName, ledgerName, ledgerPath } from "./ledger-path.ts";
import type { Shell } from "./shell.ts";

/** Does something with the ledger that a command means; what is wrong with it is said here. */
export async function withLedger(
  shell: Shell,
  option: string | undefined,
  use: "read" | "write",
  work: (ledger: Ledger, path: string) => Promise<number>,
): Promise<number> {
  const found = await ledgerPath(shell, option, []);
  if (!found.ok) return refuse(shell, found.problem);
  if (found.value === null) {
    return refuse(shell, "there is no ledger here or above: name it with --ledger");
  }
  const { path } = found.value;
  try {
    const ledger = await shell.ledgers.open(path, use);
    try {
      return await work(ledger, hidePassword(path));
    } finally {
      ledger.close();
    }
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, path, await shell.ledgers.nearest("."))}\n`);
    return cause.trouble === "missing" || cause.trouble === "not-a-ledger"
      ? EXIT.wrong
      : EXIT.failed;
  }
}

/** Does something with a ledger. What goes wrong with the ledger is the problem. */
export async function guardLedger<Value>(
  path: string,
  work: () => Promise<Value>,
): Promise<Result<Value>> {
  try {
    return ok(await work());
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    return refused(ledgerComplaint(cause, path), "failed");
  }
}

/** What is said or raised under a ledger for rehearsals has no say over real purchases. */
export function tellRehearsal(shell: Shell, { purpose }: LedgerBook): void {
  if (purpose === "rehearsal") shell.err("REHEARSAL: nothing real is bought under this ledger.\n");
}

/** The campaigns that a command means: the one it names, whatever its case, or all of the ledger's. */
export async function campaignsMeant(
  ledger: LedgerBook,
  named: string | undefined,
): Promise<Result<readonly string[]>> {
  const campaigns = await ledger.campaigns();
  if (named === undefined) return ok(campaigns);
  const found = campaigns.filter((name) => name.toLowerCase() === named.toLowerCase());
  if (found.length > 0) return ok(found);
  const known = campaigns.map(printable).join(", ");
  return refused(`the ledger has no campaign ${printable(named)}; it has ${known || "none yet"}`);
}

/** The campaign and the line of `CAMPAIGN/KEY`; the campaign may be left out where the ledger has only one. */
export async function campaignAndKey(
  ledger: Ledger,
  name: string,
): Promise<Result<{ readonly campaign: string; readonly key: string }>> {
  const campaigns = await ledger.campaigns();
  const slash = name.indexOf("/");
  const [only] = campaigns;
  if (slash < 0) {
    return only !== undefined && campaigns.length === 1
      ? ok({ campaign: only, key: name })
      : refused(`say which campaign: CAMPAIGN/${name}`);
  }
  const written = name.slice(0, slash);
  const campaign = campaigns.find((known) => known.toLowerCase() === written.toLowerCase());
  if (campaign !== undefined) return ok({ campaign, key: name.slice(slash + 1) });
  const near = nearest(written, campaigns);
  const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
  return refused(`the ledger has no campaign ${quoted(written)}${hint}`);
}

/** The holds of a line, or the one of an id: those of the first kind of which there are any. */
export function holdsOf(
  holds: readonly Hold[],
  key: string,
  ...kinds: readonly ((hold: Hold) => boolean)[]
): Result<readonly Hold[]> {
  const own = holds.filter((hold) => hold.key === key || hold.id === key);
  if (own.length === 0) {
    const near = nearest(
      key,
      holds.map((hold) => hold.key),
    );
    const hint = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
    return refused(`the ledger has no line ${quoted(key)}${hint}`);
  }
  return ok(kinds.map((kind) => own.filter(kind)).find((found) => found.length > 0) ?? []);
}

/**
 * What is wrong with a ledger, and what to do. Whoever finds none has to name another: an empty one would tell a reader
 * nothing. `nearest`: the one of the folder that the command runs in.
 */
export function ledgerComplaint(
  { trouble, message }: LedgerFault,
  path: string,
  nearest: string | null = null,
): string {
  const name = ledgerName(path);
  switch (trouble) {
    case "missing":
      if (message.includes("moved")) return printable(message);
      return nearest === null
        ? `there is no ledger ${name}: name one that is there with --ledger`
        : `there is no ledger ${name}; the ledger of this folder is ${fullLedgerName(nearest)}`;
    case "there-already":
      return `${name} is there already`;
    case "not-a-ledger":
      return `${name} is not a topsheet ledger`;
    case "newer":
      return `${name} was written by a newer topsheet: update this one`;
    case "locked":
      return `${name} was locked by another program for too long: try again`;
    case "full":
      return `${name} cannot be written: the disk is full`;
    case "denied":
      return `${name} may not be used: ${printable(message)}`;
    case "sealed":
      return `${printable(message)}: name that ledger with --ledger`;
    case "unreachable":
      return `${name} cannot be reached: ${printable(message)}`;
    case "damaged":
    case "failed":
      return `${name} cannot be used: ${printable(message)}`;
  }
}
