import { onTestFinished } from "vitest";
import type { FalAccess } from "../../../src/vendors/fal/fal-vendor.ts";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../../src/simulator/simulator.ts";
import type { Clearance, Placed } from "../../../src/run/vendor.ts";

export const V3_PRO = "fal-ai/kling-video/v3/pro/text-to-video";
export const QUEUE = "https://queue.fal.run";
export const KEY = "key-id-0123:key-secret-4567";
export const INPUT = { prompt: "a", duration: "5", generate_audio: false };

/** A clearance that is always given. */
export const allowSending: Clearance = async () => null;

/** A simulator that ends with the test. At speed 1,000 a job takes 2 real milliseconds. */
export async function startTestSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const latency = { queueSeconds: 1, generateSeconds: 1 };
  const started = await startSimulator({ speed: 1_000, seed: 7, latency, ...options });
  onTestFinished(async () => await started.close());
  return started;
}

export function createAccess(to: Simulator, changes: Partial<FalAccess> = {}): FalAccess {
  return {
    credentials: KEY,
    proxyUrl: null,
    queueUrl: to.url,
    fetch,
    silence: { first: 300, between: 300 },
    simulated: true,
    ...changes,
  };
}

/** The same through a proxy by fal's convention. */
export function createProxyAccess(to: Simulator, changes: Partial<FalAccess> = {}): FalAccess {
  return createAccess(to, { proxyUrl: `${to.url}/api/fal/proxy`, queueUrl: null, ...changes });
}

/** Makes an accepted order, with the addresses that its answer stated. */
export function makePlacedOrder(id: string, urls: Partial<Placed["request"]> = {}): Placed {
  return {
    endpoint: V3_PRO,
    seconds: 5,
    request: { id, statusUrl: null, responseUrl: null, cancelUrl: null, ...urls },
  };
}
