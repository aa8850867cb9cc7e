import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { compare } from "../compare/commands.ts";
import { pages } from "../pages/commands.ts";
import { schedule } from "../schedule/commands.ts";
import { sheets } from "../sheets/commands.ts";
import { simulator } from "../simulator/commands.ts";
import { workers } from "../workers/commands.ts";
import { command, commandGroup } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import * as options from "./options.ts";
import type { Shell } from "./shell.ts";
import {
  type CommandDeclaration,
  type Context,
  refuseMissingPart,
  Parts,
  type Runner,
  type Wing,
} from "./wing.ts";

/** The wings of this build. Nothing else names one. */
const WINGS: readonly Wing[] = [simulator, pages, sheets, workers, schedule, compare];

/** The commands of a whole build, as `--help` groups them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Start:": ["init", "import", "check", "plan", "models"],
  "Buy:": ["run", "status", "fetch", "resolve", "cancel"],
  "Sign:": ["approve", "overage", "diff", "report"],
  "More:": ["schedule", "worker", "ledger", "simulate", "schema"],
};

/** Runs a command line; resolves to the exit code. Each command is loaded when it is used, so that `--help` is quick. */
export async function main(
  args: readonly string[],
  shell: Shell,
  wings: readonly Wing[] = WINGS,
): Promise<number> {
  let code: number = EXIT.done;
  const context: Context = { ...shell, parts: new Parts(wings) };
  const program = makeProgram(args, shell, wings, async (work) => {
    code = await work(context);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.wrong;
    const { describeCrash } = await import("./crash.ts");
    shell.err(await describeCrash(cause, args, (path) => shell.read(path)));
    return EXIT.failed;
  }
}

function makeProgram(
  args: readonly string[],
  shell: Shell,
  wings: readonly Wing[],
  run: Runner,
): Command {
  const program = new Command("topsheet")
    .description(
      "Checks, prices and caps YAML manifests of AI-video shots, and buys each shot only once.",
    )
    .version(manifest.version, "--version")
    .helpOption("-h, --help")
    .option("--no-color", "print without colour")
    .showHelpAfterError("topsheet --help lists the commands")
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .addHelpText(
      "before",
      "Examples:\n  topsheet init shots.yaml\n  topsheet check shots.yaml\n  topsheet plan shots.yaml -o costs.csv\n  topsheet run shots.yaml --rehearse\n",
    );
  const declared = [...CORE, ...wings.flatMap(({ commands = [] }) => commands)];
  const grouped = new Set(Object.values(GROUPS).flat());
  const forgotten = declared.find(({ name }) => !grouped.has(name));
  if (forgotten !== undefined) throw new Error(`GROUPS does not have ${forgotten.name}`);
  // Declaring all of them takes 2 ms, so only help and mistakes have all.
  const used = args.find((word) => !word.startsWith("-"));
  const isKnown = used !== undefined && grouped.has(used);
  for (const [group, names] of Object.entries(GROUPS)) {
    program.commandsGroup(group);
    for (const name of names) {
      if (isKnown && name !== used) continue;
      const found = declared.find((one) => one.name === name) ?? declareMissing(name);
      found.declare(program, run);
    }
  }
  // It would stand alone otherwise, under a heading of its own.
  return program.helpCommand("help [command]", "show the help of a command");
}

/** A command that no wing of this build brings. */
function declareMissing(name: string): CommandDeclaration {
  return {
    name,
    declare: (parent, run) =>
      parent
        .command(name, { hidden: true })
        .helpOption(false)
        .argument("[anything...]")
        .allowUnknownOption()
        .action(async () => {
          const { problem } = refuseMissingPart(`the command ${name}`);
          const { refuse } = await import("./refuse.ts");
          await run(async (context) => refuse(context, problem));
        }),
  };
}

const CORE: readonly CommandDeclaration[] = [
  command({
    name: "init",
    summary: "write a first manifest",
    description: "Writes a first manifest and its JSON Schema. Never overwrites a file.",
    ...options.INIT,
    load: async () => (await import("./commands/init.ts")).init,
  }),
  command({
    name: "check",
    summary: "find every mistake in a manifest",
    description: "Finds every mistake in one pass, with its place, what is legal, and a hint.",
    ...options.CHECK,
    load: async () => (await import("./commands/check.ts")).check,
  }),
  command({
    name: "plan",
    summary: "price every line and compare with the caps",
    description:
      "Prices every line and compares the plan with the caps. Spends nothing, needs no key.",
    ...options.PLAN,
    load: async () => (await import("./commands/plan.ts")).plan,
  }),
  command({
    name: "models",
    summary: "show what each model allows and costs",
    description:
      "Shows what each model allows and costs, with source and date; a single model in full.",
    ...options.MODELS_COMMAND,
    load: async () => (await import("./commands/models.ts")).models,
  }),
  command({
    name: "run",
    summary: "buy the lines, each only once",
    description:
      "Buys the lines of a plan, a few at a time, and records each in the ledger. Running again resumes where it stopped.",
    ...options.RUN,
    load: async () => (await import("./commands/run.ts")).run,
  }),
  command({
    name: "status",
    summary: "show the state of every line",
    description:
      "Shows the state of every line of a campaign; unknown ones come first, with the command that settles each.",
    ...options.STATUS,
    load: async () => (await import("./commands/status.ts")).status,
  }),
  command({
    name: "fetch",
    summary: "download videos that this machine lacks",
    description:
      "Downloads the videos of the ledger that this machine lacks, whoever bought them, and checks each against what was delivered. Costs nothing, needs no key.",
    ...options.FETCH,
    load: async () => (await import("./commands/fetch.ts")).fetchMissing,
  }),
  command({
    name: "resolve",
    summary: "settle an unknown outcome by hand",
    description: "Records the outcome of a line if its outcome or its charge is unknown.",
    ...options.RESOLVE,
    load: async () => (await import("./commands/resolve.ts")).resolve,
  }),
  command({
    name: "cancel",
    summary: "cancel lines that are in flight",
    description:
      "Asks the vendor to cancel lines in flight. Their money stays held until the answer proves that it is free.",
    ...options.CANCEL,
    load: async () => (await import("./commands/cancel.ts")).cancel,
  }),
  command({
    name: "approve",
    summary: "approve a saved plan",
    description:
      "Approves a saved plan up to a sum. The entry in the ledger counts; a file beside the plan shows it. A new approval replaces the previous one; --limit 0 withdraws it.",
    ...options.APPROVE,
    load: async () => (await import("./commands/approve.ts")).approve,
  }),
  command({
    name: "overage",
    summary: "raise a cap, on the record",
    description:
      "Raises a cap of a campaign. Who did it and why stays in the ledger and in every report. A cap of a day, week or month is raised for the current one only.",
    ...options.OVERAGE,
    load: async () => (await import("./commands/overage.ts")).overage,
  }),
  command({
    name: "report",
    summary: "show costs so far and the estimated final cost",
    description:
      "The cost report: budget, overages, actual, committed, estimate to complete and final cost, over or under, by scene, shot and take.",
    ...options.REPORT,
    load: async () => (await import("./commands/report.ts")).report,
  }),
  commandGroup({
    name: "ledger",
    summary: "create, verify, export and move ledgers",
    description: "Creates, verifies, exports and moves ledgers.",
    commands: [
      command({
        name: "init",
        description: "Creates an empty ledger. Never overwrites one.",
        ...options.LEDGER_INIT,
        load: async () => (await import("./commands/ledger.ts")).initLedger,
      }),
      command({
        name: "verify",
        description:
          "Recomputes the ledger from its entries: finds impossible steps, double purchases and caps that were passed.",
        ...options.LEDGER_VERIFY,
        load: async () => (await import("./commands/ledger.ts")).verifyLedger,
      }),
      command({
        name: "export",
        description:
          "Exports everything in the ledger: a CSV row for each hold, or every entry as lines of JSON.",
        ...options.LEDGER_EXPORT,
        load: async () => (await import("./commands/ledger.ts")).exportLedger,
      }),
      command({
        name: "copy",
        description:
          "Moves campaigns to another ledger entry by entry, from a file to a server or back. The old ledger is sealed for them and names the new one.",
        ...options.LEDGER_COPY,
        load: async () => (await import("./commands/ledger-copy.ts")).copyLedger,
      }),
    ],
  }),
  command({
    name: "schema",
    summary: "print the JSON Schema of manifests",
    description: "Prints the JSON Schema (draft-07) of manifests, for editors.",
    ...options.SCHEMA_COMMAND,
    load: async () => (await import("./commands/init.ts")).schema,
  }),
];
