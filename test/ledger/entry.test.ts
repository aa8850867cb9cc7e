import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { RAISABLE_CAPS } from "../../src/budget/caps.ts";
import { type Fact, isStep, decodeFact, encodeFact } from "../../src/ledger/entry.ts";
import { microUsd } from "../../src/money.ts";
import { delivery, order, step, usd } from "./rig/test-ledger.ts";

const RUNS = { seed: 20_261_121, numRuns: 500 };

const amount = fc.integer({ min: 0, max: 999_999_999_999_999 }).map(microUsd);
const text = fc.string();
const orNull = fc.option(text);
const headers = fc.dictionary(
  text.filter((name) => name !== "__proto__"),
  text,
);
const person = fc.option(fc.record({ by: text, why: text }));
const anything = z.record(z.string(), z.unknown());
const input = fc
  .dictionary(
    fc.stringMatching(/^[a-z_]{1,9}$/).filter((name) => name !== "__proto__"),
    fc.jsonValue(),
  )
  // JSON has no negative zero.
  .map((value): Record<string, unknown> => anything.parse(JSON.parse(JSON.stringify(value))));
const charge = fc.constantFrom("none" as const, "unknown" as const, "charged" as const);
const kind = <const Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name);

const request = fc.record({ id: text, statusUrl: orNull, responseUrl: orNull, cancelUrl: orNull });
const anOrder = fc.record({
  key: text,
  scene: orNull,
  input,
  cost: amount,
  unitPrice: fc.option(amount),
});

const steps: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: kind("submitted"), request, person }),
  fc.record(
    {
      kind: kind("settled"),
      videoUrl: text,
      size: fc.option(fc.nat()),
      billableUnits: orNull,
      excess: amount,
      doubt: text,
      headers,
    },
    { requiredKeys: ["kind", "videoUrl", "size", "billableUnits", "excess", "headers"] },
  ),
  fc.record({ kind: kind("released"), why: text, person }),
  fc.record(
    { kind: kind("failed"), charge, why: text, headers, excess: amount, doubt: text, person },
    { requiredKeys: ["kind", "charge", "why", "headers", "person"] },
  ),
  fc.record({ kind: kind("unknown"), why: text }),
  fc.record({ kind: kind("cancel"), answer: text }),
  fc.record({ kind: kind("missing"), why: text }),
);
const notices: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    kind: kind("purpose"),
    purpose: fc.constantFrom("real" as const, "rehearsal" as const),
  }),
  fc.record({
    kind: kind("run-started"),
    account: text,
    limits: fc.array(fc.record({ name: text, limit: amount })),
    approval: orNull,
    owner: text,
  }),
  fc.record({
    kind: kind("approved"),
    plan: text,
    created: text,
    by: text,
    limit: amount,
    until: fc.option(fc.integer({ min: 0 })),
    lines: fc.array(
      fc.record({
        key: text,
        fingerprint: text,
        ordinal: fc.nat(),
        gist: text,
        cost: amount,
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: kind("overage"),
    cap: fc.constantFrom(...RAISABLE_CAPS),
    of: orNull,
    amount,
    by: text,
    why: text,
  }),
  fc
    .record({ plan: text, line: text })
    .map((approved): Fact => ({ kind: "reserved", account: "a", order: order("a"), approved })),
  anOrder.map((more): Fact => ({ kind: "reserved", account: "a", order: order("a", more) })),
);

test("facts read back as they were written, money to the micro-dollar", () => {
  fc.assert(
    fc.property(fc.oneof(steps, notices), (fact) => {
      expect(decodeFact(encodeFact(fact))).toEqual(fact);
    }),
    RUNS,
  );
});

test("tells steps of holds from notices", () => {
  fc.assert(
    fc.property(steps, notices, (one, other) => {
      expect([isStep(one), isStep(other)]).toEqual([true, false]);
    }),
    RUNS,
  );
  const made = [step.sending(), step.charge("none"), step.delivered()];
  expect(made.map(isStep)).toEqual([true, true, true]);
});

test("writes money as decimals that people and any program can read", () => {
  const fact = { kind: "reserved", account: "a", order: order("a", { cost: usd(1.176) }) } as const;
  expect(JSON.parse(encodeFact(fact))).toMatchObject({
    order: { cost: "1.176", unitPrice: null },
  });
  expect(encodeFact(step.settled(usd(0.000_001)))).toContain('"excess":"0.000001"');
  expect(decodeFact(encodeFact({ kind: "delivered", delivery }))).toEqual({
    kind: "delivered",
    delivery,
  });
});

// Units come from an answer, so a bill can claim anything; a hold that cannot be read back would be lost for ever.
test("reads every amount that can be written", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (micros) => {
      const fact = step.settled(microUsd(micros));
      expect(decodeFact(encodeFact(fact))).toEqual(fact);
    }),
    RUNS,
  );
});

test.for([
  ["no JSON", "{"],
  ["no fact", "{}"],
  ["a kind of tomorrow", '{"kind":"refunded"}'],
  [
    "a number for an amount",
    '{"kind":"run-started","account":"a","owner":"a","limits":[{"name":"a","limit":1}]}',
  ],
  [
    "an amount of letters",
    '{"kind":"run-started","account":"a","owner":"a","limits":[{"name":"a","limit":"1e3"}]}',
  ],
  [
    "less than nothing",
    '{"kind":"run-started","account":"a","owner":"a","limits":[{"name":"a","limit":"-1.00"}]}',
  ],
  [
    "a charge nobody knows",
    '{"kind":"failed","charge":"maybe","why":"","headers":{},"person":null}',
  ],
] as const)("refuses %s as a fact", ([, written]) => {
  expect(() => decodeFact(written)).toThrow(/./);
});

// An amount below zero could be written but not read: such a ledger would be damaged for ever.
test("refuses to write a negative amount", () => {
  const fact = { kind: "overage", cap: "cap", of: null, by: "Ada", why: "rain" } as const;
  expect(() => encodeFact({ ...fact, amount: usd(-1) })).toThrow(/./);
});

test("reads runs and purchases from before there were approvals", () => {
  const started = '{"kind":"run-started","account":"a","owner":"a","limits":[]}';
  expect(decodeFact(started)).toEqual({
    kind: "run-started",
    account: "a",
    owner: "a",
    limits: [],
  });
  const old = encodeFact({ kind: "reserved", account: "a", order: order("a") });
  expect(decodeFact(old)).not.toHaveProperty("approved");
  expect(decodeFact(old)).not.toHaveProperty("order.gist");
});

test("ignores fields that a newer topsheet adds", () => {
  expect(decodeFact('{"kind":"sending","weather":"rain"}')).toEqual({ kind: "sending" });
});
