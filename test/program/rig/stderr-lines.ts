/** Returns the lines of standard error without those that every run through a proxy prints first. Request ids become ID. */
export function stderrLines(err: string): readonly string[] {
  return err
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "ID")
    .split("\n")
    .filter(
      (line) =>
        line !== "" &&
        `${line}\n` !== REHEARSED &&
        !OF_EVERY_RUN.some((said) => line.startsWith(said)),
    );
}

// What every run through a proxy says, and every run of a model whose units have no known price.
const OF_EVERY_RUN = ["Through a proxy: ", "What a billable unit costs is not known for "];

/** What is said under a ledger for rehearsals before anything is signed or raised. */
export const REHEARSED = "REHEARSAL: nothing real is bought under this ledger.\n";
