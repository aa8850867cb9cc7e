import canonicalize from "canonicalize";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toCanonicalJson } from "../../src/plan/fingerprint.ts";

test("gives every JSON value the canonical text that another implementation gives it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(toCanonicalJson(value)).toBe(canonicalize(value));
    }),
    { seed: 8785, numRuns: 2_000 },
  );
});
