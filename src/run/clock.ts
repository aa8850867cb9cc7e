/** Time as a run takes it. In a rehearsal it passes faster than on the wall. */
export interface Clock {
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** This machine's own clocks. They keep their pace in a rehearsal: networks and disks do too. */
  readonly moment: () => Moment;
  /** Resolves after as many milliseconds, or at once when the signal says so. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds on two clocks, each wrong in its own way. */
export interface Moment {
  /** Nobody sets it; it may stand still while the machine sleeps. */
  readonly steady: number;
  /** Goes on while the machine sleeps; it can be set. */
  readonly wall: number;
}

/** Milliseconds since a moment, by the clock that says more; Infinity if the wall clock was set back to before it. */
export function age(then: Moment, now: Moment): number {
  if (now.wall < then.wall) return Infinity;
  return Math.max(now.steady - then.steady, now.wall - then.wall);
}
