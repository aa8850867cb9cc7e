import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Purpose } from "../../../src/ledger/ledger.ts";
import { isPostgres } from "../../../src/ledger/postgres-url.ts";
import { createEmptyLedger } from "./read-ledger.ts";
import { runHere } from "./run-here.ts";
import {
  startOnTerminal,
  startTopsheet,
  type EndedProgram,
  type RunningProgram,
  runPasted,
} from "./start-program.ts";
import {
  startTestSimulator,
  type TestSimulator,
  type SimulatorSettings,
} from "./test-simulator.ts";
import type { Cleanup } from "./cleanup.ts";

export interface RunAs {
  readonly file?: string;
  /** In place of `--yes --max-usd 1000`. */
  readonly consent?: readonly string[];
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder with manifests and a ledger, and the simulator that plays fal for it. */
export class CampaignFolder {
  readonly cleanup: Cleanup;
  readonly cwd: string;
  readonly simulator: TestSimulator;
  /** Where queue calls go; a switchboard may stand in between. Null: straight to queue.fal.run. */
  proxyUrl: string | null;
  /** For every program, beside what it is given itself. */
  env: Readonly<Record<string, string>> = {};
  /** Whether a command that is awaited to its end is a process of its own. */
  apart = true;
  /** As commands in the folder name it. */
  readonly #named: string;

  private constructor(cleanup: Cleanup, cwd: string, simulator: TestSimulator, named: string) {
    this.#named = named;
    this.cleanup = cleanup;
    this.cwd = cwd;
    this.simulator = simulator;
    this.proxyUrl = simulator.proxyUrl;
  }

  /** With a simulator of its own, or its share of one that is there. */
  static async set(
    cleanup: Cleanup,
    manifest: string,
    fal: SimulatorSettings | TestSimulator = {},
    ledger = "ledger.sqlite",
    purpose: Purpose = "rehearsal",
  ): Promise<CampaignFolder> {
    const cwd = await cleanup.folder({ "shots.yaml": manifest });
    const simulator = "bill" in fal ? fal : await startTestSimulator(cleanup, fal);
    const stage = new CampaignFolder(cleanup, cwd, simulator, ledger);
    await createEmptyLedger(stage.ledger, purpose);
    return stage;
  }

  /** The same, with commands that run in the process of the tests unless `begin` starts them. */
  static async inProcess(
    ...wanted: Parameters<typeof CampaignFolder.set>
  ): Promise<CampaignFolder> {
    const stage = await CampaignFolder.set(...wanted);
    stage.apart = false;
    return stage;
  }

  get ledger(): string {
    return isPostgres(this.#named) ? this.#named : join(this.cwd, this.#named);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.cwd, name), text);
  }

  begin(as: RunAs = {}): RunningProgram {
    return startTopsheet(this.cleanup, this.#runArgs(as), {
      cwd: this.cwd,
      env: this.#runEnv(as),
    });
  }

  /** The run of a person who is there to be asked. */
  beginOnTerminal(): RunningProgram {
    const line = '"$NODE" "$CLI" run shots.yaml --ledger ledger.sqlite';
    return startOnTerminal(this.cleanup, line, {
      cwd: this.cwd,
      env: { FAL_PROXY_URL: this.proxyUrl ?? "" },
    });
  }

  async run(as: RunAs = {}): Promise<EndedProgram> {
    return await this.#toItsEnd(this.#runArgs(as), this.#runEnv(as));
  }

  async topsheet(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<EndedProgram> {
    return await this.#toItsEnd(args, { ...this.env, ...env });
  }

  async paste(line: string): Promise<EndedProgram> {
    return await runPasted(this.cleanup, line, { cwd: this.cwd });
  }

  #runArgs({ file = "shots.yaml", consent = CONSENT, options = [] }: RunAs): readonly string[] {
    return ["run", file, ...consent, "--ledger", this.#named, ...options];
  }

  #runEnv({ env = {} }: RunAs): Readonly<Record<string, string>> {
    const proxy = this.proxyUrl === null ? {} : { FAL_PROXY_URL: this.proxyUrl };
    return { ...proxy, ...this.env, ...env };
  }

  async #toItsEnd(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<EndedProgram> {
    const around = { cwd: this.cwd, env };
    // Another clock is loaded before a program.
    if (!this.apart && !("NODE_OPTIONS" in env)) return await runHere(this.cleanup, args, around);
    return await startTopsheet(this.cleanup, args, around).ended;
  }
}

const CONSENT = ["--yes", "--max-usd", "1000"];
/** So that a proof can watch. */
export const WATCHED = ["--events", "events.jsonl"];
