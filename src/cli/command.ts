import type { Command } from "commander";
import { makeOption, type OptionsOf, type OptionSpec } from "./option-spec.ts";
import type { CommandDeclaration, Context } from "./wing.ts";

// A command is declared as data: `command()` gives it to commander and infers from it what the command is called with.

/** `<files...>` or `[campaign]`, what it is, and its value if it is left out. */
type ArgumentSpec = readonly [name: string, description: string, usual?: string];

type ArgumentOf<Spec extends ArgumentSpec> = Spec[0] extends `${string}...${string}`
  ? readonly string[]
  : Spec extends readonly [string, string, string]
    ? string
    : Spec[0] extends `[${string}`
      ? string | undefined
      : string;
type ArgumentsOf<Specs extends readonly ArgumentSpec[]> = {
  [Index in keyof Specs]: ArgumentOf<Specs[Index]>;
};

/** Declares a command. What `load` imports is loaded only when the command is used, so that `--help` is quick. */
export function command<
  const Arguments extends readonly ArgumentSpec[],
  const Options extends readonly OptionSpec[],
>(spec: {
  readonly name: string;
  readonly summary?: string;
  readonly description: string;
  readonly arguments: Arguments;
  readonly options: Options;
  readonly load: () => Promise<
    (context: Context, ...given: [...ArgumentsOf<Arguments>, OptionsOf<Options>]) => Promise<number>
  >;
}): CommandDeclaration {
  return {
    name: spec.name,
    declare: (parent, run) => {
      const made = nameHelpAfterMistakes(parent.command(spec.name)).description(spec.description);
      if (spec.summary !== undefined) made.summary(spec.summary);
      for (const [name, description, usual] of spec.arguments) {
        made.argument(name, description, usual);
      }
      for (const one of spec.options) {
        const option = makeOption(one);
        made.addOption(option);
        // As a default of the option, an empty list would stand in the help.
        if (one.repeatable === true)
          made.setOptionValueWithSource(option.attributeName(), [], "default");
      }
      return made.action(async (...given: [...ArgumentsOf<Arguments>, OptionsOf<Options>]) => {
        await run(async (context) => await (await spec.load())(context, ...given));
      });
    },
  };
}

/** Declares a command that only has commands of its own. */
export function commandGroup(spec: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly commands: readonly CommandDeclaration[];
}): CommandDeclaration {
  return {
    name: spec.name,
    declare: (parent, run) => {
      const made = nameHelpAfterMistakes(parent.command(spec.name))
        .summary(spec.summary)
        .description(spec.description);
      for (const one of spec.commands) one.declare(made, run);
      return made;
    },
  };
}

/** After a mistake in a command line, commander names the help of this command. */
function nameHelpAfterMistakes(made: Command): Command {
  const names = [made.name()];
  for (let above = made.parent; above !== null; above = above.parent) names.unshift(above.name());
  return made.showHelpAfterError(`${names.join(" ")} --help lists the options`);
}
