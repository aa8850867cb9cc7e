import type { Clock } from "./clock.ts";
import { Gate } from "./gate.ts";

// Of requests that ask about jobs: an old page of fal's names 10 a second for one user.
const QUESTIONS_GAP_MS = 100;
const MOST_STREAMS = 100;

/** All that goes from this machine to whoever makes the videos, for however many runs. */
export interface Traffic {
  /** Orders pass here, so that a "too many requests" holds all of them back. */
  readonly orders: Gate;
  /** Questions about jobs pass here: a thousand lines must not mean thousands of requests a second. */
  readonly questions: Gate;
  /** How many status streams may be open yet. */
  streams: number;
}

export function newTraffic(clock: Clock): Traffic {
  return {
    orders: new Gate(clock, 0),
    questions: new Gate(clock, QUESTIONS_GAP_MS),
    streams: MOST_STREAMS,
  };
}
