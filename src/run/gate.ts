import type { Clock } from "./clock.ts";

/** Lets requests through at most so many a second, however many ask, in the order in which they came. */
export class Gate {
  readonly #clock: Clock;
  readonly #gap: number;
  #free = 0;
  #closed = 0;
  #latest = 0;

  /** `gap` in milliseconds between two requests. */
  constructor(clock: Clock, gap: number) {
    this.#clock = clock;
    this.#gap = gap;
  }

  async pass(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#now();
      const turn = Math.max(now, this.#free);
      this.#free = turn + this.#gap;
      if (turn > now) await this.#clock.sleep(turn - now, signal);
      // It may have been closed while this one waited for its turn.
      if (signal?.aborted === true || this.#now() >= this.#closed) return;
    }
  }

  /** Nothing passes before then: what "Retry-After" asks for. Milliseconds from now. */
  close(ms: number): void {
    this.#closed = Math.max(this.#closed, this.#now() + ms);
    this.#free = Math.max(this.#free, this.#closed);
  }

  /** A clock that was set back takes the waiting with it. */
  #now(): number {
    const now = this.#clock.now();
    if (now < this.#latest) {
      this.#free -= this.#latest - now;
      this.#closed -= this.#latest - now;
    }
    this.#latest = now;
    return now;
  }
}
