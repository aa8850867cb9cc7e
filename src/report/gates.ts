import { formatCount } from "../diagnostics/printable.ts";
import { dollars, exact, type MicroUsd, NOTHING, subtract } from "../money.ts";
import type { PlanGate, CostIncrease } from "../plan/check-gates.ts";
import type { Block, Item } from "./document.ts";

/** `--max-usd of $5.00 is exceeded by $0.60: the plan costs $5.60`. */
export function describeGate(gate: PlanGate): string {
  switch (gate.name) {
    case "max-usd": {
      const { limit, value } = gate;
      return `--max-usd of ${dollars(limit)} ${describeLimit(value, limit)}: the plan costs ${dollars(value)}`;
    }
    case "max-increase": {
      const { limit, allowed, value, before, after } = gate;
      const share = "usd" in limit ? "" : `; ${limit.percent.written} allows ${dollars(allowed)}`;
      return `--max-increase of ${describeIncrease(limit)} ${describeLimit(value, allowed)}: the plan costs ${dollars(after)}, ${describeGrowth(value, before)}${share}`;
    }
    case "fail-on": {
      const found = gate.passed ? "no warning" : formatCount(gate.value, "warning");
      return `--fail-on ${gate.limit} ${gate.passed ? "holds" : "fails"}: the plan has ${found}`;
    }
  }
}

/** Makes a list of gates, failed ones first; no block if there are none. */
export function makeGateBlocks(gates: readonly PlanGate[]): readonly Block[] {
  const item = (gate: PlanGate): Item =>
    gate.passed
      ? { text: `Passed: ${describeGate(gate)}` }
      : { strong: "Failed:", text: describeGate(gate) };
  const failed = gates.filter(({ passed }) => !passed);
  const held = gates.filter(({ passed }) => passed);
  return gates.length === 0 ? [] : [{ is: "list", items: [...failed, ...held].map(item) }];
}

/** Encodes a gate for JSON: amounts as decimal strings, an increase beside what it starts from. */
export function encodeGate(gate: PlanGate): object {
  const { name, passed } = gate;
  switch (gate.name) {
    case "max-usd":
      return { gate: name, limit: exact(gate.limit), value: exact(gate.value), passed };
    case "max-increase": {
      const { limit, value, before } = gate;
      const written = "usd" in limit ? exact(limit.usd) : limit.percent.written;
      return { gate: name, limit: written, value: exact(value), before: exact(before), passed };
    }
    case "fail-on":
      return { gate: name, limit: gate.limit, value: gate.value, passed };
  }
}

function describeLimit(value: MicroUsd, limit: MicroUsd): string {
  return value <= limit ? "holds" : `is exceeded by ${dollars(subtract(value, limit))}`;
}

function describeIncrease(limit: CostIncrease): string {
  return "usd" in limit ? dollars(limit.usd) : limit.percent.written;
}

function describeGrowth(value: MicroUsd, before: MicroUsd): string {
  if (value === NOTHING) return "as before";
  const moved = value > 0 ? `${dollars(value)} more` : `${dollars(subtract(NOTHING, value))} less`;
  return `${moved} than the ${dollars(before)} before`;
}
