import { expect, test } from "vitest";
import { complaintsAbout, keysOf, expandLines } from "./expanded.ts";

const DEFAULTS = "defaults: { model: kling-v3-pro, prompt: x }\n";

async function keysOfValues(values: string): Promise<readonly string[]> {
  return await keysOf(
    `${DEFAULTS}shots:\n  - id: s\n    notes: "\${{ matrix.v }}"\n    matrix: { v: [${values}] }\n`,
  );
}

test.for([
  ["1", "1"],
  ["1.0", "1.0"],
  ["007", "007"],
  ["1e3", "1e3"],
  ["0x1F", "0x1F"],
  ["true", "true"],
  ["True", "True"],
  ["+5", "+5"],
  ["1.10", "1.10"],
  ["123456789012345678901", "123456789012345678901"],
  ['"a b"', "a b"],
  ["16:9", "16:9"],
  ["été", "été"],
  ['"50%"', "50%25"],
  ['"a,b=c"', "a%2Cb%3Dc"],
  ['"[x]~y/z"', "%5Bx%5D%7Ey%2Fz"],
  ['"a\\nb\\te\\0"', "a%0Ab%09e%00"],
  ['"\\x7f\\x85"', "%7F%C2%85"],
  ["$1", "$1"],
  ["$&", "$&"],
] as const)("writes the value %s as %s in the key", async ([value, written]) => {
  expect(await keysOfValues(value)).toEqual([`s[v=${written}]~t1`]);
});

test("takes 1 and 1.0 for two values, as they are written", async () => {
  expect(await keysOfValues("1, 1.0")).toEqual(["s[v=1]~t1", "s[v=1.0]~t1"]);
});

test("sorts the names in a key by alphabet, include's too", async () => {
  const keys = await keysOf(
    `${DEFAULTS}shots:\n  - id: s\n    notes: "\${{ matrix.z }} \${{ matrix.B }} \${{ matrix.a }}"\n    matrix: { z: [1], B: [2], include: [{ a: 3 }] }\n`,
  );
  expect(keys).toEqual(["s[B=2,a=3,z=1]~t1"]);
});

test("keeps an id and a scene as they are written", async () => {
  const [line] = await expandLines(
    `${DEFAULTS}shots:\n  - { id: 007, scene: 01, tags: [1.0, true] }\n`,
  );
  expect(line).toMatchObject({ key: "007~t1", shot: "007", scene: "01", tags: ["1.0", "true"] });
});

test.for(["", "null", "~"])(
  "scene: %s means absent, so the default applies as it is written",
  async (nothing) => {
    const [line] = await expandLines(
      `defaults: { model: kling-v3-pro, prompt: x, scene: 007 }\nshots:\n  - id: s\n    scene: ${nothing}\n`,
    );
    expect(line?.scene).toBe("007");
  },
);

test("tags from the defaults keep their text beside tags: null", async () => {
  const [line] = await expandLines(
    "defaults: { model: kling-v3-pro, prompt: x, tags: [007] }\nshots:\n  - id: s\n    tags: null\n",
  );
  expect(line?.tags).toEqual(["007"]);
});

test.for([
  "+5",
  ".5",
  `0.${"0".repeat(80)}1`,
  "-5",
  '""',
  '"a b"',
  "..",
  "a/b",
  `${"a".repeat(65)}`,
])("refuses %s as an id: it names files the way it is written", async (id) => {
  const said = await complaintsAbout(`${DEFAULTS}shots:\n  - id: ${id}\n`);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^3:9 id must be a name such as hero: letters, digits/);
});

test.for(["a", "A.b-c_d", "0", "1.0", "true", "1e3", "a".repeat(64)])(
  "accepts %s as an id",
  async (id) => {
    expect(await keysOf(`${DEFAULTS}shots:\n  - id: ${id}\n`)).toEqual([`${id}~t1`]);
  },
);
