import { findVendor } from "../catalogue/models.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import { readRunSettings } from "../cli/read-options.ts";
import type { Shell } from "../cli/shell.ts";
import { isPostgres } from "../ledger/postgres-url.ts";
import { loadScheduledPlan } from "./list-command.ts";
import { printCrontab, printWorkflow, printSystemdUnits, type Unit } from "./print.ts";
import { onceArguments, explainUnwatched } from "./start-command.ts";
import type { SchedulePrintOptions } from "./options.ts";

/** Prints what another scheduler has to be told. */
export async function schedulePrint(
  shell: Shell,
  files: readonly string[],
  options: SchedulePrintOptions,
): Promise<number> {
  const { systemd, cron, github } = options;
  const kinds = [systemd, cron, github].filter((kind) => kind === true);
  if (kinds.length !== 1) return refuse(shell, "name one of --systemd, --cron and --github");
  if (files.includes("-")) {
    return refuse(shell, "a schedule reads its manifests each time: standard input is read once");
  }
  const settings = readRunSettings({ format: "table", only: [], ...options });
  if (!settings.ok) return refuse(shell, settings.problem);
  const scheduled = await loadScheduledPlan(shell, files, options);
  if (!scheduled.ok) return refuse(shell, scheduled.problem);
  const { plan, schedule } = scheduled.value;
  const unwatched = explainUnwatched(options, plan.campaign.approval);
  if (unwatched !== null) return refuse(shell, unwatched, "not-approved");
  const named = options.ledger ?? shell.ledgers.named;
  const sharedLedger = named !== null && isPostgres(named);
  if (github === true && !sharedLedger) {
    const problem =
      "a workflow starts from an empty checkout, whose ledger would be lost and everything bought again: it needs a PostgreSQL ledger, --ledger postgres://…";
    return refuse(shell, problem);
  }
  const { node, script } = await shell.program();
  if (github !== true && script.split(/[/\\]/).includes("_npx")) {
    const problem =
      "this topsheet runs from the cache of npx, which may be emptied at any time: install it from its tarball with `npm install --global`, and print with that one";
    return refuse(shell, problem);
  }
  const { ledger: _, ...others } = options;
  const unit: Unit = {
    campaign: plan.campaign.name,
    schedule,
    folder: shell.here,
    program: github === true ? ["topsheet"] : [node, script],
    args: onceArguments(files, sharedLedger ? others : options),
    secrets: [...new Set(plan.lines.flatMap(({ endpoint }) => findVendor(endpoint).secrets))],
    sharedLedger,
    now: shell.now(),
  };
  const print = systemd === true ? printSystemdUnits : cron === true ? printCrontab : printWorkflow;
  shell.out(print(unit));
  return EXIT.done;
}
