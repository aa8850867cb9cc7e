import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "./manifest-of.ts";

const ESCAPE = "\u001b[";

test("prints colours on a terminal that has them, and nowhere else", async () => {
  const files = {
    "shots.yaml": manifestOf([{ scene: "\u001b[31mred", takes: 3 }], {
      budget: { cap: 1, per_day: 1 },
    }),
  };
  const painted = await topsheet(["plan", "shots.yaml"], { files, colour: true });
  const plain = await topsheet(["plan", "shots.yaml"], { files, colour: false });
  expect(painted.out).toContain(ESCAPE);
  expect(painted.err).toContain(ESCAPE);
  expect(plain.out + plain.err).not.toContain("\u001b");
  // The same text, and no colour of the scene's own.
  expect(painted.out.replace(/\u001b\[\d+m/g, "")).toBe(plain.out);
  expect(plain.out).toContain("\\u001b[31mred");
});

test("writes no colours into files, whatever the terminal", async () => {
  const files = { "shots.yaml": manifestOf([{}], { budget: { cap: 1 } }) };
  const options = ["-o", "x.txt", "-o", "x.md", "-o", "x.csv", "-o", "x.json"];
  const told = await topsheet(["plan", "shots.yaml", ...options], { files, colour: true });
  expect(Object.keys(told.files)).toEqual(["x.txt", "x.md", "x.csv", "x.json"]);
  expect(Object.values(told.files).join("")).not.toContain("\u001b");
});

test("prints no colours that come from the name of a file", async () => {
  const path = "a\u001b[31m";
  const files = { "shots.yaml": manifestOf([{}]), "wrong.yaml": "{}" };
  const unknown = await topsheet(["plan", "shots.yaml", "-o", `${path}.pdf`], { files });
  const unwritten = await topsheet(["plan", "wrong.yaml", "-o", `${path}.csv`], { files });
  const missing = await topsheet(["plan", `${path}.yaml`], { files });
  expect([unknown, unwritten, missing].map(({ code }) => code)).toEqual([2, 2, 2]);
  expect([unknown, unwritten, missing].map(({ err }) => err.includes("\u001b"))).toEqual([
    false,
    false,
    false,
  ]);
});
