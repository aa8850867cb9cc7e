import { InvalidArgumentError, Option } from "commander";

export function formats(choices: readonly string[]): Option {
  return new Option("--format <format>", "on standard output").choices(choices).default("table");
}

export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

export function text(value: string): string {
  if (value === "") throw new InvalidArgumentError("it is empty");
  return value;
}
