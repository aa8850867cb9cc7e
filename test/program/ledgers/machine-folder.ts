import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { runHere } from "../rig/run-here.ts";
import {
  startOnTerminal,
  type EndedProgram,
  runPasted,
  runTopsheet,
} from "../rig/start-program.ts";
import { startTestSimulator, type TestSimulator } from "../rig/test-simulator.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { type Cleanup, cleanUpAfter } from "../rig/cleanup.ts";

export const YES = ["--yes", "--max-usd", "9"];

interface Around {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a person types once a text is on the terminal. */
type Answer = readonly [question: string, answer: string];

/** A folder on a machine of its own, with a fal that to the program is the real one. */
export interface MachineFolder {
  readonly cleanup: Cleanup;
  readonly cwd: string;
  readonly simulator: TestSimulator;
  /** `topsheet …` off a terminal, in the process of the tests unless another clock is loaded. */
  readonly done: (args: readonly string[], around?: Around) => Promise<EndedProgram>;
  /** The same as a process of its own. */
  readonly apart: (args: readonly string[], around?: Around) => Promise<EndedProgram>;
  /** A line as a person pastes it. */
  readonly paste: (line: string) => Promise<EndedProgram>;
  /** A line of shell on a terminal that asks what nobody has answered yet. */
  readonly begun: (line: string) => ReturnType<typeof startOnTerminal>;
  /** The same to its end. */
  readonly agreed: (line: string, answers?: readonly Answer[]) => Promise<EndedProgram>;
}

const TO_BUY: Answer = ["? [y/N]", "y"];

/** With these manifests, each of two shots of its own in one campaign. */
export async function createMachineFolder(
  context: TestContext,
  files: readonly string[],
): Promise<MachineFolder> {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder();
  for (const [index, file] of files.entries()) {
    await mkdir(join(cwd, file, ".."), { recursive: true });
    await writeFile(join(cwd, file), manifest(shots(2, 1 + 2 * index)));
  }
  const simulator = await startTestSimulator(cleanup, {});
  const fal = await RecordingProxy.open(cleanup, simulator.url, undefined, "fal");
  const fixed = { FAL_PROXY_URL: fal.proxyUrl };
  const within = ({ folder = ".", env = {} }: Around = {}) => ({
    cwd: join(cwd, folder),
    env: { ...fixed, ...env },
  });
  return {
    cleanup,
    cwd,
    simulator,
    done: async (args, around) => {
      const run = "NODE_OPTIONS" in (around?.env ?? {}) ? runTopsheet : runHere;
      return await run(cleanup, args, within(around));
    },
    apart: async (args, around) => await runTopsheet(cleanup, args, within(around)),
    paste: async (line) => await runPasted(cleanup, line, { cwd, env: fixed }),
    begun: (line) => startOnTerminal(cleanup, line, { cwd, env: fixed }),
    agreed: async (line, answers = [TO_BUY]) => {
      const going = startOnTerminal(cleanup, line, { cwd, env: fixed });
      for (const [question, answer] of answers) {
        await waitUntil(`${question} or the end`, () =>
          going.over() || going.told.out.includes(question) ? true : null,
        );
        if (!going.over()) going.type(`${answer}\n`);
      }
      return await going.ended;
    },
  };
}
