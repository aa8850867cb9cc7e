/** Time as a run takes it. In a rehearsal it passes faster than on the wall. */
export interface Clock {
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** Resolves after as many milliseconds, or at once when the signal says so. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
