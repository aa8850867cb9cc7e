import { printable } from "../diagnostics/printable.ts";
import type { LineFile } from "../disk.ts";
import type { Buying, Shell } from "./shell.ts";

/** Events in their order, each on a line; a file that cannot be written is said once and costs nothing else. */
export async function eventFile(
  shell: Shell,
  buying: Buying,
  path: string | undefined,
): Promise<{ readonly add: (line: string) => void; readonly close: () => Promise<void> } | null> {
  if (path === undefined) return null;
  const opened = await buying.openLines(path);
  const complain = (): void =>
    shell.err(`warning: events cannot be written to ${printable(path)}\n`);
  if ("fault" in opened) {
    complain();
    return null;
  }
  const file: LineFile = opened;
  let told = false;
  let last = Promise.resolve();
  return {
    add: (line) => {
      last = last.then(async () => {
        if ((await file.add(line)) !== null && !told) {
          told = true;
          complain();
        }
      });
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
