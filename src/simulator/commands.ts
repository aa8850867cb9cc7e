import { command } from "../cli/command.ts";
import type { Wing } from "../cli/wing.ts";
import { SIMULATE } from "./options.ts";

/** The simulator, which plays the vendor: `run --rehearse`, and `simulate` as a server of its own. */
export const simulator: Wing = {
  commands: [
    command({
      name: "simulate",
      summary: "run the fal simulator as a server",
      description:
        "Serves a simulation of queue.fal.run on this machine, for any client of fal, until it is interrupted.",
      ...SIMULATE,
      load: async () => (await import("./simulate-command.ts")).simulate,
    }),
  ],
  runModes: { rehearse: async () => (await import("./rehearsal.ts")).startRehearsal },
};
