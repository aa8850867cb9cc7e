import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { main } from "../../src/cli/program.ts";
import { processShell } from "../../src/cli/wiring.ts";
import { ROOT, topsheet } from "../rig/in-process.ts";

const MANIFEST = "shots.yaml";
const machine = {
  files: { [MANIFEST]: readFileSync(join(ROOT, "manifests/aurora-launch.yaml"), "utf8") },
  wings: [],
};

function lacks(what: string): string {
  return `error: ${what} is not in this build of topsheet: it was built without that part\n`;
}

describe("a build without any wing", () => {
  test.for([
    ["import", "shots.xlsx", "-o", "shots.yaml"],
    ["diff", "before.yaml", MANIFEST],
    ["schedule", "start", MANIFEST, "--once"],
    ["schedule", "--help"],
    ["worker", "-j", "4"],
    ["simulate"],
  ])("says that it lacks the command of: %j", async (args) => {
    const told = await topsheet(args, machine);
    expect(told).toEqual({
      code: EXIT.wrong,
      out: "",
      err: lacks(`the command ${args[0]}`),
      files: {},
    });
  });

  test.for<readonly [format: string, args: readonly string[]]>([
    ["csv", ["plan", MANIFEST, "--format", "csv"]],
    ["xlsx", ["plan", MANIFEST, "-o", "costs.json", "-o", "costs.xlsx"]],
    ["html", ["plan", MANIFEST, "-o", "costs.HTML"]],
    ["html", ["run", MANIFEST, "--format", "html"]],
    ["csv", ["report", "-o", "costs.csv"]],
  ])("says that it lacks the format %s, and writes nothing: %j", async ([format, args]) => {
    const told = await topsheet(args, machine);
    expect(told).toEqual({
      code: EXIT.wrong,
      out: "",
      err: lacks(`the format ${format}`),
      files: {},
    });
  });

  test.for<readonly [asked: string, args: readonly string[]]>([
    ["--page", ["run", MANIFEST, "--page"]],
    ["--page", ["status", "--page"]],
    ["--format github", ["check", MANIFEST, "--format", "github"]],
    ["--format github", ["plan", MANIFEST, "--format", "github"]],
    [
      "comparing a plan (--base, --max-usd, --max-increase, --fail-on)",
      ["plan", MANIFEST, "--max-usd", "5"],
    ],
  ])("says that it lacks %s: %j", async ([asked, args]) => {
    const told = await topsheet(args, machine);
    expect(told).toEqual({ code: EXIT.wrong, out: "", err: lacks(asked), files: {} });
  });

  test.for(["--rehearse", "--queue"])("says that it lacks run %s", async (option) => {
    const plan = join(mkdtempSync(join(tmpdir(), "topsheet-without-wings-")), "plan.json");
    let err = "";
    const shell = {
      ...processShell(),
      out: () => undefined,
      err: (text: string) => void (err += text),
    };
    const manifest = join(ROOT, "manifests/aurora-launch.yaml");
    expect(await main(["plan", manifest, "-q", "-o", plan], shell, [])).toBe(EXIT.done);
    err = "";
    expect(await main(["run", plan, option], shell, [])).toBe(EXIT.wrong);
    expect(err).toBe(lacks(option));
  });

  test("prices a manifest, and lists no command that it lacks", async () => {
    expect((await topsheet(["plan", MANIFEST, "-q"], machine)).code).toBe(EXIT.done);
    const { code, out } = await topsheet(["--help"], machine);
    const listed = [...out.matchAll(/^ {2}([a-z]+)\b(?=.{4})/gm)].map(([, name]) => name);
    expect(code).toBe(EXIT.done);
    expect(listed).toContain("plan");
    expect(listed).not.toContain("import");
    expect(listed).not.toContain("schedule");
  });
});
