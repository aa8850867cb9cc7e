import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCron } from "../../src/manifest/cron.ts";
import { listOccurrences } from "../../src/schedule/due.ts";
import { formatCron, INSTALL, listUtcCrons } from "../../src/schedule/print.ts";
import { manifest } from "../plan/make-plan.ts";
import { NOW, readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";

const SHOT = "{ id: a, model: kling-v3-pro, prompt: A. }";

function writeManifest(cron: string, timezone: string, more = ""): string {
  return manifest([SHOT], [`schedule: { cron: "${cron}", timezone: ${timezone}${more} }`]);
}

const SHARED = "postgres://film:secret@db/film";
const HARD = "100% Jo's film.yaml";

test.for<readonly [name: string, args: readonly string[], manifest: string, ledger?: string]>([
  ["systemd", ["--systemd"], writeManifest("0 1 * * 1-5", "Europe/London")],
  ["systemd-jumped", ["--systemd"], writeManifest("30 1,13 1-7 * 0", "Europe/London")],
  ["systemd-shared", ["--systemd"], writeManifest("*/15 * * 2,3 *", "UTC"), SHARED],
  ["cron", ["--cron"], writeManifest("0 1 * * 1-5", "Europe/London", ", missed: catch-up")],
  ["cron-shared", ["--cron"], writeManifest("5-59/10 8-17 1-31 * 1", "Asia/Kolkata"), SHARED],
  ["github", ["--github"], writeManifest("30 1 * * 1-5", "Europe/London"), SHARED],
  ["github-half-hours", ["--github"], writeManifest("0,45 5 1 1 *", "Australia/Lord_Howe"), SHARED],
])("prints %s", async ([name, args, text, ledger]) => {
  const files = { [HARD]: text };
  const options = ["--max-usd", "50", "--retry-failed", "--out", "/srv/$film"];
  const { code, out, err } = await topsheet(
    ["schedule", "print", ...args, ...options, "--", HARD],
    {
      files,
      ...(ledger === undefined ? {} : { ledger }),
    },
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).not.toContain("secret@");
  await expect(out).toMatchFileSnapshot(join(ROOT, "test/schedule/golden", `print-${name}.txt`));
});

test.for([
  [[], 2, "name one of --systemd, --cron and --github"],
  [["--cron", "--github"], 2, "name one of --systemd, --cron and --github"],
  [["--cron"], 4, "no one watches it: add --max-usd USD"],
  [["--cron", "--max-usd", "five"], 2, "--max-usd takes US dollars"],
  [["--github", "--max-usd", "5"], 2, "it needs a PostgreSQL ledger"],
  [["--github", "--max-usd", "5", "--ledger", "here.sqlite"], 2, "it needs a PostgreSQL ledger"],
] as const)("refuses %j", async ([args, code, why]) => {
  const files = { "a.yaml": writeManifest("0 1 * * *", "UTC") };
  const told = await topsheet(["schedule", "print", "a.yaml", ...args], { files });
  expect(told).toMatchObject({ code, out: "" });
  expect(told.err).toContain(why);
});

test("refuses to print for a program that runs from the cache of npx", async () => {
  const machine = {
    files: { "a.yaml": writeManifest("0 1 * * *", "UTC") },
    script: "/home/jo/.npm/_npx/1a2b/node_modules/topsheet/dist/bin/cli.cjs",
    ledger: SHARED,
  };
  const print = ["schedule", "print", "a.yaml", "--max-usd", "5"];
  for (const kind of ["--systemd", "--cron"]) {
    const { code, out, err } = await topsheet([...print, kind], machine);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("this topsheet runs from the cache of npx");
  }
  // A workflow installs its own.
  expect((await topsheet([...print, "--github"], machine)).code).toBe(0);
});

test("prints a workflow that installs topsheet as the example workflow does", async () => {
  const copied = await readProjectFile(".github/workflows/topsheet.yml");
  expect(copied).toContain(INSTALL.map((line) => `          ${line}\n`).join(""));
});

test("accepts an approval in place of --max-usd", async () => {
  const files = { "a.yaml": `approval: required\n${writeManifest("0 1 * * *", "UTC")}` };
  const required = await topsheet(["schedule", "print", "a.yaml", "--cron"], { files });
  expect(required.code).toBe(0);
  const asked = { "a.yaml": writeManifest("0 1 * * *", "UTC") };
  const args = ["schedule", "print", "a.yaml", "--cron", "--require-approval"];
  const { code, out } = await topsheet(args, { files: asked });
  expect(code).toBe(0);
  expect(out).toContain("--once --require-approval -- a.yaml");
});

const number = (least: number, most: number, length: number): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: length })
    .map((values) => values.join(","));

const anyCron = fc
  .tuple(
    fc.oneof(number(0, 59, 3), fc.constant("*/20")),
    fc.oneof(number(0, 23, 3), fc.constantFrom("0-2", "22,23")),
    fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, number(1, 28, 2), fc.constant("1,31")),
    fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, number(1, 12, 4)),
    fc.oneof(fc.constantFrom("*", "*", "1-5", "0,6"), number(0, 6, 2)),
  )
  .map((fields) => fields.join(" "));

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const from = NOW;
const to = NOW + 365 * DAY_MS;

const moments = (cron: string, timezone: string): readonly number[] =>
  [...listOccurrences({ cron, timezone }, from, to)].map(({ at }) => at);

test("fires at the same times when it is written out for a crontab", () => {
  let looked = 0;
  fc.assert(
    fc.property(anyCron, (cron) => {
      const read = readCron(cron);
      if (!read.ok) return;
      const fields = read.value;
      const found = moments(cron, "UTC");
      looked += found.length;
      expect(moments(formatCron(fields), "UTC")).toEqual(found);
    }),
    { numRuns: 5 },
  );
  expect(looked).toBeGreaterThan(20);
});

test.for(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"])(
  "prints lines in UTC that wake at every occurrence of a year in %s",
  (timezone) => {
    let looked = 0;
    fc.assert(
      fc.property(anyCron, (cron) => {
        const read = readCron(cron);
        if (!read.ok) return;
        const fields = read.value;
        const lines = listUtcCrons(fields, timezone, from);
        const wakes = new Set(lines.flatMap((line) => moments(line.cron, "UTC")));
        const sorted = [...wakes].toSorted((a, b) => a - b);
        for (const at of moments(cron, timezone)) {
          looked += 1;
          if (wakes.has(at)) continue;
          // What the clock jumps over is woken for within the hour that counts as on time.
          const next = sorted.find((wake) => wake >= at) ?? Infinity;
          expect(next - at).toBeLessThanOrEqual(HOUR_MS);
          const jumps = new Date(at).getUTCMonth();
          expect([2, 3, 9]).toContain(jumps);
        }
      }),
      { numRuns: 3 },
    );
    expect(looked).toBeGreaterThan(10);
  },
);
