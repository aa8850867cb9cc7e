import type { Step } from "../../../../src/ledger/entry.ts";

// A second ledger, from the design alone: a list of holds, sums by going through all of them, days of 24 hours
// of UTC. It is slow and plain, and knows nothing about how the real one works.

export interface ModelHold {
  readonly run: number;
  readonly account: string;
  readonly purchase: string;
  readonly shot: string;
  readonly endpoint: string;
  readonly scene: string | null;
  readonly tags: readonly string[];
  readonly cost: number;
  readonly at: number;
  /** The line of an approved plan that covers it. */
  readonly line?: string | null;
  excess: number;
  request: string | null;
  /** A person has given the request. */
  named: boolean;
  duplicate: boolean;
  state: string;
  charge: string | null;
  spent: number;
  held: number;
  /** Until then a person's "not charged" waits. */
  unsendableFrom: number | null;
}

export interface ModelCaps {
  readonly cap: number | null;
  readonly shot: number | null;
  readonly endpoint: Readonly<Record<string, number>>;
  readonly scene: Readonly<Record<string, number>>;
  readonly tag: Readonly<Record<string, number>>;
  readonly run: number | null;
  readonly day: number | null;
  readonly week: number | null;
  readonly month: number | null;
}

export interface ModelRun {
  readonly owner: string;
  readonly account: string;
  readonly most: number | null;
  open: boolean;
}

export type Asked = Pick<ModelHold, "purchase" | "shot" | "endpoint" | "scene" | "tags" | "cost">;

const DAY = 86_400_000;
/** How long a person's "not charged" waits after `sending`: a lease of one minute, and two for an order. */
export const SENDABLE_MS = 180_000;

export const dayOf = (at: number): number => Math.floor(at / DAY) * DAY;
// The first of January 1970 was a Thursday.
export const mondayOf = (at: number): number => dayOf(at) - ((Math.floor(at / DAY) + 3) % 7) * DAY;
const firstOf = (at: number): number =>
  Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth(), 1);

const LEGAL: Readonly<Record<string, readonly string[]>> = {
  reserved: ["sending", "released"],
  sending: ["submitted", "released", "unknown"],
  submitted: ["submitted", "settled", "released", "failed", "missing", "cancel"],
  settled: ["delivered", "charge"],
  unknown: ["submitted", "released", "failed"],
  failed: ["charge", "submitted"],
  released: ["submitted", "failed"],
};

export const NEW = {
  unsendableFrom: null,
  excess: 0,
  request: null,
  named: false,
  duplicate: false,
  state: "reserved",
  charge: null,
};

export function stands({ state, charge }: Pick<ModelHold, "state" | "charge">): boolean {
  return state !== "released" && !(state === "failed" && charge === "none");
}

export class Model {
  readonly holds: ModelHold[] = [];
  readonly runs: ModelRun[] = [];
  caps: ModelCaps;

  constructor(caps: ModelCaps) {
    this.caps = caps;
  }

  /** Returns what `reserve` answers, with the names of the caps that are passed if it is over. */
  reserve(run: number, asked: Asked, at: number): string {
    const { open = false, account = "", most = null } = this.runs[run] ?? {};
    if (!open) return "run-over";
    const before = this.holds.filter(({ purchase }) => purchase === asked.purchase);
    if (before.some(stands)) return "taken";
    if (before.filter((hold) => hold.run === run).length === 3) return "tried-enough";
    const passed = this.passed(account, most, asked, at, asked.cost);
    if (passed.length > 0) return `over ${passed.join(", ")}`;
    this.holds.push({ ...asked, ...NEW, spent: 0, held: asked.cost, run, account, at });
    return "held";
  }

  /** Returns the caps without room for this much more. */
  passed(
    account: string,
    most: number | null,
    asked: Pick<Asked, "shot" | "endpoint" | "scene" | "tags">,
    at: number,
    more: number,
  ): readonly string[] {
    const { caps } = this;
    const rules: readonly (readonly [string, number | null, (hold: ModelHold) => boolean])[] = [
      ["cap", caps.cap, () => true],
      ["per_shot", caps.shot, (hold) => hold.shot.toLowerCase() === asked.shot.toLowerCase()],
      [
        "by_model",
        caps.endpoint[asked.endpoint] ?? null,
        (hold) => hold.endpoint === asked.endpoint,
      ],
      [
        "by_scene",
        asked.scene === null ? null : (caps.scene[asked.scene] ?? null),
        (hold) => hold.scene === asked.scene,
      ],
      ...Object.entries(caps.tag).map(
        ([tag, limit]) =>
          [
            "by_tag",
            asked.tags.includes(tag) ? limit : null,
            (hold: ModelHold) => hold.tags.includes(tag),
          ] as const,
      ),
      ["per_run", caps.run, (hold) => hold.account === account],
      ["per_day", caps.day, (hold) => hold.at >= dayOf(at)],
      ["per_week", caps.week, (hold) => hold.at >= mondayOf(at)],
      ["per_month", caps.month, (hold) => hold.at >= firstOf(at)],
      ["--max-usd", most, (hold) => hold.account === account],
    ];
    return rules.flatMap(([name, limit, counts]) => {
      if (limit === null) return [];
      const used = this.holds
        .filter(counts)
        .reduce((sum, { spent, held }) => sum + spent + held, 0);
      return used + more > limit ? [name] : [];
    });
  }

  /** Takes a step if the state allows it, and returns the outcome. `excess` in micro-dollars. */
  advance(index: number, step: Step, at: number): "done" | "late" | "early" {
    const hold = this.holds[index];
    if (hold === undefined || LEGAL[hold.state]?.includes(step.kind) !== true) return "late";
    const { kind } = step;
    if (["missing", "cancel", "delivered"].includes(kind)) return "done";
    const said = "person" in step && step.person !== null;
    if (kind === "submitted" && !said && hold.request === step.request.id) return "late";
    if (kind === "submitted" && hold.state === "submitted") {
      if (!said || !hold.named || hold.request === step.request.id) return "late";
    }
    if (kind === "failed" && hold.state === "released" && !(said && step.charge === "charged"))
      return "late";
    if (kind === "charge" && step.charge === (hold.charge ?? "charged")) return "late";
    const stood = stands(hold);
    const state = kind === "charge" ? hold.state : kind;
    const charge = kind === "failed" || kind === "charge" ? step.charge : null;
    if (said && !stands({ state, charge }) && at < (hold.unsendableFrom ?? at)) return "early";
    Object.assign(hold, { state, charge });
    if (kind === "sending") hold.unsendableFrom = at + SENDABLE_MS;
    else if (!said && kind !== "unknown") hold.unsendableFrom = null;
    if (kind === "submitted") {
      hold.named = hold.request === step.request.id ? hold.named : said;
      hold.request = step.request.id;
    }
    if (kind === "submitted" || kind === "failed") hold.excess = 0;
    if (kind === "settled") hold.excess = step.excess;
    const free = kind === "released" || hold.charge === "none";
    const paid = kind === "settled" || hold.charge === "charged";
    hold.spent = paid ? hold.cost + hold.excess : 0;
    hold.held = paid || free ? 0 : hold.cost;
    if (!stands(hold)) hold.duplicate = false;
    else if (!stood) hold.duplicate = this.isReplaced(hold);
    return "done";
  }

  /** Returns whether another hold has its purchase, or its line of an approved plan. */
  isReplaced(hold: ModelHold): boolean {
    const { purchase, line = null } = hold;
    return this.holds.some(
      (other) =>
        other !== hold &&
        stands(other) &&
        !other.duplicate &&
        (other.purchase === purchase || (line !== null && other.line === line)),
    );
  }

  /** Ends the holds of a run that is over. */
  end(run: number): void {
    const ended = this.runs[run];
    if (ended === undefined || !ended.open) return;
    ended.open = false;
    for (const hold of this.holds) {
      if (hold.run !== run) continue;
      if (hold.state === "reserved") [hold.state, hold.held] = ["released", 0];
      else if (hold.state === "sending") hold.state = "unknown";
    }
  }
}
