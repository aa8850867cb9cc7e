import fc from "fast-check";
import { expect, test } from "vitest";
import { readStatusAnswer, readResult, readSubmission } from "../../../src/vendors/fal/answers.ts";
import type { Exchange } from "../../../src/vendors/fal/guarded-fetch.ts";
import type { Vendor } from "../../../src/run/vendor.ts";
import { orders, usd } from "../rig/orders.ts";
import { virtualRun } from "../rig/virtual-run.ts";
import { startMarket } from "../rig/shop.ts";
import { virtualClock } from "../rig/virtual-clock.ts";
import { runs } from "../../rig/effort.ts";

// Whatever fal and what stands in between say, in whatever order: a purchase has one order, unless fal itself has
// stated that the one before was not accepted, or has ended and costs nothing. What that means is said here once more,
// by the rows of these tables.

interface Answer {
  readonly exchange: Exchange;
  /** Of an order: whether there is a job now, and whether the answer says that there is none. */
  readonly job?: boolean;
  readonly refused?: true;
  /** Of a status: whether it states a failure of this request. */
  readonly failed?: boolean;
  /** Of a result: whether it says that the job has ended and costs nothing: always, or under a stated failure. */
  readonly free?: "always" | "if-failed";
}

const answered = (status: number, body: unknown, headers = {}): Exchange => ({
  is: "answered",
  status,
  headers,
  text: typeof body === "string" ? body : JSON.stringify(body),
});
const LOST: Exchange = { is: "lost", why: "reset" };
const OTHER = "another-request";
const NO_UNITS = { "x-fal-billable-units": "0" };
const TYPED = { detail: [{ type: "internal_server_error", msg: "broken" }] };
const POLICY = { detail: [{ type: "content_policy_violation", msg: "refused" }] };
const PATH = { detail: "Path /v3/pro not found" };
const VIDEO = { video: { url: "https://example.org/output.mp4" } };

const ORDERS: readonly Answer[] = [
  { exchange: answered(200, { request_id: "own" }), job: true },
  { exchange: answered(200, { request_id: "own" }), job: true },
  { exchange: answered(200, { request_id: "own" }), job: true },
  { exchange: LOST, job: true },
  { exchange: answered(409, { detail: "conflict" }), job: true },
  { exchange: answered(500, ""), job: true },
  { exchange: answered(422, { detail: "no" }), refused: true },
  { exchange: answered(429, { detail: "slow" }), refused: true },
];

const completed = (more: object): Exchange => answered(200, { status: "COMPLETED", ...more });

const STATUSES: readonly Answer[] = [
  { exchange: completed({}) },
  { exchange: completed({ error: "", error_type: "" }) },
  { exchange: completed({ error: {}, error_type: null }) },
  { exchange: completed({ error: "broken" }), failed: true },
  { exchange: completed({ error: "broken", error_type: "runner_server_error" }), failed: true },
  { exchange: completed({ error: "broken", request_id: OTHER }) },
  { exchange: answered(200, { status: "IN_PROGRESS" }) },
  { exchange: answered(200, { status: "FAILED", error: "broken" }) },
  { exchange: answered(404, { status: "NOT_FOUND" }) },
  { exchange: LOST },
];

const RESULTS: readonly Answer[] = [
  { exchange: answered(200, VIDEO, { "x-fal-billable-units": "4.0" }) },
  { exchange: answered(200, VIDEO, { "x-fal-request-id": OTHER }) },
  { exchange: answered(200, { video: null }, NO_UNITS), free: "if-failed" },
  { exchange: answered(500, TYPED) },
  { exchange: answered(500, TYPED, NO_UNITS), free: "if-failed" },
  { exchange: answered(500, { detail: "broken" }, NO_UNITS), free: "if-failed" },
  { exchange: answered(500, TYPED, { ...NO_UNITS, "x-fal-request-id": OTHER }) },
  { exchange: answered(503, { detail: "gone", error_type: "runner_disconnected" }) },
  { exchange: answered(502, "<h1>Bad gateway</h1>") },
  { exchange: answered(422, POLICY) },
  { exchange: answered(422, POLICY, NO_UNITS), free: "always" },
  { exchange: answered(422, POLICY, { "x-fal-billable-units": "1e3" }) },
  { exchange: answered(404, PATH, NO_UNITS), free: "always" },
  { exchange: answered(404, PATH) },
  { exchange: answered(499, { detail: "Request cancelled by the client." }) },
  { exchange: LOST },
];

const script = fc.record({
  orders: fc.array(fc.constantFrom(...ORDERS), { maxLength: 6 }),
  statuses: fc.array(fc.constantFrom(...STATUSES), { maxLength: 12 }),
  // A long row of one answer is what ends the asking, so that a run is left and the next one asks.
  results: fc.array(
    fc
      .tuple(fc.constantFrom(...RESULTS), fc.constantFrom(1, 1, 1, 20))
      .map(([answer, times]) => Array.from({ length: times }, () => answer)),
    { maxLength: 8 },
  ),
});

interface Posted {
  readonly key: string;
  readonly job: boolean;
  /** Whether fal has stated that it was not accepted, or has ended and costs nothing. */
  over: boolean;
}

test("sends at most one order unless the vendor stated an uncharged end, and never passes the cap", async () => {
  let [again, collected] = [0, 0];
  await fc.assert(
    fc.asyncProperty(script, async ({ orders: submits, statuses, results }) => {
      const clock = virtualClock();
      const cap = usd(1.12);
      const market = await startMarket({ clock, caps: { cap } });
      const [left, asked, found] = [[...submits], [...statuses], results.flat()];
      const posted = new Map<string, Posted>();
      let failed = false;
      const vendor: Vendor = {
        submit: async ({ input }) => {
          const key = String(input["prompt"]);
          const before = [...posted.values()].filter((one) => one.key === key);
          expect(before.filter(({ over }) => !over)).toEqual([]);
          if (before.length > 0) again += 1;
          const id = `request-${posted.size + 1}`;
          const { exchange, job = false, refused = false } = left.shift() ?? FINE_ORDER;
          posted.set(id, { key, job, over: refused });
          const billed = [...posted.values()].filter((one) => one.job && !one.over);
          expect(billed.length * 560_000).toBeLessThanOrEqual(cap);
          const text = JSON.stringify({ request_id: id });
          const accepted = exchange.is === "answered" && exchange.status === 200;
          return readSubmission(accepted ? { ...exchange, text } : exchange, false);
        },
        watch: async () => ({ is: "ended" }),
        ask: async ({ request }) => {
          const answer = asked.shift() ?? FINE_STATUS;
          failed = answer.failed === true;
          return readStatusAnswer(answer.exchange, request.id);
        },
        collect: async ({ request }, failure) => {
          collected += 1;
          const { exchange, free } = found.shift() ?? FINE_RESULT;
          const one = posted.get(request.id);
          if (one === undefined) throw new Error(`${request.id} was not ordered`);
          if (free === "always" || (free === "if-failed" && failed)) one.over = true;
          return readResult(exchange, failure, request.id);
        },
        cancel: async () => ({ is: "not-found" }),
      };
      for (let run = 0; run < 3; run += 1) {
        const chosen = { total: 1, stopsAtCap: false, patience: 7_200_000 };
        await virtualRun({ market, clock }, orders(3), vendor, chosen);
      }
    }),
    runs(30, 300),
  );
  // Or it would be proved of nothing.
  expect(again).toBeGreaterThan(2);
  expect(collected).toBeGreaterThan(50);
});

const [FINE_ORDER, FINE_STATUS, FINE_RESULT]: readonly [Answer, Answer, Answer] = [
  { exchange: answered(200, {}), job: true },
  { exchange: completed({}) },
  { exchange: answered(200, VIDEO, { "x-fal-billable-units": "4.0" }) },
];
