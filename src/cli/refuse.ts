import { EXIT } from "./exit-codes.ts";
import type { Shell } from "./shell.ts";

/** A command that ends before it has done anything. */
export interface Refused {
  readonly exit: number;
}

/** Says why a command is not carried out, and what it leaves with. */
export function refuse(shell: Shell, problem: string, exit: number = EXIT.wrong): number {
  shell.err(`error: ${problem}\n`);
  return exit;
}
