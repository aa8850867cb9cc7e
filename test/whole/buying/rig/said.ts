/** Standard error line by line, without what every run through a proxy says first, request ids made alike. */
export function said(err: string): readonly string[] {
  return err
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "ID")
    .split("\n")
    .filter(
      (line) => line !== "" && !line.startsWith("Through a proxy: ") && `${line}\n` !== REHEARSED,
    );
}

/** What is said under a ledger for rehearsals before anything is signed or raised. */
export const REHEARSED = "REHEARSAL: nothing real is bought under this ledger.\n";
