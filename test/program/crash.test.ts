import { expect, test } from "vitest";
import { describeCrash } from "../../src/cli/crash.ts";
import { readFile } from "../../src/disk.ts";
import { CLI } from "./rig/run-program.ts";

test("prints that a crash is a bug of topsheet, and names its files through the bundle's source map", async () => {
  const bug = new Error("no such thing");
  bug.stack = `Error: no such thing\n    at f (${CLI}:60:40)\n    at node:internal/main:1:2`;
  const text = await describeCrash(bug, ["plan", "a\u001b[2J.yaml"], readFile);
  expect(text).toContain("a bug of topsheet, not of your manifest");
  expect(text).toContain("topsheet plan a\\u001b[2J.yaml (Node v");
  expect(text).toMatch(/at f \(\S+\/(?:src|node_modules)\/\S+\.[a-z]+:\d+:\d+\)/);
  expect(text).toContain("at node:internal/main:1:2");
});

test("prints whatever was thrown, even if the source map is missing", async () => {
  expect(await describeCrash("out of luck", [], readFile)).toContain("  out of luck");
  const bug = new Error("x");
  bug.stack = "Error: x\n    at f (/no/such/file.cjs:1:1)";
  expect(await describeCrash(bug, [], readFile)).toContain("at f (/no/such/file.cjs:1:1)");
});
