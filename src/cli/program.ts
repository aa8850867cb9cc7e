import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { compare } from "../compare/commands.ts";
import { pages } from "../pages/commands.ts";
import { schedule } from "../schedule/commands.ts";
import { sheets } from "../sheets/commands.ts";
import { simulator } from "../simulator/commands.ts";
import { workers } from "../workers/commands.ts";
import { command, commandGroup } from "./command.ts";
import { EXIT, refuse } from "./exit-codes.ts";
import * as options from "./options.ts";
import type { Shell } from "./shell.ts";
import {
  type CommandDeclaration,
  type Context,
  notInThisBuild,
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
export async function main(args: readonly string[], shell: Shell): Promise<number> {
  let code: number = EXIT.done;
  const context: Context = { ...shell, parts: new Parts(WINGS) };
  const program = programOf(shell, async (work) => {
    code = await work(context);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.wrong;
    const { crashText } = await import("./crash.ts");
    shell.err(await crashText(cause, args, (path) => shell.read(path)));
    return EXIT.failed;
  }
}

function programOf(shell: Shell, run: Runner): Command {
  const program = new Command("topsheet")
    .description(
      "Checks, prices and caps YAML manifests of AI-video shots, and buys each shot only once.",
    )
    .version(manifest.version, "--version")
    .helpOption("-h, --help")
    .option("--no-color", "no colour, whatever the terminal")
    .showHelpAfterError("topsheet --help lists the commands")
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .addHelpText(
      "before",
      "Examples:\n  topsheet init shots.yaml\n  topsheet check shots.yaml\n  topsheet plan shots.yaml -o costs.csv\n  topsheet run shots.yaml --rehearse\n",
    );
  const declared = [...CORE, ...WINGS.flatMap(({ commands = [] }) => commands)];
  for (const [group, names] of Object.entries(GROUPS)) {
    program.commandsGroup(group);
    for (const name of names) {
      const found = declared.find((one) => one.name === name) ?? missing(name);
      found.declare(program, run);
    }
  }
  return program;
}

/** A command that no wing of this build brings. */
function missing(name: string): CommandDeclaration {
  return {
    name,
    declare: (parent, run) =>
      parent
        .command(name, { hidden: true })
        .argument("[anything...]")
        .allowUnknownOption()
        .action(async () => {
          const { problem } = notInThisBuild(`the command ${name}`);
          await run(async (context) => refuse(context, problem));
        }),
  };
}

const CORE: readonly CommandDeclaration[] = [
  command({
    name: "init",
    summary: "a first manifest",
    description: "Writes a first manifest and its JSON Schema; never over a file that is there.",
    ...options.INIT,
    load: async () => (await import("./commands/init.ts")).init,
  }),
  command({
    name: "check",
    summary: "every mistake of a manifest",
    description: "Finds every mistake, in one pass, with its place, what is legal and a hint.",
    ...options.CHECK,
    load: async () => (await import("./commands/check.ts")).check,
  }),
  command({
    name: "plan",
    summary: "the priced plan against the caps",
    description:
      "Prices every line and holds the plan against the caps. Spends nothing, needs no key.",
    ...options.PLAN,
    load: async () => (await import("./commands/plan.ts")).plan,
  }),
  command({
    name: "models",
    summary: "what each model allows and costs",
    description: "What each model allows and costs, with source and date; one of them in full.",
    ...options.MODELS_LISTED,
    load: async () => (await import("./commands/models.ts")).models,
  }),
  command({
    name: "run",
    summary: "buys the lines, each only once",
    description:
      "Buys the lines of a plan on fal, a few at a time, and remembers each in the ledger. Running again goes on where it stopped.",
    ...options.RUN,
    load: async () => (await import("./commands/run.ts")).run,
  }),
  command({
    name: "status",
    summary: "where every line stands",
    description:
      "Where every line of a campaign stands, unknowns first with what to paste to settle them.",
    ...options.STATUS,
    load: async () => (await import("./commands/status.ts")).status,
  }),
  command({
    name: "fetch",
    summary: "bring videos that this machine lacks",
    description:
      "Brings whatever this machine lacks of the videos in the ledger, whoever bought them, and checks each against what was delivered. Costs nothing, needs no key.",
    ...options.FETCH,
    load: async () => (await import("./commands/fetch.ts")).fetchMissing,
  }),
  command({
    name: "resolve",
    summary: "settle by hand what is not known",
    description: "Settles what became of a line whose outcome, or whose charge, is not known.",
    ...options.RESOLVE,
    load: async () => (await import("./commands/resolve.ts")).resolve,
  }),
  command({
    name: "cancel",
    summary: "ask fal to cancel what is in flight",
    description:
      "Asks fal to cancel what is in flight. Money stays held until fal's answer proves it free.",
    ...options.CANCEL,
    load: async () => (await import("./commands/cancel.ts")).cancel,
  }),
  command({
    name: "approve",
    summary: "sign a saved plan",
    description:
      "Approves a saved plan up to a sum. The entry in the ledger counts; a file beside the plan shows it. Approving again replaces what was said; --limit 0 takes it back.",
    ...options.APPROVE,
    load: async () => (await import("./commands/approve.ts")).approve,
  }),
  command({
    name: "overage",
    summary: "add to a cap, on the record",
    description:
      "Adds to a cap of a campaign in its ledger: who and why stays there, and in every report. On a day, week or month it holds for the current one.",
    ...options.OVERAGE,
    load: async () => (await import("./commands/overage.ts")).overage,
  }),
  command({
    name: "report",
    summary: "what was spent and what it will come to",
    description:
      "The cost report: budget, overages, actual, committed, estimate to complete and final cost, over or under, by scene, shot and take.",
    ...options.REPORT,
    load: async () => (await import("./commands/report.ts")).report,
  }),
  commandGroup({
    name: "ledger",
    summary: "the ledger itself",
    description: "The ledger itself.",
    commands: [
      command({
        name: "init",
        description: "Makes an empty ledger, never over one that is there.",
        ...options.LEDGER_INIT,
        load: async () => (await import("./commands/ledger.ts")).initLedger,
      }),
      command({
        name: "verify",
        description:
          "Folds every entry anew: no step that cannot be, no purchase twice, no cap passed.",
        ...options.LEDGER_VERIFY,
        load: async () => (await import("./commands/ledger.ts")).verifyLedger,
      }),
      command({
        name: "export",
        description:
          "Everything in the ledger: a row for each hold as CSV, or every entry as lines of JSON.",
        ...options.LEDGER_EXPORT,
        load: async () => (await import("./commands/ledger.ts")).exportLedger,
      }),
      command({
        name: "copy",
        description:
          "Moves campaigns to another ledger, exact to the entry: from a file to a server and back. The ledger that they leave is sealed for them and names the other.",
        ...options.LEDGER_COPY,
        load: async () => (await import("./commands/ledger-copy.ts")).copyLedger,
      }),
    ],
  }),
  command({
    name: "schema",
    summary: "the manifest's JSON Schema",
    description: "The manifest's JSON Schema (draft-07), for editors.",
    ...options.SCHEMA,
    load: async () => (await import("./commands/init.ts")).schema,
  }),
];
