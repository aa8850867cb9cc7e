import stringWidth from "string-width";
import { formatDuration, toPrintable, shorten } from "../../diagnostics/printable.ts";
import type { Order } from "../../ledger/entry.ts";
import { add, cents, type MicroUsd, NOTHING, sum } from "../../money.ts";
import type { RunEvent } from "../../run/events.ts";
import type { Clock } from "../../run/ports.ts";
import type { Buying, Shell } from "../shell.ts";

interface ActiveLine {
  readonly key: string;
  readonly cost: MicroUsd;
  stage: string;
  /** Milliseconds UTC. */
  since: number;
  usually: number | null;
}

/** A line that a run is working on at this moment. */
export interface UnderWay {
  readonly key: string;
  /** Such as `queued, 2 before it`, `generating` or `downloading`. */
  readonly stage: string;
  /** Milliseconds since its order began; null for a download. */
  readonly took: number | null;
  /** How long such a job usually takes, in milliseconds; null if that is not known. */
  readonly usually: number | null;
}

/** The state of a run, from its events: what a progress display shows. */
export class RunBoard {
  total: number;
  planned: MicroUsd;
  done = 0;
  failed = 0;
  spent: MicroUsd = NOTHING;
  readonly #clock: Clock;
  readonly #active = new Map<string, ActiveLine>();
  readonly #left = new Map<string, MicroUsd>();
  readonly #fetching = new Map<string, string>();
  readonly #unknown = new Map<string, MicroUsd>();
  readonly #started: number;

  constructor(orders: readonly Order[], clock: Clock) {
    this.#clock = clock;
    this.#started = clock.now();
    this.total = orders.length;
    this.planned = sum(orders.map((order) => order.cost));
    for (const order of orders) this.#left.set(order.key, order.cost);
  }

  get active(): readonly ActiveLine[] {
    return [...this.#active.values()];
  }

  /** Lists the lines under way, and those that are being downloaded. */
  listInHand(): readonly UnderWay[] {
    return [
      ...this.active.map((line) => ({
        key: line.key,
        stage: line.stage,
        took: this.elapsed(line),
        usually: line.usually,
      })),
      ...[...this.#fetching.values()].map((key) => ({
        key,
        stage: "downloading",
        took: null,
        usually: null,
      })),
    ];
  }

  /** Money held by lines that are not over, and by lines whose outcome is unknown. */
  get held(): MicroUsd {
    const active = sum([...this.#active.values()].map((line) => line.cost));
    return add(active, sum(this.#unknown.values()));
  }

  /** Money that is planned, and neither spent nor held yet. */
  get left(): MicroUsd {
    return sum(this.#left.values());
  }

  countInFlight(): { readonly lines: number; readonly held: MicroUsd } {
    return { lines: this.#active.size, held: sum(this.active.map((line) => line.cost)) };
  }

  /** Returns how many milliseconds a line has been under way. */
  elapsed(line: ActiveLine): number {
    return this.#clock.now() - line.since;
  }

  /** Returns the milliseconds that the run still takes; null while there is nothing to estimate them from. */
  estimateTimeLeft(): number | null {
    if (this.done === 0) {
      const waits = this.active.flatMap(({ usually, since }) =>
        usually === null ? [] : [usually - (this.#clock.now() - since)],
      );
      return waits.length === 0 || this.#left.size > 0 ? null : Math.max(0, ...waits);
    }
    const pace = (this.#clock.now() - this.#started) / this.done;
    return pace * (this.#left.size + this.#active.size);
  }

  tell(event: RunEvent): void {
    switch (event.event) {
      case "reserved":
      case "taken-up":
        // A line of an earlier run is not among this run's orders.
        if (event.event === "taken-up") {
          this.total += 1;
          this.planned = add(this.planned, event.line.cost);
        }
        this.#left.delete(event.line.key);
        this.#active.set(event.line.hold, {
          key: event.line.key,
          cost: event.line.cost,
          stage: event.event === "reserved" ? "reserved" : "resumed",
          since: this.#clock.now(),
          usually: null,
        });
        return;
      case "sending":
        return this.#stage(event.line.hold, "sending");
      case "submitted":
        return this.#stage(event.line.hold, "sent");
      case "waiting": {
        const line = this.#active.get(event.line.hold);
        if (line !== undefined) line.usually = event.usually;
        return;
      }
      case "progress": {
        const { stage, position } = event.progress;
        const place = position === null || position === 0 ? "" : `, ${position} before it`;
        return this.#stage(event.line.hold, stage === "queued" ? `queued${place}` : "generating");
      }
      case "unfamiliar-status":
        return this.#stage(event.line.hold, toPrintable(shorten(event.status, 20)));
      case "settled":
        this.spent = add(this.spent, event.spent);
        this.#active.delete(event.line.hold);
        this.done += 1;
        return;
      case "released":
      case "failed":
        this.#active.delete(event.line.hold);
        // Of lines that workers buy, only one that was not sent is likely to be tried again.
        if (event.again ?? event.event === "released") {
          this.#left.set(event.line.key, event.line.cost);
        } else this.failed += 1;
        if (event.event === "failed" && event.charge === "charged") {
          this.spent = add(this.spent, add(event.line.cost, event.excess));
        }
        if (event.event === "failed" && event.charge === "unknown") {
          this.#unknown.set(event.line.hold, event.line.cost);
        }
        return;
      case "unsent":
        this.#active.delete(event.line.hold);
        this.#left.set(event.line.key, event.line.cost);
        return;
      case "unknown":
      case "in-flight":
      case "missing":
        this.#active.delete(event.line.hold);
        this.#unknown.set(event.line.hold, event.line.cost);
        this.failed += 1;
        return;
      case "over-cap":
      case "not-approved":
      case "taken":
        this.#left.delete(event.key);
        this.failed += 1;
        return;
      case "downloading":
        this.#fetching.set(event.line.hold, event.line.key);
        return;
      case "delivered":
      case "undelivered":
        this.#fetching.delete(event.line.hold);
        return;
      case "started":
      case "buried":
      case "pausing":
      case "stopping":
      case "unwritten":
      case "written-after-all":
      case "charge":
      case "cancel":
      case "ended":
    }
  }

  #stage(hold: string, stage: string): void {
    const line = this.#active.get(hold);
    if (line === undefined || line.stage === stage) return;
    line.stage = stage;
    if (stage === "sending") line.since = this.#clock.now();
  }
}

function shareOf(part: MicroUsd, whole: MicroUsd): number {
  return whole === 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}

const BAR = 24;
const MOST_ACTIVE = 12;

/** Draws a bar of lines, a bar of money, and each line that is under way. */
export function drawRun(board: RunBoard, width: number, rehearsal: boolean): string {
  const { done, failed, total, spent, held, left, active } = board;
  const over = done + failed;
  const remaining = board.estimateTimeLeft();
  const wait = remaining === null ? "" : ` · about ${formatDuration(remaining)} left`;
  const lines = `${drawBar([total === 0 ? 1 : over / total])} ${over} of ${total} lines${failed === 0 ? "" : `, ${failed} not made`}${wait}`;
  const all = board.planned;
  const money = `${drawBar([shareOf(spent, all), shareOf(held, all)])} ${cents(spent)} spent · ${cents(held)} held · ${cents(left)} left`;
  const shown = active.slice(0, MOST_ACTIVE).map((line) => {
    const took = formatDuration(board.elapsed(line));
    const usual = line.usually === null ? "" : ` of about ${formatDuration(line.usually)}`;
    return `  ${shorten(toPrintable(line.key), 48)} · ${line.stage} · ${took}${usual}`;
  });
  const more = active.length > MOST_ACTIVE ? [`  and ${active.length - MOST_ACTIVE} more`] : [];
  const title = rehearsal ? ["REHEARSAL"] : [];
  return [...title, lines, money, ...shown, ...more]
    .map((line) => shorten(line, Math.max(20, width - 1)))
    .join("\n");
}

/** Draws a bar of shares, each with a mark of its own. */
function drawBar(shares: readonly number[]): string {
  const marks = ["█", "▒"];
  let text = "";
  for (const [index, part] of shares.entries())
    text += (marks[index] ?? "░").repeat(Math.round(part * BAR));
  return text.slice(0, BAR).padEnd(BAR, "░");
}

/** What a person sees while something is in progress. */
interface MovingScreen {
  /** Whether it is drawn over itself, so that a line for each event would only disturb it. */
  readonly moves: boolean;
  say(text: string): void;
  end(): void;
}

const REDRAWN_MS = 150;

/** Opens a screen: on a terminal a few lines drawn over themselves, elsewhere plain lines. */
export async function openMovingScreen(
  shell: Shell,
  buying: Buying,
  picture: () => string,
  quiet: boolean,
): Promise<MovingScreen> {
  const screen = quiet ? null : await buying.overdrawn("err");
  if (screen === null) {
    return { moves: false, say: (text) => shell.err(`${text}\n`), end: () => undefined };
  }
  const draw = (): void => screen.show(picture());
  const timer = setInterval(draw, REDRAWN_MS);
  draw();
  return {
    moves: true,
    say: (text) => {
      screen.clear();
      shell.err(`${text}\n`);
      draw();
    },
    end: () => {
      clearInterval(timer);
      screen.clear();
    },
  };
}

/** Drops lines from the bottom for which a terminal has no room. */
export function cropToTerminal(picture: string, width: number, rows: number): string {
  // A terminal that states no rows has no limit; otherwise one row is left for the cursor.
  const room = rows > 0 ? rows - 1 : Infinity;
  const lines = picture.split("\n");
  const heights = lines.map((line) => Math.max(1, Math.ceil(stringWidth(line) / width)));
  const all = heights.reduce((total, height) => total + height, 0);
  if (all <= room) return picture;
  let used = 0;
  const kept = lines.filter((_, index) => {
    used += heights[index] ?? 1;
    return used <= room - 1;
  });
  return [...kept, "… `topsheet status` shows all of it"].join("\n");
}
