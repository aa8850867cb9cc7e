import { option, type OptionsOf, usually } from "../cli/option-spec.ts";
import { EVENTS, ONLY_WRONG, OUT, WAIT } from "../cli/options.ts";

export const WORKER = {
  arguments: [],
  options: [
    { ...usually("-j, --jobs <n>", "lines to buy at once on this machine", "4"), filled: true },
    OUT,
    WAIT,
    option("--ledger <url>", "PostgreSQL ledger that all machines share"),
    EVENTS,
    option("--until-done", "exit as soon as no batch is open"),
    ONLY_WRONG,
  ],
} as const;
export type WorkerOptions = OptionsOf<typeof WORKER.options>;
