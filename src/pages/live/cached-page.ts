import type { Clock } from "../../run/ports.ts";

/** What draws the page. */
export interface PageSource {
  /** Draws the whole page. Resolves to null if the ledger cannot be read at the moment. */
  readonly draw: () => Promise<string | null>;
  /** Whether the ledger has grown since the last call. */
  readonly moved: () => Promise<boolean>;
}

const DRAWN_MS = 500;
const ASKED_MS = 1_000;
// Shown durations grow even if nothing happens.
const STALE_MS = 5_000;
// Drawing a page of many lines is slow: the pause after it, as a multiple of its time, leaves the process to the run.
const REST = 9;
const MOST_REST_MS = 10_000;

/** The page as last drawn. It is drawn again if it has readers and something has changed. */
export class CachedPage {
  /** Null while it cannot be read. */
  now: string | null = null;
  readonly #source: PageSource;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #waiting = new Set<() => void>();
  #readers = 0;
  #following = false;
  #dirty = true;
  #drawnAt = 0;
  #askedAt = 0;

  /** Takes the wall clock: readers of a rehearsal live no faster. */
  constructor(source: PageSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  get over(): boolean {
    return this.#over.signal.aborted;
  }

  changed(): void {
    this.#dirty = true;
  }

  async draw(): Promise<void> {
    this.#dirty = false;
    this.#drawnAt = this.#clock.now();
    this.now = await this.#source.draw();
    // Tries again.
    if (this.now === null) this.#dirty = true;
  }

  /** Adds a reader. Returns a function that removes it. */
  read(): () => void {
    this.#readers += 1;
    void this.#follow();
    return () => {
      this.#readers -= 1;
      this.#wake();
    };
  }

  /** Resolves if the page differs from `seen`, has ended, or a reader has gone. */
  async next(seen: string | null): Promise<void> {
    if (!this.over && this.now === seen)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Draws the page a last time if it has readers, and ends. */
  async end(): Promise<void> {
    if (this.#readers > 0) await this.draw();
    this.#over.abort();
    this.#wake();
  }

  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    while (this.#readers > 0 && !this.over) {
      const began = performance.now();
      if (await this.#isDue()) {
        await this.draw();
        this.#wake();
      }
      const rest = Math.min((performance.now() - began) * REST, MOST_REST_MS);
      await this.#clock.sleep(Math.max(DRAWN_MS, rest), this.#over.signal);
    }
    this.#following = false;
  }

  async #isDue(): Promise<boolean> {
    const now = this.#clock.now();
    if (now - this.#askedAt >= ASKED_MS) {
      this.#askedAt = now;
      if (await this.#source.moved()) this.#dirty = true;
    }
    return this.#dirty || now - this.#drawnAt >= STALE_MS;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
