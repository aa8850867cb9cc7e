import { InvalidArgumentError, Option } from "commander";

export function formats(choices: readonly [string, ...string[]]): Option {
  const [usual] = choices;
  return new Option("--format <format>", "on standard output").choices(choices).default(usual);
}

export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

export function text(value: string): string {
  if (value === "") throw new InvalidArgumentError("it is empty");
  return value;
}

export function failOn(): Option {
  return new Option("--fail-on <severity>", "fail on any warning").choices(["warn"]);
}

/** What is wrong with asking for a comment; null for nothing. */
export function commentMisuse(options: {
  readonly format: string;
  readonly comment?: string;
}): string | null {
  const { format, comment } = options;
  if (comment === undefined) return null;
  if (format !== "github") return "--comment is written with --format github only";
  return comment === "-"
    ? "--comment takes a file: standard output is for GitHub's commands"
    : null;
}
