import { command } from "../cli/command.ts";
import type { Wing } from "../cli/wing.ts";
import { DIFF } from "./options.ts";

/** Differences between plans, gates that a plan has to pass, and what GitHub is told of both. */
export const compare: Wing = {
  commands: [
    command({
      name: "diff",
      summary: "show what a change costs, and why",
      description:
        "Shows what the second costs more or less than the first, shot by shot, and why.",
      ...DIFF,
      load: async () => (await import("./diff-command.ts")).diff,
    }),
  ],
  runModes: {
    gates: async () => (await import("./gates.ts")).GATES,
    github: async () => (await import("./github.ts")).GITHUB,
  },
};
