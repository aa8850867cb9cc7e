import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";

const shots = (more: string, head = ""): Readonly<Record<string, string>> => ({
  "shots.yaml": `topsheet: 1\ncampaign: film\n${head}shots:\n  - { id: a, model: kling-v3-turbo-pro, prompt: Lake.${more} }\n`,
});
const FINE = shots("");
const WRONG = shots(", duration: 99");
const OVER = shots(", takes: 3", "budget: { cap: 2 }\n");
const SLOW = shots(", takes: 3", "budget: { per_day: 1 }\n");

test.for([
  ["a plan that fits", FINE, 0],
  ["a plan that takes longer", SLOW, 0],
  ["a manifest that is wrong", WRONG, 2],
  ["a plan over its cap", OVER, 3],
] as const)("exits with the right code for %s, in every format", async ([, files, code]) => {
  for (const format of ["table", "json", "csv", "md"]) {
    const told = await topsheet(["plan", "shots.yaml", "--format", format], { files });
    expect([format, told.code]).toEqual([format, code]);
  }
});

test.for([
  ["no file", ["plan"], 2],
  ["an unknown format", ["plan", "shots.yaml", "--format", "xml"], 2],
  ["an unknown option", ["plan", "shots.yaml", "--caps", "5"], 2],
  ["a cap that is no amount", ["plan", "shots.yaml", "--cap", "5e3"], 2],
  ["a negative cap", ["plan", "shots.yaml", "--cap=-5"], 2],
  ["a cap with seven decimals", ["plan", "shots.yaml", "--cap", "0.1234567"], 2],
  ["an empty cap", ["plan", "shots.yaml", "--cap", ""], 2],
  ["a file twice", ["plan", "shots.yaml", "./shots.yaml"], 2],
] as const)(
  "refuses a command with %s: exits with 2 and prints nothing on standard output",
  async ([, args, code]) => {
    const told = await topsheet(args, { files: FINE });
    expect([told.code, told.out]).toEqual([code, ""]);
    expect(told.err).toMatch(/error: /);
  },
);

test("accepts several -o, chooses each file's format by its ending, and prints the table on stdout", async () => {
  const paths = ["a.json", "b.CSV", "c.md", "d.txt", "deep/e.json"];
  const args = ["plan", "shots.yaml", ...paths.flatMap((path) => ["-o", path])];
  const told = await topsheet(args, { files: FINE });
  expect(told.code).toBe(0);
  expect(told.err).toBe(paths.map((path) => `${path} written.\n`).join(""));
  expect(Object.keys(told.files)).toEqual(paths);
  expect(told.out).toContain("film · top sheet");
  expect(told.files["d.txt"]).toBe(told.out);
  for (const [format, path] of [
    ["json", "a.json"],
    ["csv", "b.CSV"],
    ["md", "c.md"],
  ] as const) {
    const { out } = await topsheet(["plan", "shots.yaml", "--format", format], { files: FINE });
    expect(told.files[path]?.replace(/^\ufeff/, "")).toBe(out);
  }
  expect(told.files["deep/e.json"]).toBe(told.files["a.json"]);
});

test.for([
  ["costs.jsn", ".jsn"],
  ["costs.pdf", ".pdf"],
  ["costs", "a name without an ending"],
  [".json", "a name without an ending"],
] as const)(
  "refuses -o %s, which has no format, before it reads or writes anything",
  async ([path, what]) => {
    const args = ["plan", "gone.yaml", "-o", "fine.csv", "-o", path];
    const told = await topsheet(args, { files: FINE });
    expect(told).toMatchObject({ code: 2, out: "", files: {} });
    expect(told.err).toContain(`-o ${path}: no format for ${what}; `);
    expect(told.err).not.toContain("gone.yaml");
  },
);

test("writes the other files, shows the plan and exits with 1 if one file cannot be written", async () => {
  const told = await topsheet(["plan", "shots.yaml", "-o", "no/x.csv", "-o", "y.csv"], {
    files: FINE,
    unwritable: { "no/x.csv": { fault: "denied" } },
  });
  expect(told.code).toBe(1);
  expect(told.err).toBe("error: no/x.csv may not be written\n\n1 error\ny.csv written.\n");
  expect(Object.keys(told.files)).toEqual(["y.csv"]);
  expect(told.out).toContain("$0.70 to spend.");
});

test("exits with 2, not 3, if the folder of a file does not exist and the plan is over a cap", async () => {
  const told = await topsheet(["plan", "shots.yaml", "-o", "x.csv"], {
    files: OVER,
    unwritable: { "x.csv": { fault: "missing", neighbours: [] } },
  });
  expect(told.code).toBe(2);
  expect(told.err).toContain("there is no folder for x.csv");
  expect(told.err).toContain("cap of $2.00 is passed by $0.10");
});

test("writes no file for a wrong manifest, and names each of them (trap k)", async () => {
  const args = ["plan", "shots.yaml", "-o", "a.json", "-o", "b.csv"];
  const told = await topsheet(args, { files: WRONG });
  expect(told).toMatchObject({ code: 2, out: "", files: {} });
  expect(told.err).toContain("a.json not written: the manifest has errors\n");
  expect(told.err).toContain("b.csv not written: the manifest has errors\n");
  expect(told.err).toContain("shots.yaml:4:66: error: duration must be ");
});

test("writes the files of a plan that is over its cap", async () => {
  const told = await topsheet(["plan", "shots.yaml", "-o", "a.json"], { files: OVER });
  expect(told.code).toBe(3);
  expect(told.files["a.json"]).toContain(`"verdict": "over-budget"`);
});

test("--quiet hides warnings, but neither errors nor the plan", async () => {
  const slow = await topsheet(["plan", "shots.yaml", "--quiet"], { files: SLOW });
  expect([slow.code, slow.err]).toEqual([0, ""]);
  expect(slow.out).toContain("Fits, with warnings.");
  const over = await topsheet(["plan", "shots.yaml", "-q"], { files: OVER });
  expect([over.code, over.err.includes("cap of $2.00 is passed by $0.10")]).toEqual([3, true]);
  const json = await topsheet(["plan", "shots.yaml", "-q", "--format", "json"], { files: SLOW });
  expect(json.out).toContain("over-pace");
});
