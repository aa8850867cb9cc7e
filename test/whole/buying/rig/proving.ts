import type { TestContext } from "vitest";
import { Yard } from "./yard.ts";

/** A yard that is cleared when its test is over, also one that failed. */
export function yardOf({ onTestFinished }: TestContext): Yard {
  const yard = new Yard();
  onTestFinished(async () => await yard.clear());
  return yard;
}
