import type { Clock } from "../../run/ports.ts";

/** Where the page comes from. */
export interface PageSource {
  /** The whole page as it stands now; null where that is not to be read this moment. */
  readonly draw: () => Promise<string | null>;
  /** Whether anything was written since this was last asked. */
  readonly moved: () => Promise<boolean>;
}

const DRAWN_MS = 500;
const ASKED_MS = 1_000;
// Times go on where nothing happens.
const STALE_MS = 5_000;
// A page of many lines takes its time to draw: that leaves the process to its run.
const REST = 9;
const MOST_REST_MS = 10_000;

/** The page as it was drawn last, drawn again while someone looks and there is something new. */
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

  /** The clock is the wall's: a rehearsal's readers live no faster. */
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
    // What could not be read is tried again.
    if (this.now === null) this.#dirty = true;
  }

  /** Someone looks from now on; returns what says that they have gone. */
  read(): () => void {
    this.#readers += 1;
    void this.#follow();
    return () => {
      this.#readers -= 1;
      this.#wake();
    };
  }

  /** Resolves when it is another than someone has seen, or is over, or someone has gone. */
  async next(seen: string | null): Promise<void> {
    if (!this.over && this.now === seen)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Draws it a last time for whoever looks. */
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
