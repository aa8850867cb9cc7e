import { option, type OptionsOf, usually } from "../cli/option-spec.ts";
import { EVENTS, ONLY_WRONG, OUT, WAIT } from "../cli/options.ts";

export const WORKER = {
  arguments: [],
  options: [
    { ...usually("-j, --jobs <n>", "so many lines at once on this machine", "4"), filled: true },
    OUT,
    WAIT,
    option("--ledger <url>", "the ledger in PostgreSQL that all machines share"),
    EVENTS,
    option("--until-done", "leave when no batch is open any more"),
    ONLY_WRONG,
  ],
} as const;
export type WorkerOptions = OptionsOf<typeof WORKER.options>;
