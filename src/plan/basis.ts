import { exact } from "../money/usd.ts";
import type { PlanLine } from "./plan.ts";

/** `7 s × $0.42`: how a line's cost comes about. */
export function basis({ seconds, price }: Pick<PlanLine, "seconds" | "price">): string {
  return `${seconds} s × $${exact(price.perSecond)}`;
}
