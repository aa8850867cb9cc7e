import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Purpose } from "../../../src/ledger/ledger.ts";
import { isPostgres } from "../../../src/ledger/postgres-url.ts";
import { createEmptyLedger } from "./read-ledger.ts";
import {
  startOnTerminal,
  startTopsheet,
  type EndedProgram,
  type RunningProgram,
  runPasted,
} from "./start-program.ts";
import {
  startSimulatorProcess,
  type SimulatorProcess,
  type SimulatorSettings,
} from "./simulator-process.ts";
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
  readonly simulator: SimulatorProcess;
  /** Where queue calls go; a switchboard may stand in between. Null: straight to queue.fal.run. */
  proxyUrl: string | null;
  /** For every program, beside what it is given itself. */
  env: Readonly<Record<string, string>> = {};
  /** As commands in the folder name it. */
  readonly #named: string;

  private constructor(cleanup: Cleanup, cwd: string, simulator: SimulatorProcess, named: string) {
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
    fal: SimulatorSettings | SimulatorProcess = {},
    ledger = "ledger.sqlite",
    purpose: Purpose = "rehearsal",
  ): Promise<CampaignFolder> {
    const cwd = await cleanup.folder({ "shots.yaml": manifest });
    const simulator = "bill" in fal ? fal : await startSimulatorProcess(cleanup, fal);
    const stage = new CampaignFolder(cleanup, cwd, simulator, ledger);
    await createEmptyLedger(stage.ledger, purpose);
    return stage;
  }

  get ledger(): string {
    return isPostgres(this.#named) ? this.#named : join(this.cwd, this.#named);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.cwd, name), text);
  }

  begin({
    file = "shots.yaml",
    consent = CONSENT,
    options = [],
    env = {},
  }: RunAs = {}): RunningProgram {
    const usual = ["--ledger", this.#named];
    return startTopsheet(this.cleanup, ["run", file, ...consent, ...usual, ...options], {
      cwd: this.cwd,
      env: {
        ...(this.proxyUrl === null ? {} : { FAL_PROXY_URL: this.proxyUrl }),
        ...this.env,
        ...env,
      },
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
    return await this.begin(as).ended;
  }

  async topsheet(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<EndedProgram> {
    return await startTopsheet(this.cleanup, args, { cwd: this.cwd, env: { ...this.env, ...env } })
      .ended;
  }

  async paste(line: string): Promise<EndedProgram> {
    return await runPasted(this.cleanup, line, { cwd: this.cwd });
  }
}

const CONSENT = ["--yes", "--max-usd", "1000"];
/** So that a proof can watch. */
export const WATCHED = ["--events", "events.jsonl"];
