import { type FaultRates, parseFaults } from "../../src/simulator/faults.ts";
import { onTestFinished, vi } from "vitest";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/simulator.ts";
import type { Behaviour } from "../../src/simulator/behaviour.ts";

export const V3_PRO = "fal-ai/kling-video/v3/pro/text-to-video";
export const APP = "fal-ai/kling-video";
const KEY = { authorization: "Key test" };
export const SHOT = { prompt: "a lighthouse in the rain", duration: "5", generate_audio: false };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** A simulator that ends with the test. At speed 1,000 a job takes 2 real milliseconds in line and 8 at work. */
export async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    speed: 1_000,
    seed: 7,
    latency: { queueSeconds: 2, generateSeconds: 8 },
    ...options,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

export function always(behaviour: Behaviour): SimulatorOptions {
  return { script: () => behaviour };
}

export async function ask(
  url: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = "GET", body, headers = KEY } = init;
  const response = await fetch(url, {
    method,
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: recordOf(text) };
}

export async function submit(
  simulator: Simulator,
  input: unknown = SHOT,
  endpoint = V3_PRO,
): Promise<Answer> {
  return await ask(`${simulator.url}/${endpoint}`, { method: "POST", body: input });
}

/** Returns the address of the only job. */
export function jobUrl(simulator: Simulator, turn = 0): string {
  return `${simulator.url}/${APP}/requests/${simulator.jobs[turn]?.requestId ?? "none"}`;
}

export async function completed(url: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(`${url}/status?logs=1`);
    if (answer.status !== 202) return answer;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Submits, waits and fetches. */
export async function run(
  simulator: Simulator,
  input: unknown = SHOT,
  endpoint = V3_PRO,
): Promise<{ submitted: Answer; status: Answer; result: Answer; url: string }> {
  const submitted = await submit(simulator, input, endpoint);
  const url = String(submitted.json["response_url"]);
  const status = await completed(url);
  return { submitted, status, result: await ask(url), url };
}

export function videoUrl(result: Answer): string {
  const { video } = result.json;
  return typeof video === "object" && video !== null && "url" in video ? String(video.url) : "";
}

export async function download(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

function recordOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Returns the status of an answer, or the error of fetch if there is none. */
export async function findOutcome(
  asked: Promise<{ readonly status: number }>,
): Promise<number | string> {
  return await asked.then(
    ({ status }) => status,
    (cause: unknown) => (cause instanceof Error ? cause.name : String(cause)),
  );
}

/** Reads rates that have no problem. */
export function readRates(text: string): FaultRates {
  const parsed = parseFaults(text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.rates;
}

const now = performance.now.bind(performance);
let skipped = 0;

/** Lets real minutes pass at once for the simulator, until the test ends. */
export function skipMinutes(minutes: number): void {
  if (skipped === 0) {
    onTestFinished(() => {
      skipped = 0;
    });
  }
  skipped += minutes * 60_000;
  vi.spyOn(performance, "now").mockImplementation(() => now() + skipped);
}
