import { join } from "node:path";
import { freshDatabase } from "../../../rig/postgres/database.ts";
import { startPostgres, type PostgresServer } from "../../../rig/postgres/server.ts";
import type { Purpose } from "../../../../src/ledger/ledger.ts";
import { startTopsheet, type EndedProgram, type RunningProgram } from "../../rig/start-program.ts";
import type { SimulatorSettings } from "../../rig/test-simulator.ts";
import { CampaignFolder } from "../../rig/campaign-folder.ts";
import type { Cleanup } from "../../rig/cleanup.ts";

export interface FleetSettings {
  readonly fal?: SimulatorSettings;
  /** A server of its own, to be stopped in the middle. */
  readonly ownServer?: true;
  /** What is approved; null for no approval. */
  readonly limit?: string | null;
  /** A rehearsal's ledger unless given. */
  readonly purpose?: Purpose;
}

export const PASSWORD = "unsaid";

/** A campaign in a ledger on PostgreSQL, its saved plan approved, and as many workers as are begun. */
export class WorkerProcesses {
  readonly stage: CampaignFolder;
  readonly server: PostgresServer | null;
  #workers = 0;

  private constructor(stage: CampaignFolder, server: PostgresServer | null) {
    this.stage = stage;
    this.server = server;
  }

  static async set(
    cleanup: Cleanup,
    manifest: string,
    settings: FleetSettings = {},
  ): Promise<WorkerProcesses> {
    const { fal = {}, ownServer, limit = "1000", purpose } = settings;
    const server = ownServer === true ? await startPostgres() : null;
    if (server !== null) cleanup.atEnd(server.remove);
    const database = await freshDatabase(server?.url);
    if (server === null) cleanup.atEnd(database.drop);
    // The server takes any; it is there so that a proof can see that nobody is shown it.
    const url = new URL(database.url);
    url.password = PASSWORD;
    const stage = await CampaignFolder.set(cleanup, manifest, fal, url.href, purpose);
    const fleet = new WorkerProcesses(stage, server);
    await fleet.done(["plan", "shots.yaml", "-q", "-o", "plan.json"]);
    if (limit !== null) {
      await fleet.done(["approve", "plan.json", "--by", "Jo", "--limit", limit]);
    }
    return fleet;
  }

  /** The plan's lines on the queue. */
  queue(
    options: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): RunningProgram {
    return this.#begin(["run", "plan.json", "--queue", ...options], env);
  }

  /** A worker, whose events are in `workerN.jsonl`. */
  worker(
    options: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): RunningProgram {
    this.#workers += 1;
    const events = ["--events", `worker${this.#workers}.jsonl`];
    return this.#begin(["worker", ...events, ...options], {
      ...(this.stage.proxyUrl === null ? {} : { FAL_PROXY_URL: this.stage.proxyUrl }),
      ...env,
    });
  }

  eventsOf(worker: number): string {
    return join(this.stage.cwd, `worker${worker}.jsonl`);
  }

  /** A command that has to go well. */
  async done(args: readonly string[]): Promise<EndedProgram> {
    const told = await this.#begin(args, {}).ended;
    if (told.code !== 0) throw new Error(`${args.join(" ")}: ${String(told.code)} ${told.err}`);
    return told;
  }

  #begin(args: readonly string[], env: Readonly<Record<string, string>>): RunningProgram {
    const around = { cwd: this.stage.cwd, env: { ...this.stage.env, ...env } };
    return startTopsheet(this.stage.cleanup, [...args, "--ledger", this.stage.ledger], around);
  }
}
