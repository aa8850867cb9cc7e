import type { Database } from "./database.ts";
import type { HoldSummary } from "../ledger.ts";
import * as reads from "./reads.ts";

/**
 * Reads summaries of a campaign's holds in pieces of a few milliseconds, and afterwards only those that have changed.
 * Each step of a hold is an entry, so a hold is read again until no entry is newer: the result is as of the last piece.
 */
export class FollowedPositions {
  readonly #database: Database;
  readonly #campaign: string;
  readonly #positions = new Map<string, HoldSummary>();
  /** The last entry whose hold is known as of then, or later; null before the first read. */
  #seq: number | null = null;

  constructor(database: Database, campaign: string) {
    this.#database = database;
    this.#campaign = campaign;
  }

  /** Lists them as they are now, oldest first. */
  async now(): Promise<readonly HoldSummary[]> {
    if (this.#seq !== null) {
      await this.#changed(this.#seq);
      return [...this.#positions.values()];
    }
    for (;;) {
      await this.#all();
      // If the campaign returns meanwhile, its holds get other rows, and a piece may miss some.
      const count = await this.#database.reading(() => reads.countHolds(this.#campaign));
      if (count <= this.#positions.size) return [...this.#positions.values()];
      this.#positions.clear();
    }
  }

  async #all(): Promise<void> {
    const { piece } = this.#database;
    const last = await this.#database.reading(() => reads.readLast());
    for (let from = 0; from < last.hold_row; from += piece) {
      this.#keep(
        await this.#database.reading(() =>
          reads.selectPositions(this.#campaign, from, from + piece),
        ),
      );
    }
    await this.#changed(last.seq);
  }

  async #changed(since: number): Promise<void> {
    const { piece } = this.#database;
    for (let from = since; ;) {
      const { seq, entries, positions } = await this.#database.reading(() =>
        reads.selectChanged(this.#campaign, from, piece),
      );
      this.#keep(positions);
      this.#seq = from = seq;
      if (entries < piece) return;
    }
  }

  #keep(positions: readonly HoldSummary[]): void {
    for (const position of positions) this.#positions.set(position.id, position);
  }
}
