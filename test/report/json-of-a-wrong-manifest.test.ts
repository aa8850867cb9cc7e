import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifest, planManifest } from "../plan/make-plan.ts";

test.for([
  [
    "a mistake in a shot",
    manifest(
      ["{ id: a, model: kling-v3-pro, prompt: Lake., duration: 99 }"],
      ["budget: { cap: 5 }"],
    ),
    "film",
  ],
  ["no campaign", "topsheet: 1\nshots: [{ id: a, model: kling-v3-pro, prompt: Lake. }]\n", null],
  ["no YAML", "topsheet: [1\n", null],
  ["nothing in it", "", null],
] as const)(
  "prints one document that says invalid for a manifest with %s",
  async ([, text, campaign]) => {
    const told = await planManifest({ "shots.yaml": text });
    expect(told).toMatchObject({
      code: 2,
      verdict: "invalid",
      lines: [],
      caps: [],
      totals: null,
      campaign,
    });
    expect(told.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
    expect(told.manifests.map(({ path }) => path)).toEqual(["shots.yaml"]);
  },
);

test("prints one document for a file that does not exist", async () => {
  const told = await topsheet(["plan", "gone.yaml", "--format", "json"]);
  expect(told.code).toBe(2);
  expect(JSON.parse(told.out)).toMatchObject({
    verdict: "invalid",
    lines: [],
    caps: [],
    totals: null,
  });
  // Of a file that nobody read there is no sum: an empty text would be one that is wrong.
  expect(JSON.parse(told.out)).not.toMatchObject({ manifests: [{ sha256: "" }] });
});
