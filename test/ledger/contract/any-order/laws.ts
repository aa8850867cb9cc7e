import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Database, World } from "../../rig/test-ledger.ts";
import { caps, command, OWNERS } from "./generate.ts";
import { Model } from "./model.ts";
import { Story } from "./follow-model.ts";
import { fewest, runs } from "../../../rig/effort.ts";

const STORIES = runs(100, 1_000);

const EVERYTHING = [
  "held",
  "taken",
  "over",
  "tried-enough",
  "run-over",
  "late",
  "early",
  "sending",
  "submitted",
  "settled",
  "released",
  "failed",
  "unknown",
  "charge",
  "missing",
  "cancel",
  "delivered",
  "another window",
  "submitted by a person",
  "another request",
  "failed by a person",
  "charge by a person",
  "duplicate",
  "refunded",
];

export function interleavings(database: Database): void {
  describe("any requests in any order", () => {
    test("the ledger answers like a simple model, and entries, tables and model agree at the end", async () => {
      const numRuns =
        database.share === 1
          ? STORIES.numRuns
          : Math.ceil(Math.max(300, STORIES.numRuns) * database.share);
      const world = new World();
      const place = await database.place();
      const ledgers = [await database.create(place, "real", world.as("a"))];
      for (const owner of OWNERS.slice(1)) {
        ledgers.push(await database.open(place, "write", world.as(owner)));
      }
      const seen = new Map<string, number>();
      const { at } = world;
      let stories = 0;
      await fc.assert(
        fc.asyncProperty(
          caps,
          fc.array(command, { minLength: 20, maxLength: 60 }),
          async (first, all) => {
            world.at = at;
            const model = new Model(first);
            const story = new Story(`film-${(stories += 1)}`, ledgers, world, model, seen);
            await story.take({ do: "agree", caps: first });
            await story.take({ do: "start", owner: "a", account: null, most: null });
            for (const next of all) await story.take(next);
            await story.audit();
          },
        ),
        { ...STORIES, numRuns },
      );
      // Every answer and every step was tried many times.
      expect(EVERYTHING.filter((what) => (seen.get(what) ?? 0) < fewest(numRuns))).toEqual([]);
      expect(seen.get("checks")).toBeGreaterThan(3 * numRuns);
    });
  });
}
