import type { RunPorts, RunSession } from "../run/session.ts";
import { openSession } from "../run/session.ts";
import type { Traffic } from "../run/traffic.ts";

export interface BatchSettings {
  /** Milliseconds that a line is waited for after it was submitted. */
  readonly patience: number;
  /** Videos that are fetched at once. */
  readonly downloads: number;
}

/** A run of ours while lines are in it. */
interface Going {
  readonly session: RunSession;
  /** False where the batch has ended: what it left is looked after, and nothing is bought. */
  readonly buys: boolean;
  lines: number;
  retired: boolean;
}

export type SessionPorts = RunPorts & { readonly traffic: Traffic };

/** The run by which a machine buys for a batch. Where one ends early another follows; each is closed after its last line. */
export class BatchRun {
  readonly #batch: string;
  readonly #settings: BatchSettings;
  readonly #ports: SessionPorts;
  #going: Promise<Going> | null = null;
  readonly #closing = new Set<Promise<void>>();

  constructor(batch: string, settings: BatchSettings, ports: SessionPorts) {
    this.#batch = batch;
    this.#settings = settings;
    this.#ports = ports;
  }

  async use<Result>(
    campaign: string,
    line: (session: RunSession, buys: boolean) => Promise<Result>,
  ): Promise<Result> {
    this.#going ??= this.#begin(campaign);
    const current = this.#going;
    let going: Going;
    try {
      going = await current;
    } catch (cause) {
      if (this.#going === current) this.#going = null;
      throw cause;
    }
    going.lines += 1;
    try {
      return await line(going.session, going.buys);
    } finally {
      going.lines -= 1;
      // Whatever has halted it, it starts no other line.
      if (going.session.halted().halt !== null) {
        going.retired = true;
        if (this.#going === current) this.#going = null;
      }
      this.#closeIfOver(going);
    }
  }

  /** When no line is in it. */
  async close(): Promise<void> {
    const going = await this.#going?.catch(() => null);
    this.#going = null;
    if (going !== null && going !== undefined) {
      going.retired = true;
      this.#closeIfOver(going);
    }
    await Promise.all(this.#closing);
  }

  async #begin(campaign: string): Promise<Going> {
    const { ledger } = this.#ports;
    const leasedAt = this.#ports.clock.moment();
    const joined = await ledger.joinBatch(this.#batch);
    const run = joined ?? (await ledger.startRun({ campaign, account: null, limits: [] }));
    const terms = await ledger.terms(campaign);
    const session = openSession(
      {
        run,
        leasedAt,
        stopsAtCap: terms?.caps.whenReached !== "skip",
        mostFailures: terms?.caps.breaker.failuresInARow ?? null,
        ...this.#settings,
      },
      this.#ports,
    );
    return { session, buys: joined !== null, lines: 0, retired: false };
  }

  #closeIfOver(going: Going): void {
    if (!going.retired || going.lines > 0) return;
    const closing = going.session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
