import type { Ledger } from "../../../src/ledger/ledger.ts";
import type { Store } from "../../../src/run/ports.ts";
import type { Placed, Vendor, Watched } from "../../../src/run/vendor.ts";
import type { Order } from "../../../src/ledger/entry.ts";
import { type Bought, type BuyOptions, type Market, startMarket } from "./shop.ts";
import { watched } from "./failing-ledger.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

export interface MadeUp {
  /** Milliseconds from the order until a job is done. */
  readonly takes: (key: string) => number;
  /** What comes of a status stream; `missing` unless given. */
  readonly stream?: "serves" | "missing";
  /** For so long after the order no question is answered; milliseconds. */
  readonly outage?: number;
}

interface Asked {
  readonly what: "submit" | "watch" | "ask" | "collect";
  readonly key: string;
  /** Milliseconds UTC. */
  readonly at: number;
}

export interface MadeUpRun extends Bought {
  readonly asked: readonly Asked[];
  /** How much later than it was done a job was settled, by key; milliseconds. */
  readonly late: ReadonlyMap<string, number>;
}

/** A run against a fal of a few lines, in a time of its own: a day passes in a moment, and nothing is inexact. */
export async function runVirtually(
  orders: readonly Order[],
  { takes, stream = "missing", outage = 0 }: MadeUp,
  options: BuyOptions & { readonly during?: (clock: VirtualClock) => Promise<void> } = {},
): Promise<MadeUpRun> {
  const clock = virtualClock();
  const market = await startMarket({ clock });
  const asked: Asked[] = [];
  const doneAt = new Map<string, number>();
  const late = new Map<string, number>();
  const note = (what: Asked["what"], key: string): void => {
    asked.push({ what, key, at: clock.now() });
  };
  const left = ({ request }: Placed): number => (doneAt.get(request.id) ?? Infinity) - elapsed();
  // Jobs go on by their own time, whatever is done to the clock on the wall.
  const elapsed = (): number => clock.elapsed();
  const vendor: Vendor = {
    submit: async ({ input }) => {
      const id = String(input["prompt"]);
      note("submit", id);
      doneAt.set(id, elapsed() + takes(id));
      const request = { id, statusUrl: null, responseUrl: null, cancelUrl: null };
      return { is: "accepted", request, astray: null };
    },
    watch: async (placed, _, signal): Promise<Watched> => {
      note("watch", placed.request.id);
      if (stream === "missing") {
        return { is: "fault", fault: { kind: "not-found", why: "no stream", retryAfter: null } };
      }
      await clock.sleep(left(placed), signal);
      return left(placed) <= 0 ? DONE : { is: "ended" };
    },
    ask: async (placed) => {
      note("ask", placed.request.id);
      if (elapsed() < outage) return NO_ANSWER;
      if (left(placed) <= 0) return DONE;
      return { is: "going", progress: { stage: "generating", position: null } };
    },
    collect: async (placed) => {
      const { id } = placed.request;
      note("collect", id);
      late.set(id, elapsed() - (doneAt.get(id) ?? 0));
      const url = "https://example.org/output.mp4";
      return { is: "video", url, size: null, billableUnits: "4.0", headers: {} };
    },
    cancel: async () => ({ is: "not-found" }),
  };
  const bought = await virtualRun({ market, clock }, orders, vendor, options);
  return { ...bought, asked, late };
}

/** A run against whatever fal in the time of that clock, which stands still while the ledger is at work. */
export async function virtualRun(
  { market, clock }: { readonly market: Market; readonly clock: VirtualClock },
  orders: readonly Order[],
  vendor: Vendor,
  options: BuyOptions & { readonly during?: (clock: VirtualClock) => Promise<void> } = {},
): Promise<Bought> {
  let writing = 0;
  const counted = (ledger: Ledger): Ledger =>
    watched(ledger, async (_, act) => {
      writing += 1;
      try {
        return await act();
      } finally {
        writing -= 1;
      }
    });
  const run = market.buy(orders, {
    ...options,
    clock: () => clock,
    vendor: () => vendor,
    store: () => NOWHERE,
    ledger: counted,
    counts: false,
  });
  return await clock.run(
    Promise.all([run, options.during?.(clock)]).then(([result]) => result),
    () => writing > 0,
  );
}

const NO_ANSWER = {
  is: "fault",
  fault: { kind: "unreachable", why: "503", retryAfter: null },
} as const;
const DONE = { is: "done", failure: null } as const;

const NOWHERE: Store = {
  deliver: async ({ key }) => ({
    is: "delivered",
    delivery: {
      path: key,
      sha256: "",
      bytes: 1,
      seconds: 5,
      width: 1,
      height: 1,
      audio: false,
      warnings: [],
    },
  }),
};
