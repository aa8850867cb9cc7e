/** US dollars as whole micro-dollars: $0.112 is 112_000. The only amounts the program adds up. */
export type MicroUsd = number & { readonly __unit: "micro-dollar" };

const MICROS_PER_USD = 1_000_000;
const MOST_MICROS = BigInt(Number.MAX_SAFE_INTEGER);
const DECIMAL = /^(\d{1,9})(?:\.(\d{1,6}))?$/;

function isMicroUsd(value: number): value is MicroUsd {
  return Number.isSafeInteger(value);
}

/** Throws if the amount is no whole number or too large to be exact: that is our bug, never a user's mistake. */
export function microUsd(micros: number): MicroUsd {
  if (!isMicroUsd(micros)) throw new RangeError(`not an exact amount of micro-dollars: ${micros}`);
  return micros;
}

export const NOTHING = microUsd(0);

/**
 * Reads a plain decimal such as `180`, `0.42` or `1.176`: at most six decimals, below a thousand million dollars. That
 * is fifteen digits: no YAML number of that length loses one in a double.
 */
export function parseUsd(text: string): MicroUsd | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, whole = "0", decimals = ""] = match;
  return microUsd(Number(whole) * MICROS_PER_USD + Number(decimals.padEnd(6, "0")));
}

export function add(a: MicroUsd, b: MicroUsd): MicroUsd {
  return microUsd(a + b);
}

export function subtract(a: MicroUsd, b: MicroUsd): MicroUsd {
  return microUsd(a - b);
}

export function sum(amounts: Iterable<MicroUsd>): MicroUsd {
  let total = NOTHING;
  for (const amount of amounts) total = add(total, amount);
  return total;
}

/** Multiplies a rate per second by a whole number of seconds. */
export function times(rate: MicroUsd, count: number): MicroUsd {
  return microUsd(rate * count);
}

const UNITS = /^(\d{1,9})(?:\.(\d{1,30}))?$/;
const ONE_UNIT = 10n ** 30n;

/** Billable units as a bill states them, exact: in parts of 10^-30. */
export type Units = bigint;

/** Reads a plain decimal such as "4.0" or "8.439999999999998"; undefined if it is anything else: "1e3", "-5", "5, 5". */
export function parseUnits(text: string): Units | undefined {
  const match = UNITS.exec(text);
  if (match === null) return undefined;
  const [, whole = "0", decimals = ""] = match;
  return BigInt(whole) * ONE_UNIT + BigInt(decimals.padEnd(30, "0"));
}

/** Whether two bills state the same units: 4.000000000000001 is 4 that was summed in floating point. */
export function sameUnits(a: Units, b: Units): boolean {
  const apart = a > b ? a - b : b - a;
  return apart * 1_000_000n < ONE_UNIT;
}

/** Multiplies a rate per unit by units, to the nearest micro-dollar. */
export function timesUnits(rate: MicroUsd, units: Units): MicroUsd {
  return microUsd(Number((BigInt(rate) * units + ONE_UNIT / 2n) / ONE_UNIT));
}

/** Whether `amount` is at or above `percent` % of `limit`. BigInt: a limit × 100 may not be exact. */
export function reachesShare(amount: MicroUsd, limit: MicroUsd, percent: number): boolean {
  return BigInt(amount) * 100n >= BigInt(limit) * BigInt(percent);
}

/** A percentage as it was written, and exactly: in millionths of a percent. */
export interface Percent {
  readonly written: string;
  readonly millionths: bigint;
}

/** Reads `10%` or `12.5%`: digits as for an amount, then the sign. */
export function parsePercent(written: string): Percent | undefined {
  const number = written.endsWith("%") ? parseUsd(written.slice(0, -1)) : undefined;
  return number === undefined ? undefined : { written, millionths: BigInt(number) };
}

/** Returns a share of an amount, rounded down to a whole micro-dollar. */
export function shareOf(amount: MicroUsd, { millionths }: Percent): MicroUsd {
  const share = (BigInt(amount) * millionths) / 100_000_000n;
  // A share beyond every exact amount is larger than all of them anyway.
  return microUsd(Number(share < MOST_MICROS ? share : MOST_MICROS));
}

/** Writes an amount exactly, with two to six decimals: `2.94`, `1.176`, `-0.05`. JSON has amounts in this form. */
export function exact(amount: MicroUsd): string {
  const magnitude = Math.abs(amount);
  const whole = Math.floor(magnitude / MICROS_PER_USD);
  const decimals = String(magnitude % MICROS_PER_USD).padStart(6, "0");
  return `${amount < 0 ? "-" : ""}${whole}.${decimals.replace(/0{1,4}$/, "")}`;
}

/** Writes an amount exactly, for messages and rates: `$2.94`, `$0.112`, `-$0.05`. */
export function dollars(amount: MicroUsd): string {
  return withSign(amount, exact(microUsd(Math.abs(amount))));
}

/** Writes `$1.18` for $1.176: rounded half away from zero, for a reader only, never to be summed. */
export function cents(amount: MicroUsd): string {
  const rounded = Math.round(Math.abs(amount) / 10_000);
  const text = `${group(Math.floor(rounded / 100))}.${String(rounded % 100).padStart(2, "0")}`;
  return rounded === 0 ? `$${text}` : withSign(amount, text);
}

function withSign(amount: MicroUsd, text: string): string {
  return `${amount < 0 ? "-" : ""}$${text}`;
}

function group(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}
