import { resolve } from "node:path";
import * as z from "zod";
import { registerFile } from "../delivery/video-path.ts";
import { instant } from "../diagnostics/printable.ts";
import { isPostgres, withoutPassword } from "../ledger/postgres-url.ts";
import type { Shell } from "./shell.ts";

// A register in the user's state folder: which ledger each campaign was last bought under. A file for each campaign,
// so that two that are bought at once never write the same one.

const SCHEMA = "topsheet/campaign@1";
/** More is none of ours. */
const MOST_BYTES = 64 * 1024;

const entry = z
  .object({
    schema: z.literal(SCHEMA),
    campaign: z.string(),
    /** The ledger's id, which counts. */
    ledger: z.string().min(1),
    /** Where it was then, which only informs. */
    path: z.string(),
    at: z.iso.datetime(),
  })
  .readonly();

export type Registered = z.output<typeof entry>;

/** What the register says of a campaign; null if it says nothing that can be read. */
export async function registered(
  { register }: Pick<Shell, "register">,
  campaign: string,
): Promise<Registered | null> {
  const text = await register.read(registerFile(campaign), MOST_BYTES);
  try {
    const read = entry.parse(JSON.parse(text ?? ""));
    return read.campaign.toLowerCase() === campaign.toLowerCase() ? read : null;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

/**
 * Says that a campaign is bought under a ledger from now on, unless another was entered in the meantime, which is
 * returned. `replaces` tells whose entry may be replaced. Of two that find no entry only one can make it.
 */
export async function enter(
  shell: Pick<Shell, "register" | "now">,
  { ledger, ledgerPath }: { readonly ledger: { readonly id: string }; readonly ledgerPath: string },
  campaign: string,
  replaces: (before: Registered) => Promise<boolean>,
): Promise<Registered | null> {
  const path = isPostgres(ledgerPath) ? withoutPassword(ledgerPath) : resolve(ledgerPath);
  const at = instant(shell.now());
  const written = { schema: SCHEMA, campaign, ledger: ledger.id, path, at };
  const text = `${JSON.stringify(written, null, 2)}\n`;
  const file = registerFile(campaign);
  let before = await registered(shell, campaign);
  if (before === null) {
    if ((await shell.register.write(file, text, "new")) !== "taken") return null;
    before = await registered(shell, campaign);
  }
  if (before !== null && before.ledger !== ledger.id && !(await replaces(before))) return before;
  // Also over one that cannot be read: it would never say anything again.
  await shell.register.write(file, text, "over");
  return null;
}
