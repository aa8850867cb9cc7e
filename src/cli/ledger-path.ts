import { dirname } from "node:path";
import type { Shell } from "./shell.ts";

/** The ledger that a command means, and how it came to mean it. */
export interface LedgerPath {
  readonly path: string;
  readonly by: "option" | "environment" | "nearest";
}

/** `--ledger`, then TOPSHEET_LEDGER, then the nearest `.topsheet/ledger.sqlite` at or above the first manifest. */
export async function ledgerPath(
  { ledgers }: Shell,
  option: string | undefined,
  files: readonly string[],
): Promise<LedgerPath | null> {
  if (option !== undefined) return { path: option, by: "option" };
  if (ledgers.named !== null) return { path: ledgers.named, by: "environment" };
  const [first = "-"] = files;
  const nearest = await ledgers.nearest(first === "-" ? "." : dirname(first));
  return nearest === null ? null : { path: nearest, by: "nearest" };
}
