/** What to say where an option is no amount. */
export function notUsd(option: string, given: string | undefined, such = "180 or 0.5"): string {
  return `${option} takes US dollars such as ${such}, not ${JSON.stringify(given)}`;
}

// What stands in the commands that are printed to be pasted, and in their help, for a person to put the own words in.
const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  "--by": ["you", "name"],
  "--why": ["what you found", "the reason", "text"],
  "--request-id": ["id"],
};

/** What to say where who, why or which is left blank, or as it was printed; null where each says something. */
export function findBlank(words: Readonly<Record<`--${string}`, string>>): string | null {
  for (const [option, word] of Object.entries(words)) {
    const said = word.trim();
    if (said === "") return `${option} must not be empty: it stays in the ledger`;
    if (PLACEHOLDERS[option]?.includes(said.toLowerCase()) === true) {
      return `${option} still says ${JSON.stringify(said)}: put in its place what is to stand in the ledger`;
    }
  }
  return null;
}

/** What is wrong with asking for a comment; null for nothing. */
export function commentMisuse(options: {
  readonly format: string;
  readonly comment?: string;
}): string | null {
  const { format, comment } = options;
  if (comment === undefined) return null;
  if (format !== "github") return "--comment is written with --format github only";
  return comment === "-"
    ? "--comment takes a file: standard output is for GitHub's commands"
    : null;
}
