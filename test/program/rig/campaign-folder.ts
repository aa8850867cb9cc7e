import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Purpose } from "../../../src/ledger/ledger.ts";
import { isPostgres } from "../../../src/ledger/postgres-url.ts";
import { emptyLedger } from "./read-ledger.ts";
import { beginOnTerminal, beginTopsheet, type Ended, type Going, pasted } from "./start-program.ts";
import {
  beginSimulator,
  type SimulatorProcess,
  type SimulatorSettings,
} from "./simulator-process.ts";
import type { Yard } from "./cleanup.ts";

export interface RunAs {
  readonly file?: string;
  /** In place of `--yes --max-usd 1000`. */
  readonly consent?: readonly string[];
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder with manifests and a ledger, and a simulator that plays fal for it. */
export class Stage {
  readonly yard: Yard;
  readonly cwd: string;
  readonly simulator: SimulatorProcess;
  /** Where queue calls go; a switchboard may stand in between. Null: straight to queue.fal.run. */
  proxyUrl: string | null;
  /** For every program, beside what it is given itself. */
  env: Readonly<Record<string, string>> = {};
  /** As commands in the folder name it. */
  readonly #named: string;

  private constructor(yard: Yard, cwd: string, simulator: SimulatorProcess, named: string) {
    this.#named = named;
    this.yard = yard;
    this.cwd = cwd;
    this.simulator = simulator;
    this.proxyUrl = simulator.proxyUrl;
  }

  /** With a simulator of its own, or its share of one that is there. */
  static async set(
    yard: Yard,
    manifest: string,
    fal: SimulatorSettings | SimulatorProcess = {},
    ledger = "ledger.sqlite",
    purpose: Purpose = "rehearsal",
  ): Promise<Stage> {
    const cwd = await yard.folder({ "shots.yaml": manifest });
    const simulator = "bill" in fal ? fal : await beginSimulator(yard, fal);
    const stage = new Stage(yard, cwd, simulator, ledger);
    await emptyLedger(stage.ledger, purpose);
    return stage;
  }

  get ledger(): string {
    return isPostgres(this.#named) ? this.#named : join(this.cwd, this.#named);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.cwd, name), text);
  }

  begin({ file = "shots.yaml", consent = CONSENT, options = [], env = {} }: RunAs = {}): Going {
    const usual = ["--ledger", this.#named];
    return beginTopsheet(this.yard, ["run", file, ...consent, ...usual, ...options], {
      cwd: this.cwd,
      env: {
        ...(this.proxyUrl === null ? {} : { FAL_PROXY_URL: this.proxyUrl }),
        ...this.env,
        ...env,
      },
    });
  }

  /** The run of a person who is there to be asked. */
  beginOnTerminal(): Going {
    const line = '"$NODE" "$CLI" run shots.yaml --ledger ledger.sqlite';
    return beginOnTerminal(this.yard, line, {
      cwd: this.cwd,
      env: { FAL_PROXY_URL: this.proxyUrl ?? "" },
    });
  }

  async run(as: RunAs = {}): Promise<Ended> {
    return await this.begin(as).ended;
  }

  async topsheet(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return await beginTopsheet(this.yard, args, { cwd: this.cwd, env: { ...this.env, ...env } })
      .ended;
  }

  async paste(line: string): Promise<Ended> {
    return await pasted(this.yard, line, { cwd: this.cwd });
  }
}

const CONSENT = ["--yes", "--max-usd", "1000"];
/** So that a proof can watch. */
export const WATCHED = ["--events", "events.jsonl"];
