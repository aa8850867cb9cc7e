import { expect, test } from "vitest";
import { complaintsAbout, keysOf, expandLines } from "./expanded.ts";

const DEFAULTS = "defaults: { model: kling-v3-pro, prompt: x }\n";

async function variantsOf(matrix: string, names: readonly string[]) {
  const notes = names.map((name) => `\${{ matrix.${name} }}`).join(" ");
  // A prompt cannot refer to what only some combinations have; a note can.
  const body = `${DEFAULTS}shots:\n  - id: s\n    notes: "${notes}"\n    matrix:\n${matrix}`;
  return (await expandLines(body)).map(({ variant }) => variant);
}

test("expands GitHub's example of include: fruits and animals", async () => {
  const matrix = `
      fruit: [apple, pear]
      animal: [cat, dog]
      include:
        - color: green
        - color: pink
          animal: cat
        - fruit: apple
          shape: circle
        - fruit: banana
        - fruit: banana
          animal: cat
`;
  expect(await variantsOf(matrix, ["fruit", "animal", "color", "shape"])).toEqual([
    { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
    { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
    { fruit: "pear", animal: "cat", color: "pink" },
    { fruit: "pear", animal: "dog", color: "green" },
    { fruit: "banana" },
    { fruit: "banana", animal: "cat" },
  ]);
});

test("expands GitHub's example of expanding a configuration", async () => {
  const matrix = `
      os: [windows-latest, ubuntu-latest]
      node: [14, 16]
      include:
        - os: windows-latest
          node: 16
          npm: 6
`;
  expect(await variantsOf(matrix, ["os", "node", "npm"])).toEqual([
    { os: "windows-latest", node: "14" },
    { os: "windows-latest", node: "16", npm: "6" },
    { os: "ubuntu-latest", node: "14" },
    { os: "ubuntu-latest", node: "16" },
  ]);
});

test("expands GitHub's example of adding a configuration", async () => {
  const matrix = `
      os: [macos-latest, windows-latest]
      version: [12, 14]
      include:
        - os: windows-latest
          version: 17
`;
  expect(await variantsOf(matrix, ["os", "version"])).toHaveLength(5);
});

test("expands GitHub's example of include alone", async () => {
  const matrix = `
      include:
        - { site: production, datacenter: site-a }
        - { site: staging, datacenter: site-b }
`;
  expect(await variantsOf(matrix, ["site", "datacenter"])).toEqual([
    { site: "production", datacenter: "site-a" },
    { site: "staging", datacenter: "site-b" },
  ]);
});

test("expands GitHub's example of exclude: a partial match excludes all that match", async () => {
  const matrix = `
      os: [macos-latest, windows-latest]
      version: [12, 14, 16]
      environment: [staging, production]
      exclude:
        - { os: macos-latest, version: 12, environment: production }
        - { os: windows-latest, version: 16 }
`;
  const variants = await variantsOf(matrix, ["os", "version", "environment"]);
  expect(variants).toHaveLength(9);
  expect(variants).not.toContainEqual(
    expect.objectContaining({ os: "windows-latest", version: "16" }),
  );
});

test("include comes after exclude, and may add what was excluded", async () => {
  const matrix = `
      c: [a, b]
      exclude: [{ c: a }]
      include: [{ c: a }]
`;
  expect(await variantsOf(matrix, ["c"])).toEqual([{ c: "b" }, { c: "a" }]);
});

test("the first variable varies slowest, takes fastest", async () => {
  const keys = await keysOf(
    `${DEFAULTS}shots:\n  - id: s\n    takes: 2\n    matrix: { duration: [5, 3], aspect_ratio: [1:1, 16:9] }\n`,
  );
  expect(keys).toEqual([
    "s[aspect_ratio=1:1,duration=5]~t1",
    "s[aspect_ratio=1:1,duration=5]~t2",
    "s[aspect_ratio=16:9,duration=5]~t1",
    "s[aspect_ratio=16:9,duration=5]~t2",
    "s[aspect_ratio=1:1,duration=3]~t1",
    "s[aspect_ratio=1:1,duration=3]~t2",
    "s[aspect_ratio=16:9,duration=3]~t1",
    "s[aspect_ratio=16:9,duration=3]~t2",
  ]);
});

test("reports a value that is in a list twice, once", async () => {
  const said = await complaintsAbout(
    `${DEFAULTS}shots:\n  - id: s\n    notes: "\${{ matrix.c }}"\n    matrix: { c: [amber, Amber] }\n`,
  );
  expect(said).toEqual(['5:26 "amber" and "Amber" cannot be told apart']);
});

test.for(['"amber "', '"am\\u200bber"', '"amber\\ufeff"', '"ａmber"'])(
  "refuses %s beside amber: they print alike",
  async (other) => {
    const said = await complaintsAbout(
      `${DEFAULTS}shots:\n  - id: s\n    notes: "\${{ matrix.c }}"\n    matrix: { c: [amber, ${other}] }\n`,
    );
    expect(said).not.toEqual([]);
  },
);
