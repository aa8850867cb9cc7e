import { Command, CommanderError } from "commander";
import type { CheckOptions } from "./commands/check.ts";
import type { ImportOptions } from "../sheets/import-command.ts";
import type { DiffOptions } from "../compare/diff-command.ts";
import type { ModelsOptions } from "./commands/models.ts";
import type { PlanOptions } from "./commands/plan.ts";
import { collect, failOn, formats, text } from "./arguments.ts";
import { declareBuying } from "./buying-commands.ts";
import { EXIT } from "./exit-codes.ts";
import { declareSchedule } from "../schedule/commands.ts";
import type { Shell } from "./shell.ts";
import { version } from "./version.ts";

/** Runs a command line; resolves to the exit code. Each command is loaded when it is used, so that `--help` is quick. */
export async function main(args: readonly string[], shell: Shell): Promise<number> {
  let code: number = EXIT.done;
  const program = commands(shell, (result) => {
    code = result;
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

function commands(shell: Shell, exit: (code: number) => void): Command {
  const program = new Command("topsheet")
    .description(
      "Checks, prices and caps YAML manifests of AI-video shots, and buys each shot only once.",
    )
    .version(version, "--version")
    .helpOption("-h, --help")
    .option("--no-color", "no colour, whatever the terminal")
    .showHelpAfterError("topsheet --help lists the commands")
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .addHelpText(
      "before",
      "Examples:\n  topsheet init shots.yaml\n  topsheet check shots.yaml\n  topsheet plan shots.yaml -o costs.csv\n  topsheet run shots.yaml --rehearse\n",
    );

  program
    .command("check")
    .summary("every mistake of a manifest")
    .description("Finds every mistake, in one pass, with its place, what is legal and a hint.")
    .argument("<files...>", "manifests of one campaign; - is standard input")
    .addOption(formats(["table", "json", "github"]))
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("-q, --quiet", "no warnings")
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { check } = await import("./commands/check.ts");
      exit(await check(shell, files, options));
    });

  program
    .command("plan")
    .summary("the priced plan against the caps")
    .description(
      "Prices every line and holds the plan against the caps. Spends nothing, needs no key.",
    )
    .argument("<files...>", "manifests of one campaign; - is standard input")
    .addOption(formats(["table", "json", "csv", "xlsx", "md", "html", "github"]))
    .option(
      "-o, --output <file>",
      "also write it to a file, as .json, .xlsx, .csv (.caps.csv: the caps), .html, .md or .txt (repeatable)",
      collect,
      [],
    )
    .option(
      "--only <selector>",
      "a shot, scene:NAME, tag:NAME or a line's key (repeatable)",
      collect,
      [],
    )
    .option("--cap <usd>", "ask: and with this budget? (in place of budget.cap)", text)
    .option("--base <file>", "also show what changes against this manifest or saved plan", text)
    .option("--max-usd <usd>", "fail where the whole plan costs more", text)
    .option(
      "--max-increase <limit>",
      "fail where it costs 10%, or 5 dollars, more than --base",
      text,
    )
    .addOption(failOn())
    .option("--comment <file>", "with --format github: also write a pull request's comment", text)
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .option("--ledger <file>", "what was bought stands here")
    .option("-q, --quiet", "no warnings")
    .action(async (files: readonly string[], options: PlanOptions) => {
      const { plan } = await import("./commands/plan.ts");
      exit(await plan(shell, files, options));
    });

  program
    .command("diff")
    .summary("what a change costs, and why")
    .description("What the second would cost that the first would not, shot by shot, and why.")
    .argument("<before>", "a manifest or a saved plan; - is standard input")
    .argument("<after>", "a manifest or a saved plan; - is standard input")
    .addOption(formats(["table", "json", "md", "html", "github"]))
    .option("--exit-code", "leave with 8 when they differ")
    .option("--max-usd <usd>", "fail where the second costs more", text)
    .option(
      "--max-increase <limit>",
      "fail where it costs 10%, or 5 dollars, more than the first",
      text,
    )
    .addOption(failOn())
    .option("--comment <file>", "with --format github: also write a pull request's comment", text)
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .action(async (before: string, after: string, options: DiffOptions) => {
      const { diff } = await import("../compare/diff-command.ts");
      exit(await diff(shell, before, after, options));
    });

  declareBuying(program, shell, exit);
  declareSchedule(program, shell, exit);

  program
    .command("models")
    .summary("what each model allows and costs")
    .description("What each model allows and costs, with source and date; one of them in full.")
    .argument("[model]", "a model's alias, or its endpoint on fal")
    .addOption(formats(["table", "json", "md"]))
    .option("--prices <file>", "negotiated rates over the built-in price book")
    .action(async (model: string | undefined, options: ModelsOptions) => {
      const { models } = await import("./commands/models.ts");
      exit(await models(shell, model, options));
    });

  program
    .command("schema")
    .summary("the manifest's JSON Schema")
    .description("The manifest's JSON Schema (draft-07), for editors.")
    .option("-o, --output <file>", "write it to a file")
    .action(async (options: { readonly output?: string }) => {
      const { schema } = await import("./commands/init.ts");
      exit(await schema(shell, options.output));
    });

  program
    .command("init")
    .summary("a first manifest")
    .description("Writes a first manifest and its JSON Schema; never over a file that is there.")
    .argument("[file]", "where to", "shots.yaml")
    .action(async (file: string) => {
      const { init } = await import("./commands/init.ts");
      exit(await init(shell, file));
    });

  program
    .command("import")
    .summary("a manifest from a shot list in a sheet")
    .description(
      "Makes a manifest of a producer's shot list, and says what was guessed, what was left out, and what will not pass.",
    )
    .argument("<sheet>", "a .csv or .xlsx file; - is standard input")
    .option("-o, --output <file>", "write the manifest to a file, with its schema beside it", text)
    .option("--replace", "over a file that is there")
    .option(
      "--map <column=field>",
      "what a column is, such as Secs=duration; Column=- leaves it out (repeatable)",
      collect,
      [],
    )
    .option("--sheet <name>", "this sheet of a workbook, not the one that looks like shots", text)
    .option("--campaign <name>", "the account that caps and purchases are counted in", text)
    .option("--model <model>", "for shots that name none", text)
    .option("-q, --quiet", "errors only")
    .action(async (sheet: string, options: ImportOptions) => {
      const { importList } = await import("../sheets/import-command.ts");
      exit(await importList(shell, sheet, options));
    });

  return program;
}
