import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../rig/in-process.ts";
import { diffDocument } from "../../compare/diff-document.ts";
import { folder, topsheet } from "../rig/run-program.ts";
import { shareBrowser } from "./rig/browser.ts";
import { hostileManifest } from "./rig/hostile-manifest.ts";
import {
  checkAccessibility,
  evaluate,
  LOOKS,
  openPage,
  measureOverflow,
  readTable,
} from "./rig/open-page.ts";

const browser = await shareBrowser();

const SHOTS = "Every shot that changes, with its cost before and after, and why";
const REASONS = "From before to after, by reason";

/** Writes the example as it was before and after a client's changes. Returns the folder. */
async function writeBeforeAndAfter(): Promise<string> {
  const before = await readFile(join(ROOT, "manifests/aurora-launch.yaml"), "utf8");
  const after = before
    .replace("takes: 2 # two", "takes: 4 # four")
    .replace("duration: 8", "duration: 10")
    .replace("id: endcard", "id: logo")
    .replace("model: kling-v3-4k", "model: kling-v3-4k\n    aspect_ratio: '9:16'");
  return await folder({ "before.yaml": before, "after.yaml": after });
}

test("a difference's page has the JSON's figures, fits its window and passes axe", async () => {
  const cwd = await writeBeforeAndAfter();
  const args = ["diff", "before.yaml", "after.yaml"];
  const held = [...args, "--max-increase", "10%", "--format", "html"];
  const page = await topsheet(held, { cwd });
  expect(page.code).toBe(3);
  const json = await topsheet([...args, "--format", "json"], { cwd });
  const diff = diffDocument.parse(JSON.parse(json.out));
  const path = join(cwd, "page.html");
  await writeFile(path, page.out);
  for (const look of LOOKS.slice(1, 3)) {
    const { page: seen, noise } = await openPage(browser, path, look);
    const { violations } = await checkAccessibility(seen);
    const out = await measureOverflow(seen);
    expect({ look, violations, noise, out }).toEqual({ look, violations: [], noise: [], out: 0 });
  }
  const { page: seen } = await openPage(browser, path, { width: 1440, scheme: "light" });
  expect(diff.shots.length).toBeGreaterThan(3);
  const [, ...rows] = await readTable(seen, SHOTS);
  expect(rows).toEqual([
    ...diff.shots.map(({ shot, change, before, after, difference }, row) => [
      shot,
      change,
      change === "added" ? "" : before.cost,
      change === "dropped" ? "" : after.cost,
      difference,
      rows[row]?.[5],
    ]),
    ["Total", "", diff.before.cost, diff.after.cost, diff.difference, ""],
  ]);
  const [, ...reasons] = await readTable(seen, REASONS);
  const moved = diff.shots.flatMap((shot) => shot.reasons).map(({ amount }) => Number(amount));
  expect(reasons[0]?.[2]).toBe(diff.before.cost);
  expect(reasons.at(-1)?.[2]).toBe(diff.after.cost);
  expect(reasons.slice(1, -1).reduce((all, [, , amount]) => all + Number(amount), 0)).toBeCloseTo(
    moved.reduce((all, amount) => all + amount, 0),
    6,
  );
  const text = await evaluate(seen, z.string(), "document.body.innerText");
  expect(text).toContain("8 s → 10 s (+$0.28)");
  expect(text).toContain("Failed: --max-increase of 10% is exceeded by");
});

test("a plan's page says what changes against the plan before, hostile or not", async () => {
  const cwd = await folder({
    "before.yaml": hostileManifest(),
    "after.yaml": hostileManifest().replaceAll('"takes":3', '"takes":2'),
  });
  const args = ["plan", "after.yaml", "--base", "before.yaml", "--max-usd", "1", "-o", "page.html"];
  expect((await topsheet(args, { cwd })).code).toBe(3);
  const look = { width: 360, scheme: "dark" } as const;
  const { page, noise } = await openPage(browser, join(cwd, "page.html"), look);
  const [, ...rows] = await readTable(page, SHOTS);
  expect(rows[0]?.slice(0, 5)).toEqual(["matrix", "changed", "12.60", "8.40", "-4.20"]);
  const text = await evaluate(page, z.string(), "document.body.innerText");
  expect(text).toMatch(/Failed: --max-usd of \$1.00 is exceeded by/);
  expect((await checkAccessibility(page)).violations).toEqual([]);
  expect({ noise, out: await measureOverflow(page) }).toEqual({ noise: [], out: 0 });
});
