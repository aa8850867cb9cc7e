import { command, commandGroup } from "../cli/command.ts";
import type { Wing } from "../cli/wing.ts";
import { LIST, PRINT, START } from "./options.ts";

/** Buys at set times. */
export const schedule: Wing = {
  commands: [
    commandGroup({
      name: "schedule",
      summary: "buy at set times",
      description: "Buys at the times that a manifest's `schedule` states.",
      commands: [
        command({
          name: "list",
          summary: "show the next times and what each will cost",
          description:
            "The next times, what each will cost, and what weeks and months come to against the caps. Spends nothing, needs no key.",
          ...LIST,
          load: async () => (await import("./list-command.ts")).scheduleList,
        }),
        command({
          name: "start",
          summary: "buy at those times until it is stopped",
          description:
            "Sleeps until the next time, reads the manifests anew and buys what they say, each time once, however many do the same.",
          ...START,
          load: async () => (await import("./start-command.ts")).scheduleStart,
        }),
        command({
          name: "print",
          summary: "print lines for another scheduler",
          description:
            "Writes what systemd, cron or GitHub has to be told, for those who have a scheduler already.",
          ...PRINT,
          load: async () => (await import("./print-command.ts")).schedulePrint,
        }),
      ],
    }),
  ],
  runModes: { schedule: async () => (await import("./list-command.ts")).describeNextTime },
};
