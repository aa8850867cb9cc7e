import { type MicroUsd, subtract, sum } from "../money.ts";
import {
  type Caps,
  findLimit,
  NO_MONEY,
  PACE_KINDS,
  type PaceCap,
  type UsedMoney,
} from "./caps.ts";
import { makeCapRow, type CapRow } from "./decide.ts";
import { findWindowStart } from "./window.ts";

export interface PaceRow extends CapRow<PaceCap> {
  /** When the current day, week or month began, in milliseconds UTC; null for a run. */
  readonly from: number | null;
  /** How many runs, days, weeks or months the costs take under this cap alone, including the current one. */
  readonly windows: number;
}

/**
 * Returns a row for each stated cap on pace: the current window's money, and how many windows the costs take. `costs`
 * are those of the lines that would start, in run order; each of them fits under the whole cap.
 */
export function checkPace(
  caps: Caps,
  costs: readonly MicroUsd[],
  usedMoney: UsedMoney,
  clock: { readonly now: number; readonly timezone: string },
  /** The caps of every window after the current one: an overage of a day counts in that day only. */
  later: Caps = caps,
): readonly PaceRow[] {
  const planned = sum(costs);
  return PACE_KINDS.flatMap(({ name: cap, by, window }): PaceRow[] => {
    const limit = findLimit(caps, cap);
    if (limit === null) return [];
    const from = findWindowStart(window, clock.now, clock.timezone);
    // Nothing is spent in a run before it begins.
    const used = by === "run" ? NO_MONEY : usedMoney({ by }, from);
    const row = makeCapRow({ cap, of: null, limit, used, planned }, caps.warnAt);
    const usedNow = sum([used.spent, used.held]);
    const fill = caps.whenReached === "stop" ? fillInOrder : fillSkipping;
    const usual = findLimit(later, cap) ?? limit;
    return [{ ...row, from, windows: fill(costs, { limit, usual, usedNow }) }];
  });
}

interface Windows {
  /** What the current window may take, and every one after it. */
  readonly limit: MicroUsd;
  readonly usual: MicroUsd;
  readonly usedNow: MicroUsd;
}

type Fill = (costs: readonly MicroUsd[], windows: Windows) => number;

/** `stop`: the first cost that does not fit closes the window and opens the next. */
const fillInOrder: Fill = (costs, { limit, usual, usedNow }) => {
  let windows = costs.length === 0 ? 0 : 1;
  let room = subtract(limit, usedNow);
  for (const cost of costs) {
    if (cost > room) {
      // A cost that fits into no later window waits for ever, and is counted in none.
      if (cost > usual) continue;
      windows += 1;
      room = usual;
    }
    room = subtract(room, cost);
  }
  return windows;
};

/**
 * `skip`: each window takes, in order, whatever still fits. Costs wait in a queue for each amount: there are a few
 * dozen amounts at most, while a cap of one line a day over 100,000 lines would take as many passes.
 */
const fillSkipping: Fill = (costs, { limit, usual, usedNow }) => {
  const queues = new Map<MicroUsd, { readonly turns: number[]; next: number }>();
  for (const [turn, cost] of costs.entries()) {
    const queue = queues.get(cost) ?? { turns: [], next: 0 };
    queue.turns.push(turn);
    queues.set(cost, queue);
  }
  let windows = costs.length === 0 ? 0 : 1;
  let room = subtract(limit, usedNow);
  // Fills the current window first; then only costs that fit into a later one remain.
  let left = costs.length;
  const fill = (): void => {
    for (;;) {
      const cost = takeFirstThatFits(queues, room);
      if (cost === undefined) return;
      room = subtract(room, cost);
      left -= 1;
    }
  };
  fill();
  for (const [cost, queue] of queues) {
    if (cost <= usual) continue;
    left -= queue.turns.length - queue.next;
    queues.delete(cost);
  }
  while (left > 0) {
    windows += 1;
    room = usual;
    fill();
  }
  return windows;
};

/** Takes the earliest waiting cost of at most `room` out of its queue. */
function takeFirstThatFits(
  queues: ReadonlyMap<MicroUsd, { readonly turns: readonly number[]; next: number }>,
  room: number,
): MicroUsd | undefined {
  let first: MicroUsd | undefined;
  let turn = Infinity;
  for (const [cost, { turns, next }] of queues) {
    const waiting = turns[next];
    if (cost <= room && waiting !== undefined && waiting < turn) [first, turn] = [cost, waiting];
  }
  const queue = first === undefined ? undefined : queues.get(first);
  if (queue !== undefined) queue.next += 1;
  return first;
}
