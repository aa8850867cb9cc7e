import { findVendor } from "../catalogue/models.ts";
import { readPrompts } from "../catalogue/rules/prompts.ts";
import { toPrintable, quote, quoteForShell, shorten } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import { cents } from "../money.ts";

// A lost answer was lost within less, and the clocks of two machines differ by less.
const WINDOW_MS = 2 * 60_000;
const PROMPT_HEAD = 60;

/** Whether a person has to say what became of a hold's money. */
export function needsPerson({
  state,
  charge,
  missing,
}: Pick<Hold, "state" | "charge" | "missing">): boolean {
  return (
    state === "unknown" ||
    (state === "failed" && charge === "unknown") ||
    (state === "submitted" && missing)
  );
}

/** Whether a person named its request, and may have mistyped it. */
export function isByHand({ state, named }: Pick<Hold, "state" | "named">): boolean {
  return state === "submitted" && named;
}

/** Says where to look for a line whose outcome or charge is not known, and which command to paste then. */
export function adviseWhereToLook(
  hold: Hold,
  { ledger, rehearsal }: { readonly ledger: string | null; readonly rehearsal: boolean },
  /** The holds of its campaign that a person may be told of: a key that two of them share names neither. */
  asked: readonly Pick<Hold, "id" | "key">[],
): readonly string[] {
  const { requests, charges } = findVendor(hold.endpoint);
  const alone = asked.every(({ id, key }) => id === hold.id || key !== hold.key);
  // A key that a terminal does not show unchanged cannot be pasted unchanged.
  const name = alone && toPrintable(hold.key) === hold.key ? hold.key : hold.id;
  const named = (one: string): string => quoteForShell(`${hold.campaign}/${one}`);
  const at = ledger === null ? "" : ` --ledger ${quoteForShell(ledger)}`;
  const paste = (how: string, target = named(name)): string =>
    `    topsheet resolve ${target} ${how} --by YOU --why "what you found"${at}`;
  const money = `${cents(hold.held)} stay held`;
  const why = hold.why === null ? "" : `: ${toPrintable(shorten(hold.why, 300))}`;
  const anew = hold.named
    ? ["  or, if that is not its request, this with the right one", paste("--request-id ID")]
    : [];
  if (hold.state === "submitted" && !hold.missing) {
    const id = toPrintable(hold.request?.id ?? "?");
    const by = toPrintable(hold.person?.by ?? "?");
    return [
      `${toPrintable(hold.key)} is request ${id} as ${by} says; ${money}. If it is not, paste this with the right one:`,
      // The id, for a key may also mean an earlier try, which can be corrected too.
      paste("--request-id ID", named(hold.id)),
    ];
  }
  if (hold.state === "submitted") {
    return [
      `${toPrintable(hold.key)} was bought as request ${toPrintable(hold.request?.id ?? "?")}, and its result is not available${why}; ${money}.`,
      `  Running again asks once more, free of charge. Look for it among ${charges}, then paste one of`,
      paste("--charged"),
      paste("--not-charged"),
      ...anew,
    ];
  }
  if (hold.state === "failed") {
    const id = hold.request === null ? "" : ` (request ${toPrintable(hold.request.id)})`;
    return [
      `${toPrintable(hold.key)} failed${id}${why}; whether it was billed is not known, ${money}.`,
      `  Look for the request among ${charges}, then paste one of`,
      paste("--charged"),
      paste("--not-charged"),
      ...(hold.request === null
        ? []
        : [
            "  or this, to have its result collected once more",
            paste(`--request-id ${quoteForShell(hold.request.id)}`),
          ]),
    ];
  }
  const sent = hold.sentAt ?? hold.reservedAt;
  return [
    `${toPrintable(hold.key)} may have been bought${why}; ${money}.`,
    `  Look among ${requests} to ${toPrintable(hold.endpoint)}, ${formatSecond(sent - WINDOW_MS)} to ${formatSecond(sent + WINDOW_MS)} UTC,`,
    `  for the prompt ${quote(shorten(readPrompts(hold.input)[0]?.prompt ?? "", PROMPT_HEAD))}, then paste one of`,
    paste("--request-id ID"),
    paste("--not-charged"),
    paste("--charged"),
    // In a rehearsal nobody waits.
    ...(hold.unsendableFrom === null || rehearsal
      ? []
      : [
          `  --not-charged is accepted from ${formatSecond(hold.unsendableFrom)} UTC on: until then its order may still arrive.`,
        ]),
  ];
}

/** Formats a moment as `2026-11-21 09:00:00`, in UTC. */
export function formatSecond(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
