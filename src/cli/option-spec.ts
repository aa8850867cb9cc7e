import { FORMATS } from "../report/formats.ts";
import { InvalidArgumentError, Option } from "commander";

// An option is declared as data: commander parses by it, and the type of what a command is called with is inferred.

/** One option of a command. `Given` is what it adds to the options that the command is called with. */
export interface OptionSpec<Given = unknown> {
  readonly flags: string;
  readonly description: string;
  readonly usual?: string;
  readonly choices?: readonly string[];
  readonly repeatable?: true;
  readonly required?: true;
  /** Whether an empty value is refused. */
  readonly filled?: true;
  /** The heading in `--help`. */
  readonly group?: string;
  /** Never set: it carries the type. */
  readonly given?: Given;
}

type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
/** `maxUsd`, of `--max-usd <usd>`. */
type Name<Flags extends string> = Flags extends `${string}--${infer Long}`
  ? Long extends `${infer Word} ${string}`
    ? Camel<Word>
    : Camel<Long>
  : never;
type Value<Flags extends string> = Flags extends `${string}<${string}` ? string : true;

/** A flag, or an option with a value. */
export function option<const Flags extends string>(
  flags: Flags,
  description: string,
): OptionSpec<{ readonly [Key in Name<Flags>]?: Value<Flags> }> {
  return { flags, description };
}

/** An option whose value may not be empty. */
export function filled<const Flags extends string>(
  flags: Flags,
  description: string,
): OptionSpec<{ readonly [Key in Name<Flags>]?: string }> {
  return { flags, description, filled: true };
}

export function required<const Flags extends string>(
  flags: Flags,
  description: string,
): OptionSpec<{ readonly [Key in Name<Flags>]: string }> {
  return { flags, description, filled: true, required: true };
}

export function repeatable<const Flags extends string>(
  flags: Flags,
  description: string,
): OptionSpec<{ readonly [Key in Name<Flags>]: readonly string[] }> {
  return { flags, description, repeatable: true };
}

/** An option that has a value if none is given. */
export function usually<const Flags extends string>(
  flags: Flags,
  description: string,
  usual: string,
): OptionSpec<{ readonly [Key in Name<Flags>]: string }> {
  return { flags, description, usual };
}

/** An option that takes one of a few words. */
export function choice<const Flags extends string, const Choices extends readonly string[]>(
  flags: Flags,
  description: string,
  choices: Choices,
): OptionSpec<{ readonly [Key in Name<Flags>]?: Choices[number] }> {
  return { flags, description, choices };
}

const EVERYWHERE = Object.entries(FORMATS).flatMap(([name, { everywhere }]) =>
  everywhere === true ? [name] : [],
);

/** The first of the formats is the usual one. Formats that every command has need not be listed. */
export function formats<const Formats extends readonly [string, ...string[]]>(
  ...choices: Formats
): OptionSpec<{ readonly format: Formats[number] }> {
  const [usual] = choices;
  const all = [...choices, ...EVERYWHERE];
  return {
    flags: "--format <format>",
    description: "format of standard output",
    choices: all,
    usual,
  };
}

/** The same options under a heading of their own in `--help`. */
export function under<const Options extends readonly OptionSpec[]>(
  group: string,
  ...options: Options
): Options;
export function under(group: string, ...options: readonly OptionSpec[]): readonly OptionSpec[] {
  return options.map((spec) => ({ ...spec, group: `${group}:` }));
}

type Both<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type Flat<Type> = { readonly [Key in keyof Type]: Type[Key] };

/** What a command with these options is called with. */
export type OptionsOf<Options extends readonly OptionSpec[]> = Flat<
  Both<NonNullable<Options[number]["given"]>>
>;

/** The option as commander takes it. */
export function makeOption(spec: OptionSpec): Option {
  const made = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) made.choices(spec.choices);
  if (spec.usual !== undefined) made.default(spec.usual);
  if (spec.filled === true) made.argParser(refuseEmpty);
  if (spec.repeatable === true) made.argParser(collect);
  if (spec.required === true) made.makeOptionMandatory();
  if (spec.group !== undefined) made.helpGroup(spec.group);
  return made;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function refuseEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("it is empty");
  return value;
}
