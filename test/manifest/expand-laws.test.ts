import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, expandLines } from "./expanded.ts";
import { runs } from "../rig/effort.ts";

// Small random shot lists are planned. fast-check prints the seed and the smallest list that fails.
const RUNS = runs(150, 3_000);
const AXES = {
  duration: ["3", "4", "5"],
  aspect_ratio: ["16:9", "9:16", "1:1"],
  look: ["dry", "wet", "007"],
};
type Name = keyof typeof AXES;
type Entry = Readonly<Partial<Record<Name | "extra", string>>>;

const valueOf = (name: Name) => fc.constantFrom(...AXES[name]);
const axesOf = fc.record(
  {
    duration: fc.uniqueArray(valueOf("duration"), { minLength: 1 }),
    aspect_ratio: fc.uniqueArray(valueOf("aspect_ratio"), { minLength: 1 }),
    look: fc.uniqueArray(valueOf("look"), { minLength: 1 }),
  },
  { requiredKeys: ["duration", "aspect_ratio"] },
);
const entry = fc.record(
  { duration: valueOf("duration"), aspect_ratio: valueOf("aspect_ratio") },
  { requiredKeys: [] },
);
const exclude = fc.array(
  entry.filter((written) => Object.keys(written).length > 0),
  { maxLength: 2 },
);
const include = fc.array(
  fc.record(
    { duration: valueOf("duration"), extra: fc.constantFrom("a", "b") },
    { requiredKeys: ["extra"] },
  ),
  { maxLength: 3 },
);
const shot = fc.record({ axes: axesOf, exclude, include, takes: fc.integer({ min: 1, max: 3 }) });
type WrittenShot = typeof shot extends fc.Arbitrary<infer Value> ? Value : never;

const HEAD = "defaults: { model: kling-v3-pro, prompt: A skyline. }\nshots:\n";

function written(shots: readonly WrittenShot[]): string {
  const body = shots.map(({ axes, exclude: out, include: more, takes }, index) =>
    [
      `  - id: s${index}`,
      `    scene: ${index % 2}`,
      `    takes: ${takes}`,
      '    notes: "${{ matrix.look }} ${{ matrix.extra }}"',
      `    matrix: ${JSON.stringify({ ...axes, exclude: out, include: more })}`,
    ].join("\n"),
  );
  return `${HEAD}${body.join("\n")}\n`;
}

const matches = (variant: Entry, pattern: Entry) =>
  Object.entries(pattern).every(([name, value]) =>
    Object.entries(variant).some(([n, v]) => n === name && v === value),
  );

function product(axes: WrittenShot["axes"]): readonly Entry[] {
  return Object.entries(axes).reduce<readonly Entry[]>(
    (made, [name, values]) =>
      made.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** GitHub's rules, implemented again in the shortest way. */
function combinations({ axes, exclude: out, include: more }: WrittenShot): readonly Entry[] {
  const own = product(axes).filter((one) => !out.some((pattern) => matches(one, pattern)));
  const joined = own.map((one) => ({ ...one }));
  const further: Entry[] = [];
  for (const { extra, ...where } of more) {
    const hosts = joined.filter((_, index) => matches(own[index] ?? {}, where));
    for (const host of hosts) Object.assign(host, { extra });
    if (hosts.length === 0) further.push({ ...where, extra });
  }
  return [...joined, ...further];
}

/** Lists with at least one line and without two combinations of the same key: all others are refused, as other tests show. */
const shots = fc.array(shot, { minLength: 1, maxLength: 3 }).filter((list) =>
  list.every((one) => {
    const names = combinations(one).map((variant) =>
      JSON.stringify([variant.duration, variant.aspect_ratio, variant.look, variant.extra]),
    );
    return names.length > 0 && new Set(names).size === names.length;
  }),
);

async function holds(
  law: (list: readonly WrittenShot[], lines: readonly Line[]) => Promise<void> | void,
) {
  await fc.assert(
    fc.asyncProperty(shots, async (list) => await law(list, await expandLines(written(list)))),
    RUNS,
  );
}

test("makes each combination once for each take, in the order of the text", async () => {
  await holds((list, lines) => {
    const expected = list.flatMap((one, index) =>
      combinations(one).flatMap((variant) =>
        Array.from({ length: one.takes }, (_, take) => ({
          shot: `s${index}`,
          variant,
          take: take + 1,
        })),
      ),
    );
    expect(lines.map(({ shot: id, variant, take }) => ({ shot: id, variant, take }))).toEqual(
      expected,
    );
    expect(new Set(lines.map(({ key }) => key.toLowerCase())).size).toBe(lines.length);
  });
});

test("a matrix variable sets the input field of its name, and no other", async () => {
  await holds((_, lines) => {
    for (const { variant, input } of lines) {
      expect(input["duration"]).toBe(variant["duration"] ?? "5");
      expect(input["aspect_ratio"]).toBe(variant["aspect_ratio"]);
      expect(input).not.toHaveProperty("look");
    }
  });
});

test("the n-th line with a fingerprint has ordinal n", async () => {
  await holds((_, lines) => {
    const counts = new Map<string, number>();
    for (const { fingerprint, ordinal } of lines) {
      counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
      expect(ordinal).toBe(counts.get(fingerprint));
    }
  });
});

test("--only removes lines and changes none", async () => {
  await holds(async (list, lines) => {
    const last = lines.at(-1)?.key ?? "";
    for (const only of ["s0", "scene:0", last, last.slice(0, last.lastIndexOf("~"))]) {
      const chosen = await expandLines(written(list), ["--only", only]);
      expect(chosen.length).toBeGreaterThan(0);
      const keys = new Set(chosen.map(({ key }) => key));
      expect(chosen).toEqual(lines.filter(({ key }) => keys.has(key)));
    }
  });
});
