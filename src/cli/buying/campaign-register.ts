import { resolve } from "node:path";
import * as z from "zod";
import { registerFile } from "../../delivery/video-path.ts";
import { formatInstant } from "../../diagnostics/printable.ts";
import type { LedgerBook } from "../../ledger/ledger.ts";
import { isPostgres, hidePassword } from "../../ledger/postgres-url.ts";
import type { Shell } from "../shell.ts";

// A register in the user's state folder of the ledgers that each campaign was bought under, the last one first. Each
// campaign has a file, so that two that are bought at once never write the same one.

const SCHEMA = "topsheet/campaign@1";
/** A larger file is none of ours. */
const MOST_BYTES = 64 * 1024;
const MOST_LEDGERS = 20;

const entry = z
  .object({
    /** The ledger's id, which identifies it. */
    id: z.string().min(1),
    /** Where the ledger was then, to be shown to people. */
    path: z.string(),
    at: z.iso.datetime(),
    /** The newest entry then: a ledger restored from an older copy lacks it. */
    entry: z.object({ seq: z.int(), at: z.int() }).readonly(),
  })
  .readonly();

const page = z
  .object({
    schema: z.literal(SCHEMA),
    campaign: z.string(),
    ledgers: z.array(entry).readonly(),
  })
  .readonly();

/** A ledger that a campaign was bought under. */
export type RegisteredLedger = z.output<typeof entry>;

/** Returns the ledgers that a campaign was bought under, the last one first; none if the register cannot be read. */
export async function readRegister(
  { register }: Pick<Shell, "register">,
  campaign: string,
): Promise<readonly RegisteredLedger[]> {
  const text = await register.read(registerFile(campaign), MOST_BYTES);
  try {
    const read = page.parse(JSON.parse(text ?? ""));
    return read.campaign.toLowerCase() === campaign.toLowerCase() ? read.ledgers : [];
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return [];
    throw cause;
  }
}

interface SessionToRegister {
  readonly ledger: Pick<LedgerBook, "id" | "lastEntry">;
  readonly ledgerPath: string;
}

/**
 * Registers that a campaign is bought under a ledger from now on. Returns the other ledger if the register names one
 * that is not expected. Of two runs that find no entry, only one can make the first.
 */
export async function writeRegister(
  shell: Pick<Shell, "register" | "now">,
  { ledger, ledgerPath }: SessionToRegister,
  campaign: string,
  isExpected: (other: RegisteredLedger) => Promise<boolean>,
): Promise<RegisteredLedger | null> {
  const { id } = ledger;
  const path = isPostgres(ledgerPath) ? hidePassword(ledgerPath) : resolve(ledgerPath);
  const own = { id, path, at: formatInstant(shell.now()), entry: await ledger.lastEntry() };
  const file = registerFile(campaign);
  const text = (others: readonly RegisteredLedger[]): string => {
    const ledgers = [own, ...others].slice(0, MOST_LEDGERS);
    return `${JSON.stringify({ schema: SCHEMA, campaign, ledgers }, null, 2)}\n`;
  };
  let before = await readRegister(shell, campaign);
  if (before.length === 0) {
    if ((await shell.register.write(file, text([]), "new")) !== "taken") return null;
    before = await readRegister(shell, campaign);
  }
  const others = before.filter((other) => other.id !== id);
  for (const other of others) if (!(await isExpected(other))) return other;
  // An unreadable file is replaced too: it would stay unreadable for ever.
  await shell.register.write(file, text(others), "over");
  return null;
}
