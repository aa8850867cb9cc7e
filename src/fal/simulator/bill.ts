import type { Model } from "./models.ts";
import type { Order } from "./read-input.ts";

/** Exact: tenths of a unit, whole. */
export function unitsOf(model: Model, order: Order, moreSeconds = 0): string {
  const { rates } = model;
  const rate = order.audio ? (order.voice ? rates.voice : rates.audio) : rates.silent;
  const tenths = rate * (order.seconds + moreSeconds);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

export function areUnits(text: string): boolean {
  return /^\d+(?:\.\d{1,6})?$/.test(text);
}

/** Billionths of a dollar, from units in decimal text with at most six places. */
export function priceOf(model: Model, units: string): bigint {
  const [whole = "", places = ""] = units.split(".");
  if (!areUnits(units)) throw new Error(`not billable units: ${units}`);
  return BigInt(whole + places.padEnd(6, "0")) * BigInt(model.unitPrice);
}

/** Dollars as decimal text, two places at least. */
export function dollars(billionths: bigint): string {
  const whole = billionths / 1_000_000_000n;
  const places = String(billionths % 1_000_000_000n).padStart(9, "0");
  return `${whole}.${places.slice(0, 2)}${places.slice(2).replace(/0+$/, "")}`;
}
