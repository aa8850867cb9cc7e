import type { Command } from "commander";
import { formats, text, USUAL } from "../cli/arguments.ts";
import type { ScheduleListOptions } from "./list-command.ts";
import type { SchedulePrintOptions } from "./print-command.ts";
import type { ScheduleStartOptions } from "./start-command.ts";
import type { Shell } from "../cli/shell.ts";

/** Declares what happens at set times. */
export function declareSchedule(
  program: Command,
  shell: Shell,
  exit: (code: number) => void,
): void {
  const schedule = program
    .command("schedule")
    .summary("buys at set times")
    .description("Buys at the times that a manifest's `schedule` states.");

  schedule
    .command("list")
    .summary("the next times, and what each will cost")
    .description(
      "The next times, what each will cost, and what weeks and months come to against the caps. Spends nothing, needs no key.",
    )
    .argument("<files...>", "manifests of one campaign; - is standard input")
    .addOption(formats(["table", "json"]))
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("--ledger <file>", "what was bought stands here")
    .option("-q, --quiet", "no warnings")
    .action(async (files: readonly string[], options: ScheduleListOptions) => {
      const { scheduleList } = await import("./list-command.ts");
      exit(await scheduleList(shell, files, options));
    });

  buyingUnwatched(schedule.command("start"))
    .summary("buys at those times, until it is stopped")
    .description(
      "Sleeps until the next time, reads the manifests anew and buys what they say, each time once, however many do the same.",
    )
    .option("--once", "fire what is due now, and end")
    .option("--rehearse", "the same against a simulator: no key, nothing bought")
    .option("--speed <n>", "rehearsal: so many times faster than life (60)", text)
    .option("--seed <n>", "rehearsal: the same luck again", text)
    .action(async (files: readonly string[], options: ScheduleStartOptions) => {
      const { scheduleStart } = await import("./start-command.ts");
      exit(await scheduleStart(shell, files, options));
    });

  buyingUnwatched(schedule.command("print"))
    .summary("for a scheduler that you have")
    .description(
      "Writes what systemd, cron or GitHub has to be told, for those who have a scheduler already.",
    )
    .option("--systemd", "a service and its timer")
    .option("--cron", "lines for crontab -e")
    .option("--github", "a workflow; needs a PostgreSQL ledger")
    .action(async (files: readonly string[], options: SchedulePrintOptions) => {
      const { schedulePrint } = await import("./print-command.ts");
      exit(await schedulePrint(shell, files, options));
    });
}

/** The options of a run that no one watches. */
function buyingUnwatched(command: Command): Command {
  return command
    .argument("<files...>", "manifests of one campaign")
    .option("--max-usd <usd>", "each time spends and holds at most so much", text)
    .option("--require-approval", "buy only what an approved plan has")
    .option("-j, --jobs <n>", "so many lines at once, in place of the manifest's concurrency", text)
    .option("--out <dir>", "where videos go", USUAL.out)
    .option("--wait <time>", "wait for a line at most so long after it was sent", USUAL.wait)
    .option("--ledger <file>", "remember purchases here")
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("--events <file>", "everything that happens, as lines of JSON")
    .option("--retry-failed", "take up failures again that cost nothing")
    .option("--rebuy", "buy lines again whose input changed since they were bought")
    .option("--raise-caps", "let caps be higher than in the last run")
    .option("-q, --quiet", "only what went wrong");
}
