import type { Command } from "commander";
import { collect, formats, text, USUAL } from "./arguments.ts";
import type { ApproveOptions } from "./commands/approve.ts";
import type { CancelOptions } from "./commands/cancel.ts";
import type { CopyOptions } from "./commands/ledger-copy.ts";
import type { ExportOptions, InitOptions, LedgerOptions } from "./commands/ledger.ts";
import type { FetchOptions } from "./commands/fetch.ts";
import type { OverageOptions } from "./commands/overage.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { ResolveOptions } from "./commands/resolve.ts";
import type { SimulateOptions } from "../simulator/simulate-command.ts";
import type { StatusOptions } from "./commands/status.ts";
import type { WorkerOptions } from "../workers/worker-command.ts";
import type { RunOptions } from "./run-options.ts";
import type { Shell } from "./shell.ts";

/** Declares what buys, and what looks after what was bought. */
export function declareBuying(program: Command, shell: Shell, exit: (code: number) => void): void {
  program
    .command("run")
    .summary("buys the lines, each only once")
    .description(
      "Buys the lines of a plan on fal, a few at a time, and remembers each in the ledger. Running again goes on where it stopped.",
    )
    .argument("<files...>", "manifests of one campaign; - is standard input")
    .addOption(formats(["table", "json", "html"]))
    .option("--rehearse", "the same run against a simulator: no key, nothing bought")
    .option("-y, --yes", "do not ask; off a terminal with --max-usd")
    .option("--max-usd <usd>", "this run spends and holds at most so much", text)
    .option(
      "--only <selector>",
      "a shot, scene:NAME, tag:NAME or a line's key (repeatable)",
      collect,
      [],
    )
    .option("-j, --jobs <n>", "so many lines at once, in place of the manifest's concurrency", text)
    .option("--out <dir>", "where videos go", USUAL.out)
    .option("--wait <time>", "wait for a line at most so long after it was sent", USUAL.wait)
    .option("--ledger <file>", "remember purchases here")
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("--page", "show the run as it goes on a page of this machine, until it has ended")
    .option("--events <file>", "everything that happens, as lines of JSON")
    .option("--retry-failed", "take up failures again that cost nothing")
    .option("--rebuy", "buy lines again whose input changed since they were bought")
    .option("--require-approval", "buy only what an approved plan has")
    .option("--raise-caps", "off a terminal: let caps be higher than in the last run")
    .option("--speed <n>", "rehearsal: so many times faster than life (60)", text)
    .option(
      "--faults <rates>",
      "rehearsal: what goes wrong how often, such as reset:5%,422:2%",
      text,
    )
    .option("--seed <n>", "rehearsal: the same luck again", text)
    .option("-q, --quiet", "only what went wrong")
    .option(
      "--queue",
      "leave a saved plan's lines to workers that share the ledger, and follow them",
    )
    .option("--detach", "with --queue: do not follow")
    .action(async (files: readonly string[], options: RunOptions) => {
      const { run } = await import("./commands/run.ts");
      exit(await run(shell, files, options));
    });

  program
    .command("worker")
    .summary("buys what others have queued")
    .description(
      "Buys lines that `run --queue` has left to workers, on any machine that reaches the ledger, until it is interrupted; then it waits for the lines it has.",
    )
    .option("-j, --jobs <n>", "so many lines at once on this machine", text, "4")
    .option("--out <dir>", "where videos go", "out")
    .option("--wait <time>", "wait for a line at most so long after it was sent", "60m")
    .option("--ledger <url>", "the ledger in PostgreSQL that all machines share")
    .option("--events <file>", "everything that happens, as lines of JSON")
    .option("--until-done", "leave when no batch is open any more")
    .option("-q, --quiet", "only what went wrong")
    .action(async (options: WorkerOptions) => {
      const { worker } = await import("../workers/worker-command.ts");
      exit(await worker(shell, options));
    });

  program
    .command("status")
    .summary("where every line stands")
    .description(
      "Where every line of a campaign stands, unknowns first with what to paste to settle them.",
    )
    .argument("[campaign]", "one campaign; every one of the ledger when left out")
    .addOption(formats(["table", "json"]))
    .option(
      "--watch",
      "again every second, until Ctrl-C; elsewhere than on a terminal a line a change",
    )
    .option("--page", "as a page of this machine that follows what happens, until Ctrl-C")
    .option("--ledger <file>", "what was bought stands here")
    .action(async (campaign: string | undefined, options: StatusOptions) => {
      const { status } = await import("./commands/status.ts");
      exit(await status(shell, campaign, options));
    });

  program
    .command("report")
    .summary("what was spent and what it will come to")
    .description(
      "The cost report: budget, overages, actual, committed, estimate to complete and final cost, over or under, by scene, shot and take.",
    )
    .argument("[campaign]", "one campaign; every one of the ledger when left out")
    .addOption(formats(["table", "json", "csv", "xlsx", "html"]))
    .option(
      "-o, --output <file>",
      "also write it to a file, as .json, .csv, .xlsx, .html or .txt (repeatable)",
      collect,
      [],
    )
    .option("--out <dir>", "where videos are, if not where the run has put them", text)
    .option("--plan <file>", "the budget: a saved plan, or a manifest (repeatable)", collect, [])
    .option("--hot", "yesterday alone, in the campaign's time zone")
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("--ledger <file>", "what was bought stands here")
    .action(async (campaign: string | undefined, options: ReportOptions) => {
      const { report } = await import("./commands/report.ts");
      exit(await report(shell, campaign, options));
    });

  program
    .command("fetch")
    .summary("bring videos that this machine lacks")
    .description(
      "Brings whatever this machine lacks of the videos in the ledger, whoever bought them, and checks each against what was delivered. Costs nothing, needs no key.",
    )
    .argument("[campaign]", "one campaign; every one of the ledger when left out")
    .addOption(formats(["table", "json"]))
    .option("--out <dir>", "where videos go", "out")
    .option("--ledger <file>", "what was bought stands here")
    .option("-q, --quiet", "only what went wrong")
    .action(async (campaign: string | undefined, options: FetchOptions) => {
      const { fetchMissing } = await import("./commands/fetch.ts");
      exit(await fetchMissing(shell, campaign, options));
    });

  program
    .command("resolve")
    .summary("settle by hand what is not known")
    .description("Settles what became of a line whose outcome, or whose charge, is not known.")
    .argument("<campaign/key>", "the line, as status names it; quote it")
    .option("--request-id <id>", "it was bought, as this request: the next run collects it", text)
    .option("--charged", "it was billed, and nothing will come of it")
    .option("--not-charged", "it was not billed: its money is free again")
    .requiredOption("--by <name>", "who says so", text)
    .requiredOption("--why <text>", "what was found", text)
    .option("--ledger <file>", "what was bought stands here")
    .action(async (line: string, options: ResolveOptions) => {
      const { resolve } = await import("./commands/resolve.ts");
      exit(await resolve(shell, line, options));
    });

  program
    .command("cancel")
    .summary("ask fal to cancel what is in flight")
    .description(
      "Asks fal to cancel what is in flight. Money stays held until fal's answer proves it free.",
    )
    .argument("[campaign/key...]", "lines, as status names them; quote them")
    .option("--all", "everything in flight under the ledger")
    .option("--ledger <file>", "what was bought stands here")
    .action(async (lines: readonly string[], options: CancelOptions) => {
      const { cancel } = await import("./commands/cancel.ts");
      exit(await cancel(shell, lines, options));
    });

  program
    .command("approve")
    .summary("sign a saved plan")
    .description(
      "Approves a saved plan up to a sum. The entry in the ledger counts; a file beside the plan shows it. Approving again replaces what was said; --limit 0 takes it back.",
    )
    .argument("<plan.json>", "a plan that `plan -o plan.json` has saved")
    .requiredOption("--by <name>", "who approves", text)
    .requiredOption("--limit <usd>", "at most so much may be spent and held under it", text)
    .option(
      "--until <date>",
      "through that day in the campaign's time zone, or up to an instant",
      text,
    )
    .option("--ledger <file>", "what was bought stands here")
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .action(async (plan: string, options: ApproveOptions) => {
      const { approve } = await import("./commands/approve.ts");
      exit(await approve(shell, plan, options));
    });

  program
    .command("overage")
    .summary("add to a cap, on the record")
    .description(
      "Adds to a cap of a campaign in its ledger: who and why stays there, and in every report. On a day, week or month it holds for the current one.",
    )
    .requiredOption("--campaign <name>", "the campaign", text)
    .requiredOption("--cap <name>", "cap, per_shot, per_day, by_model.NAME, by_scene.NAME …", text)
    .requiredOption("--usd <usd>", "how much more", text)
    .requiredOption("--by <name>", "who says so", text)
    .requiredOption("--why <text>", "what for", text)
    .option("--ledger <file>", "what was bought stands here")
    .action(async (options: OverageOptions) => {
      const { overage } = await import("./commands/overage.ts");
      exit(await overage(shell, options));
    });

  const ledger = program
    .command("ledger")
    .summary("the ledger itself")
    .description("The ledger itself.");
  ledger
    .command("init")
    .description("Makes an empty ledger, never over one that is there.")
    .argument("[file]", "where to; .topsheet/ledger.sqlite when left out")
    .option("--rehearsal", "for rehearsals: only the simulator is bought from under it")
    .option("--nested", "although there is a ledger at or above that folder")
    .option(
      "--separate <campaign>",
      "buy this campaign under it, although another ledger has the campaign; with --by and --why",
      text,
    )
    .option("--by <name>", "who says so", text)
    .option("--why <text>", "the reason", text)
    .action(async (file: string | undefined, options: InitOptions) => {
      const { initLedger } = await import("./commands/ledger.ts");
      exit(await initLedger(shell, file, options));
    });
  ledger
    .command("verify")
    .description(
      "Folds every entry anew: no step that cannot be, no purchase twice, no cap passed.",
    )
    .option("--ledger <file>", "the ledger")
    .action(async (options: LedgerOptions) => {
      const { verifyLedger } = await import("./commands/ledger.ts");
      exit(await verifyLedger(shell, options));
    });

  ledger
    .command("export")
    .description(
      "Everything in the ledger: a row for each hold as CSV, or every entry as lines of JSON.",
    )
    .option("--campaign <name>", "only this one", text)
    .addOption(formats(["csv", "jsonl"]))
    .option("--ledger <file>", "the ledger")
    .action(async (options: ExportOptions) => {
      const { exportLedger } = await import("./commands/ledger.ts");
      exit(await exportLedger(shell, options));
    });

  ledger
    .command("copy")
    .description(
      "Moves campaigns to another ledger, exact to the entry: from a file to a server and back. The ledger that they leave is sealed for them and names the other.",
    )
    .argument("<from>", "the ledger that has them")
    .argument("<to>", "a file, or postgres://user@host/database; made where there is none")
    .option("--campaign <name>", "only this one", text)
    .action(async (from: string, to: string, options: CopyOptions) => {
      const { copyLedger } = await import("./commands/ledger-copy.ts");
      exit(await copyLedger(shell, from, to, options));
    });

  program
    .command("simulate")
    .summary("the fal simulator as a server")
    .description(
      "Plays queue.fal.run on this machine until it is interrupted, for any client of fal.",
    )
    .option("--port <n>", "0 takes any that is free", "0")
    .option("--speed <n>", "so many times faster than life", "1")
    .option("--faults <rates>", "what goes wrong how often, such as reset:5%,422:2%", text)
    .option("--seed <n>", "the same luck again", text)
    .option("--flatten", "as a proxy, answer 200 whatever the status was")
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import("../simulator/simulate-command.ts");
      exit(await simulate(shell, options));
    });
}
