import { command } from "../cli/command.ts";
import type { Wing } from "../cli/wing.ts";
import { WORKER } from "./options.ts";

/** A queue beside a ledger in PostgreSQL, and the workers that buy from it. */
export const workers: Wing = {
  commands: [
    command({
      name: "worker",
      summary: "buy what others have queued",
      description:
        "Buys lines that `run --queue` has left to workers, on any machine that reaches the ledger, until it is interrupted; then it waits for the lines it has.",
      ...WORKER,
      load: async () => (await import("./worker-command.ts")).worker,
    }),
  ],
  runModes: { queue: async () => (await import("./run-queued.ts")).openQueue },
};
