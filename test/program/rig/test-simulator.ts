import * as z from "zod";
import { parseFaults } from "../../../src/simulator/faults.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import type { Cleanup } from "./cleanup.ts";

// What the simulator shows of itself, read as a stranger would read it.

const job = z.object({
  requestId: z.string(),
  endpoint: z.string(),
  input: z.record(z.string(), z.unknown()),
  postedAt: z.number(),
  turn: z.number(),
  state: z.enum(["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "REMOVED"]),
  outcome: z.string(),
  dollars: z.string(),
});
const bill = z.object({ dollars: z.string(), accepted: z.number(), submits: z.number() });
const requests = z.object({
  counts: z.record(z.string(), z.number()),
  requests: z.array(
    z.object({
      at: z.number(),
      method: z.string(),
      target: z.string(),
      kind: z.string(),
      status: z.number().nullable(),
      authorization: z.boolean(),
    }),
  ),
});

type Job = z.output<typeof job>;

/** A simulator in the process of the tests, and what it has seen. */
export interface TestSimulator {
  readonly url: string;
  readonly proxyUrl: string;
  jobs(): Promise<readonly Job[]>;
  requests(): Promise<z.output<typeof requests>>;
  bill(): Promise<z.output<typeof bill>>;
}

export interface SimulatorSettings {
  /** At 200, a video of turbo pro takes 0.3 s, a fifth more or less. */
  readonly speed?: number;
  readonly faults?: string;
  readonly seed?: number;
}

export async function startTestSimulator(
  cleanup: Cleanup,
  { speed = 200, faults, seed = 1 }: SimulatorSettings = {},
): Promise<TestSimulator> {
  const wanted = faults === undefined ? { rates: new Map<string, number>() } : parseFaults(faults);
  if ("problem" in wanted) throw new Error(wanted.problem);
  const simulator = await startSimulator({ speed, seed, faults: wanted.rates });
  cleanup.atEnd(async () => await simulator.close());
  const { url } = simulator;
  const shown = async (what: string): Promise<unknown> =>
    await (await fetch(`${url}/_simulator/${what}`)).json();
  return {
    url,
    proxyUrl: `${url}/api/fal/proxy`,
    jobs: async () => z.array(job).parse(await shown("jobs")),
    requests: async () => requests.parse(await shown("requests")),
    bill: async () => bill.parse(await shown("bill")),
  };
}
