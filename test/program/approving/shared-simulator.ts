import { afterAll } from "vitest";
import { exact, NOTHING, parseUsd, sum } from "../../../src/money.ts";
import { startTestSimulator, type TestSimulator } from "../rig/test-simulator.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";
import { Cleanup } from "../rig/cleanup.ts";

// A simulator costs as much as a run: the stories of a file share one, and each sees only what it has sent itself.

const cleanup = new Cleanup();
let simulator: Promise<TestSimulator> | undefined;

afterAll(async () => await cleanup.clear());

export async function shareSimulator(of: Cleanup): Promise<TestSimulator> {
  simulator ??= startTestSimulator(cleanup);
  const shared = await simulator;
  const own = new Set<string>();
  const board = await RecordingProxy.open(of, shared.url, async (_, forward) => {
    const answer = await forward();
    const [, id] = /"request_id":\s*"([^"]+)"/.exec(answer.body) ?? [];
    if (id !== undefined) own.add(id);
    return answer;
  });
  const ownJobs = async (): ReturnType<TestSimulator["jobs"]> =>
    (await shared.jobs()).filter(({ requestId }) => own.has(requestId));
  return {
    url: shared.url,
    proxyUrl: board.proxyUrl,
    requests: async () => await shared.requests(),
    jobs: ownJobs,
    bill: async () => {
      const accepted = await ownJobs();
      return {
        dollars: exact(sum(accepted.map(({ dollars }) => parseUsd(dollars) ?? NOTHING))),
        accepted: accepted.length,
        submits: board.passed.filter(({ method }) => method === "POST").length,
      };
    },
  };
}
