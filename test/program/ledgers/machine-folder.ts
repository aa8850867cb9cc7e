import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { beginOnTerminal, type Ended, pasted, topsheet } from "../rig/start-program.ts";
import { beginSimulator, type SimulatorProcess } from "../rig/simulator-process.ts";
import { Switchboard } from "../rig/recording-proxy.ts";
import { until } from "../rig/wait-until.ts";
import { type Yard, yardOf } from "../rig/cleanup.ts";

export const YES = ["--yes", "--max-usd", "9"];

interface Around {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a person types once a text is on the terminal. */
type Answer = readonly [question: string, answer: string];

/** A folder on a machine of its own, with a fal that to the program is the real one. */
export interface Place {
  readonly yard: Yard;
  readonly cwd: string;
  readonly simulator: SimulatorProcess;
  /** `topsheet …` off a terminal. */
  readonly done: (args: readonly string[], around?: Around) => Promise<Ended>;
  /** A line as a person pastes it. */
  readonly paste: (line: string) => Promise<Ended>;
  /** A line of shell on a terminal that asks what nobody has answered yet. */
  readonly begun: (line: string) => ReturnType<typeof beginOnTerminal>;
  /** The same to its end. */
  readonly agreed: (line: string, answers?: readonly Answer[]) => Promise<Ended>;
}

const TO_BUY: Answer = ["? [y/N]", "y"];

/** With these manifests, each of two shots of its own in one campaign. */
export async function placed(context: TestContext, files: readonly string[]): Promise<Place> {
  const yard = yardOf(context);
  const cwd = await yard.folder();
  for (const [index, file] of files.entries()) {
    await mkdir(join(cwd, file, ".."), { recursive: true });
    await writeFile(join(cwd, file), manifest(shots(2, 1 + 2 * index)));
  }
  const simulator = await beginSimulator(yard, {});
  const fal = await Switchboard.open(yard, simulator.url, undefined, "fal");
  const fixed = { FAL_PROXY_URL: fal.proxyUrl };
  return {
    yard,
    cwd,
    simulator,
    done: async (args, { folder = ".", env = {} } = {}) =>
      await topsheet(yard, args, { cwd: join(cwd, folder), env: { ...fixed, ...env } }),
    paste: async (line) => await pasted(yard, line, { cwd, env: fixed }),
    begun: (line) => beginOnTerminal(yard, line, { cwd, env: fixed }),
    agreed: async (line, answers = [TO_BUY]) => {
      const going = beginOnTerminal(yard, line, { cwd, env: fixed });
      for (const [question, answer] of answers) {
        await until(`${question} or the end`, () =>
          going.over() || going.told.out.includes(question) ? true : null,
        );
        if (!going.over()) going.type(`${answer}\n`);
      }
      return await going.ended;
    },
  };
}
