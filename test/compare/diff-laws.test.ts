import fc from "fast-check";
import { expect, test } from "vitest";
import { type Diffed, diffPlans, readMicros, savePlan, sumMicros } from "./diff-plans.ts";
import { planManifest } from "../plan/make-plan.ts";
import { runs } from "../rig/effort.ts";

// Laws of `topsheet diff`, over any two manifests of a campaign and any two price books.

const MODELS = ["kling-v3-turbo-pro", "kling-v3-pro", "kling-v3-4k", "kling-o3-4k"] as const;
const ELEMENTS = [
  {
    frontal_image_url: "https://a.example/f.png",
    reference_image_urls: ["https://a.example/r.png"],
  },
  { video_url: "https://a.example/v.mp4" },
  { video_url: "https://a.example/v.mp4", voice_id: "v1" },
];

const seconds = fc.integer({ min: 3, max: 15 });
const settings = fc.record({
  takes: fc.integer({ min: 1, max: 4 }),
  prompt: fc.constantFrom("Lake.", "Sea."),
  matrix: fc.option(
    fc.uniqueArray(fc.constantFrom("16:9", "9:16", "1:1"), { minLength: 1 }).map((ratios) => ({
      aspect_ratio: ratios,
    })),
    { freq: 2 },
  ),
});

const plain = fc.record({ duration: seconds, model: fc.constantFrom(...MODELS) });
const voiced = fc.record({
  duration: seconds,
  model: fc.constantFrom("kling-v3-pro", "kling-o3-4k"),
  generate_audio: fc.boolean(),
});
const several = fc
  .array(fc.integer({ min: 3, max: 5 }), { minLength: 1, maxLength: 3 })
  .map((parts) => ({
    model: "kling-o3-4k",
    prompt: null,
    multi_prompt: parts.map((duration) => ({ prompt: "Wide.", duration })),
  }));
const referring = fc.record({
  model: fc.constant("kling-o3-4k-reference"),
  prompt: fc.constant("@Element1 waves."),
  duration: seconds,
  elements: fc.constantFrom(...ELEMENTS).map((element) => [element]),
});

const shot = fc
  .tuple(settings, fc.oneof(plain, voiced, several, referring))
  .map(([own, input]): object => ({ ...own, ...input }));
const shots = fc.dictionary(fc.constantFrom("a", "b", "c", "toString"), shot, { minKeys: 1 });

const manifestOf = (ids: Readonly<Record<string, object>>): string =>
  JSON.stringify({
    topsheet: 1,
    campaign: "film",
    shots: Object.entries(ids).map(([id, own]) => ({ id, ...own })),
  });

const rate = fc.integer({ min: 1, max: 900_000 }).map((micro) => micro / 1_000_000);
const ratesOf = (prices: readonly object[]): string =>
  JSON.stringify({ "topsheet-prices": 1, as_of: "2026-11-01", source: "contract", prices });
const rates = fc.record({ pro: rate, voice: rate, video: rate }).map(({ pro, voice, video }) =>
  ratesOf([
    { model: "kling-v3-pro", usd_per_second: pro },
    { model: "kling-o3-4k-reference", video_input: true, usd_per_second: video },
    {
      model: "kling-o3-4k-reference",
      video_input: true,
      voice: true,
      usd_per_second: voice,
    },
  ]),
);

/** A manifest, or the plan that was saved of it when a price book of one's own held. */
const side = fc.record({ shots, rates: fc.option(rates, { freq: 2 }) });
type Side = typeof side extends fc.Arbitrary<infer Of> ? Of : never;

async function writeSide({ shots: ids, rates: own }: Side): Promise<string> {
  if (own === null) return manifestOf(ids);
  return await savePlan(manifestOf(ids), { "rates.yaml": own }, ["--prices", "rates.yaml"]);
}

async function checkLaw(
  holds: (found: Diffed, before: string, after: string) => void | Promise<void>,
  tries = runs(25, 500),
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(side, side, async (old, now) => {
      const [before, after] = [await writeSide(old), await writeSide(now)];
      await holds(await diffPlans(before, after), before, after);
    }),
    tries,
  );
}

test("sums the reasons of a shot to its difference, and those of all shots to the total", async () => {
  await checkLaw((found) => {
    for (const { before, after, difference, reasons } of found.shots) {
      expect(readMicros(difference)).toBe(readMicros(after.cost) - readMicros(before.cost));
      expect(sumMicros(reasons.map(({ amount }) => amount))).toBe(readMicros(difference));
    }
    expect(readMicros(found.difference)).toBe(
      readMicros(found.after.cost) - readMicros(found.before.cost),
    );
    expect(sumMicros(found.shots.map(({ difference }) => difference))).toBe(
      readMicros(found.difference),
    );
    expect(found.differs).toBe(found.shots.length > 0);
    expect(found.code).toBe(found.differs ? 8 : 0);
  });
});

/** Per shot what its lines send and cost, as the plans themselves say it. */
async function describeLines(text: string): Promise<ReadonlyMap<string, string>> {
  const plan: { lines: Awaited<ReturnType<typeof planManifest>>["lines"] } = text.startsWith("{\n")
    ? JSON.parse(text)
    : await planManifest({ "shots.yaml": text });
  const all = new Map<string, string[]>();
  for (const { shot: id, key, fingerprint, cost } of plan.lines) {
    all.set(id, [...(all.get(id) ?? []), `${key} ${fingerprint} ${cost}`]);
  }
  return new Map([...all].map(([id, lines]) => [id, lines.toSorted().join("\n")]));
}

test("names every shot whose input or cost differs, and no other", async () => {
  await checkLaw(async (found, before, after) => {
    const [old, now] = [await describeLines(before), await describeLines(after)];
    const ids = [...new Set([...now.keys(), ...old.keys()])];
    const other = ids.filter((id) => old.get(id) !== now.get(id));
    expect(found.shots.map((told) => told.shot)).toEqual(other);
    expect(found.same).toBe(ids.length - other.length);
    for (const { shot: id, change } of found.shots) {
      expect(change).toBe(!old.has(id) ? "added" : !now.has(id) ? "dropped" : "changed");
    }
  });
});

const CHANGES = { added: "dropped", dropped: "added", changed: "changed" } as const;

/** What turns round with the sides. One cent of both seconds and rate has to stand on one of the two. */
function mirrorShots({ shots: told }: Diffed): readonly object[] {
  return told
    .map((each) => {
      const both =
        each.reasons.some(({ what }) => what === "seconds") &&
        each.reasons.some(({ what }) => ["model", "audio", "elements", "price"].includes(what));
      return {
        shot: each.shot,
        change: CHANGES[each.change],
        before: each.after,
        after: each.before,
        moved: -readMicros(each.difference),
        reasons: each.reasons
          .map(({ what, before, after, lines, amount }) => {
            // Which fields changed is the same from either side.
            const sides = what === "input" ? [before, after] : [after, before];
            return [what, ...sides, lines, both ? "" : -readMicros(amount)].join(" ");
          })
          .toSorted(),
      };
    })
    .toSorted((a, b) => (a.shot < b.shot ? -1 : 1));
}

/** The same, the sides as they stand. */
function listShots(found: Diffed): readonly object[] {
  return mirrorShots({
    ...found,
    shots: found.shots.map((each) => ({
      ...each,
      change: CHANGES[each.change],
      before: each.after,
      after: each.before,
      difference: negated(each.difference),
      reasons: each.reasons.map(({ what, before, after, lines, amount }) => ({
        what,
        ...(what === "input" ? { before, after } : { before: after, after: before }),
        lines,
        amount: negated(amount),
      })),
    })),
  });
}

const negated = (amount: string): string =>
  amount.startsWith("-") ? amount.slice(1) : amount === "0.00" ? amount : `-${amount}`;

test("shows the difference from B to A as the mirror image of that from A to B", async () => {
  await checkLaw(async (found, before, after) => {
    const back = await diffPlans(after, before);
    expect(mirrorShots(back)).toEqual(listShots(found));
    expect(back).toMatchObject({
      before: found.after,
      after: found.before,
      difference: negated(found.difference),
      same: found.same,
      code: found.code,
    });
  });
});

test("finds no difference between a file and itself, whatever the order of its shots and keys", async () => {
  await fc.assert(
    fc.asyncProperty(
      shots,
      fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
      async (ids, by) => {
        const turn = <Of>(items: readonly Of[]): Of[] =>
          items
            .map((item, index) => ({ item, rank: by[index] ?? 0 }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ item }) => item);
        const other = Object.fromEntries(
          turn(Object.entries(ids)).map(([id, own]) => [
            id,
            Object.fromEntries(turn(Object.entries(own))),
          ]),
        );
        const found = await diffPlans(manifestOf(ids), manifestOf(other));
        expect(found).toMatchObject({ code: 0, differs: false, shots: [], difference: "0.00" });
        expect(found.same).toBe(Object.keys(ids).length);
      },
    ),
    runs(20, 300),
  );
});

test("says the same of each shot, whatever the order of the second file", async () => {
  await fc.assert(
    fc.asyncProperty(shots, shots, async (old, now) => {
      const found = await diffPlans(manifestOf(old), manifestOf(now));
      const backwards = Object.fromEntries(Object.entries(now).toReversed());
      const again = await diffPlans(manifestOf(old), manifestOf(backwards));
      expect(listShots(again)).toEqual(listShots(found));
    }),
    runs(20, 300),
  );
});

test("finds no difference between a saved plan and its manifest, in either direction", async () => {
  await fc.assert(
    fc.asyncProperty(shots, async (ids) => {
      const manifest = manifestOf(ids);
      const plan = await savePlan(manifest);
      const pairs = [
        [plan, manifest],
        [manifest, plan],
        [plan, plan],
      ] as const;
      for (const [before, after] of pairs) {
        expect(await diffPlans(before, after)).toMatchObject({ code: 0, shots: [] });
      }
    }),
    runs(20, 300),
  );
});

test("attributes every difference from a plan saved under other prices to the price book", async () => {
  await fc.assert(
    fc.asyncProperty(shots, rates, rates, async (ids, then, since) => {
      const manifest = manifestOf(ids);
      const plans = await Promise.all(
        [then, since].map(
          async (own) => await savePlan(manifest, { "r.yaml": own }, ["--prices", "r.yaml"]),
        ),
      );
      const found = await diffPlans(plans[0] ?? "", plans[1] ?? "");
      const whats = found.shots.flatMap(({ reasons }) => reasons.map(({ what }) => what));
      expect(whats.filter((what) => what !== "price")).toEqual([]);
    }),
    runs(20, 300),
  );
});
