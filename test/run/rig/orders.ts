import * as z from "zod";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import type { Order } from "../../../src/ledger/entry.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import { exact, microUsd } from "../../../src/money.ts";
import type { RunEvent } from "../../../src/run/events.ts";

export const V3_PRO = "fal-ai/kling-video/v3/pro/text-to-video";
export const TURBO = "fal-ai/kling-video/v3/turbo/pro/text-to-video";
export const CAMPAIGN = "film";

/** Five seconds of v3 pro without sound, $0.56: 4 units of $0.14. Its prompt is its key, so that it is known again. */
export function order(key: string, changes: Partial<Order> = {}): Order {
  const input = { prompt: key, duration: "5", generate_audio: false, aspect_ratio: "16:9" };
  return {
    campaign: CAMPAIGN,
    edition: "",
    fingerprint: Buffer.from(key.padEnd(32, ".")).toString("hex").slice(0, 64),
    ordinal: 1,
    key,
    shot: key,
    scene: null,
    model: "kling-v3-pro",
    endpoint: V3_PRO,
    seconds: 5,
    input,
    cost: microUsd(560_000),
    unitPrice: microUsd(140_000),
    ...changes,
  };
}

/** What an order is known by at the other end, where there are no keys: its prompt, or that of its first shot. */
export function keyOf(input: Readonly<Record<string, unknown>>): string {
  const { prompt, multi_prompt: shots } = named.parse(input);
  return prompt ?? shots?.[0]?.prompt ?? "";
}

const named = z.object({
  prompt: z.string().optional(),
  multi_prompt: z.array(z.object({ prompt: z.string() })).optional(),
});

/** Refused at the start, as pydantic does: its units say that it cost nothing. */
export const FREE_REFUSAL: Behaviour = { outcome: "content_policy_violation", billableUnits: "0" };

export function orders(count: number, changes: Partial<Order> = {}): readonly Order[] {
  return Array.from({ length: count }, (_, index) => order(`line ${index + 1}`, changes));
}

export const usd = (dollars: number) => microUsd(Math.round(dollars * 1_000_000));

/** A hold in short: its key, its state, what was spent and what is held. */
export function told({ key, state, charge, spent, held }: Hold): readonly (string | null)[] {
  return [key, charge === null ? state : `${state}, charge ${charge}`, exact(spent), exact(held)];
}

/** The names of what happened, in order; progress left out, for it may come or not. */
export function names(events: readonly RunEvent[]): readonly string[] {
  return events
    .map(({ event }) => event)
    .filter((name) => name !== "progress" && name !== "downloading" && name !== "waiting");
}

export function only<Name extends RunEvent["event"]>(
  events: readonly RunEvent[],
  name: Name,
): readonly Extract<RunEvent, { readonly event: Name }>[] {
  return events.filter(
    (event): event is Extract<RunEvent, { readonly event: Name }> => event.event === name,
  );
}
