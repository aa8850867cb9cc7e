import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Database, World } from "../../rig/test-ledger.ts";
import { command, terms, termsFor } from "./generate.ts";
import { ApprovalModel } from "./model.ts";
import { ApprovalStory } from "./follow-model.ts";
import { fewest, runs } from "../../../rig/effort.ts";

const STORIES = runs(80, 1_000);

const EVERYTHING = [
  "held",
  "bought as approved",
  "taken",
  "unapproved not-in-plan",
  "unapproved taken",
  "unapproved dearer",
  "unapproved expired",
  "unapproved over-limit",
  "over",
  "cap",
  "by_scene",
  "per_day",
  "per_week",
  "breaker.usd_per_hour",
  "breaker.unknown_usd",
  "run-over",
  "approved",
  "approved again",
  "overage",
  "no overage",
  "settled",
  "released",
  "failed",
  "unknown",
  "charge",
  "duplicate",
];

export function approvalLaws(database: Database): void {
  describe("any approvals, edits, purchases and corrections in any order", () => {
    test("buys only approved lines, passes no limit or cap, and entries, tables and model agree", async () => {
      const numRuns =
        database.share === 1
          ? STORIES.numRuns
          : Math.ceil(Math.max(250, STORIES.numRuns) * database.share);
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(
          terms,
          fc.array(command, { minLength: 20, maxLength: 60, size: "max" }),
          async (first, all) => {
            const world = new World();
            const ledger = await database.create(await database.place(), "real", world.as("a"));
            const story = new ApprovalStory(ledger, world, new ApprovalModel(first), seen);
            await ledger.agree("film", termsFor(first));
            await story.take({ do: "start", needs: null });
            await story.take({ do: "start", needs: "any" });
            for (const next of all) await story.take(next);
            await story.audit();
          },
        ),
        { ...STORIES, numRuns },
      );
      // Every answer was given many times.
      expect(EVERYTHING.filter((what) => (seen.get(what) ?? 0) < fewest(numRuns))).toEqual([]);
    });
  });
}
