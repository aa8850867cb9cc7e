import { LedgerFault, type LedgerTrouble } from "./ledger.ts";

/** Any fault of the server, the connection or the ledger in it; our own mistakes are thrown on. */
export function postgresFault(cause: unknown): LedgerFault {
  if (cause instanceof LedgerFault) return cause;
  if (!(cause instanceof Error)) throw cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const trouble = troubleOf(code, cause.message);
  if (trouble === null) throw cause;
  return new LedgerFault(trouble, wordsOf(cause));
}

/** Where a name has several addresses, the driver's own message is empty. */
function wordsOf(cause: Error): string {
  if (cause.message !== "") return cause.message;
  const [first]: unknown[] = cause instanceof AggregateError ? cause.errors : [];
  return first instanceof Error ? first.message : "no answer";
}

const BY_CODE: readonly (readonly [RegExp, LedgerTrouble])[] = [
  [/^(3D000|3F000|42P01)$/, "missing"],
  [/^(42501|25006|28...)$/, "denied"],
  [/^53100$/, "full"],
  [/^(55P03|40001|40P01|57014)$/, "locked"],
  [/^(08...|57P0.|53[034]00|25P0[34])$/, "unreachable"],
  [/^XX00[12]$/, "damaged"],
  // Whatever else the server says in its own words.
  [/^[0-9A-Z]{5}$/, "failed"],
  [/^(E[A-Z_]+|CERT_[A-Z_]+|[A-Z_]+_CERT[A-Z_]*|ERR_(TLS|SSL)[A-Z_]*)$/, "unreachable"],
];

function troubleOf(code: string, message: string): LedgerTrouble | null {
  const known = BY_CODE.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return known[1];
  const lost = /connection|timeout|terminated|SSL|SASL|password|socket/i;
  return code === "" && lost.test(message) ? "unreachable" : null;
}
