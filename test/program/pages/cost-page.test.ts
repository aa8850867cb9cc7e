import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as XLSX from "@e965/xlsx";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../rig/in-process.ts";
import { folder, topsheet } from "../rig/run-program.ts";
import { shareBrowser } from "./rig/browser.ts";
import {
  checkAccessibility,
  evaluate,
  LOOKS,
  openPage,
  measureOverflow,
  readTable,
} from "./rig/open-page.ts";

const browser = await shareBrowser();

const costs = {
  budget: z.string(),
  overages: z.string(),
  actual: z.string(),
  committed: z.string(),
  etc: z.string(),
  efc: z.string(),
  left: z.string(),
};
const costReport = z.object({
  schema: z.literal("topsheet/cost-report@1"),
  rehearsal: z.literal(true),
  days: z.array(
    z.object({
      day: z.string(),
      spent: z.string(),
      held: z.string(),
      so_far: z.string(),
      cap: z.string(),
      per_day: z.string(),
    }),
  ),
  totals: z.object({ ...costs, unknown: z.string() }),
  scenes: z.array(
    z.object({
      ...costs,
      scene: z.string(),
      shots: z.array(
        z.object({
          ...costs,
          shot: z.string(),
          lines: z.array(z.object({ ...costs, key: z.string() })),
        }),
      ),
    }),
  ),
});
type Costs = Readonly<Record<keyof typeof costs, string>>;

function makeRow(name: string, of: Costs): readonly string[] {
  return [name, of.budget, of.overages, of.actual, of.committed, of.etc, of.efc, of.left];
}

test("a cost report's page has the JSON's figures, down to the take, and passes axe", async () => {
  const manifest = await readFile(join(ROOT, "manifests/aurora-launch.yaml"), "utf8");
  const cwd = await folder({ "shots.yaml": manifest });
  const ledger = ["--ledger", "ledger.sqlite"];
  const rehearse = ["run", "shots.yaml", "--rehearse", "--speed", "2000", "-q", ...ledger];
  expect((await topsheet([...rehearse, "--only", "hero"], { cwd })).code).toBe(0);
  const lost = [...rehearse, "--only", "rooftop~t1", "--faults", "reset:100%"];
  expect((await topsheet(lost, { cwd })).code).toBe(6);
  const more = ["--cap", "cap", "--usd", "2", "--by", "Jo", "--why", "<b>one more</b> take"];
  const overage = ["overage", "--campaign", "aurora-launch", ...more, ...ledger];
  expect((await topsheet(overage, { cwd })).code).toBe(0);
  // The client needs only one take of the hero, of which two are paid for: the plan has one now.
  await writeFile(join(cwd, "shots.yaml"), manifest.replace("takes: 2\n    generate", "generate"));
  const args = ["report", "--plan", "shots.yaml", ...ledger];
  const json = await topsheet([...args, "--format", "json"], { cwd });
  const videos = await readdir(join(cwd, "out"), { recursive: true });
  const gone = videos.find((name) => /hero~t2.*mp4$/.test(name)) ?? "";
  await rename(join(cwd, "out", gone), join(cwd, "elsewhere.mp4"));
  await mkdir(join(cwd, "pages"));
  const files = ["pages/cost.html", "cost.json", "cost.csv", "cost.xlsx"];
  const page = await topsheet([...args, ...files.flatMap((file) => ["-o", file])], { cwd });
  expect([json.code, page]).toMatchObject([
    0,
    { code: 0, err: files.map((file) => `${file} written.\n`).join("") },
  ]);
  const sans = (text: string): string => text.replace(/"created".*/, "");
  expect(sans(await readFile(join(cwd, "cost.json"), "utf8"))).toBe(sans(json.out));
  const report = costReport.parse(JSON.parse(json.out));
  expect(report.totals).toMatchObject({
    budget: "14.392",
    overages: "2.00",
    actual: "9.24",
    committed: "1.176",
    etc: "8.596",
    efc: "19.012",
    left: "-2.62",
    unknown: "1.176",
  });
  const workbook = XLSX.read(await readFile(join(cwd, "cost.xlsx")));
  const sheet = XLSX.utils.sheet_to_json(workbook.Sheets["Cost report"] ?? {});
  const { budget, actual, committed, etc, efc } = report.totals;
  expect(sheet.at(-1)).toEqual({
    Scene: "Total",
    Budget: Number(budget),
    Actual: Number(actual),
    Committed: Number(committed),
    ETC: Number(etc),
    EFC: Number(efc),
  });
  const csv = await readFile(join(cwd, "cost.csv"), "utf8");
  expect(csv).toMatch(/^\ufeff"key","shot","scene","budget",/);
  expect(csv.trim().split("\r\n")).toHaveLength(
    1 + report.scenes.flatMap(({ shots }) => shots.flatMap(({ lines }) => lines)).length,
  );
  const path = join(cwd, "pages/cost.html");
  for (const look of LOOKS.slice(1, 3)) {
    const { page: seen, noise: heard } = await openPage(browser, path, look);
    // The page loads the first frame of the video whose file exists, and nothing else.
    const noise = heard.filter((one) => !/^request: file:.*\/out\/.*hero~t1.*\.mp4$/.test(one));
    // Folded parts are checked too.
    await seen.evaluate(
      `document.querySelectorAll("details").forEach((one) => { one.open = true })`,
    );
    const { violations } = await checkAccessibility(seen);
    const out = await measureOverflow(seen);
    expect({ look, violations, noise, out }).toEqual({ look, violations: [], noise: [], out: 0 });
  }
  const { page: seen } = await openPage(browser, path, { width: 1440, scheme: "light" });
  const [, ...scenes] = await readTable(seen, "Cost by scene");
  expect(scenes).toEqual([
    ...report.scenes.map((scene) => makeRow(`Scene ${scene.scene}`, scene)),
    makeRow("Total", report.totals),
  ]);
  expect(report.scenes).toHaveLength(3);
  const [, ...days] = await readTable(seen, "Money day by day");
  expect(days).toEqual(report.days.map((day) => Object.values(day)));
  expect(report.days.at(-1)).toMatchObject({ so_far: "10.416", cap: "62.00", per_day: "25.00" });
  const drawn = await evaluate(
    seen,
    z.array(z.string()),
    `[...document.querySelectorAll("#over-time .wide text")].map((text) => text.textContent)`,
  );
  expect(drawn).toEqual(
    expect.arrayContaining([
      "Cap $62.00",
      "Planned $14.39",
      "A day $25.00",
      ...report.days.map(({ day }) => day),
    ]),
  );
  for (const scene of report.scenes) {
    const [, ...rows] = await readTable(seen, `Scene ${scene.scene}, shot by shot`);
    expect(rows).toEqual([
      ...scene.shots.flatMap((shot) => [
        makeRow(shot.shot, shot),
        ...shot.lines.map((line) => makeRow(line.key, line)),
      ]),
      makeRow("Total", scene),
    ]);
  }
  // One hero is shown from beside the page's folder; of the other the page says that its file is gone.
  const sources = await evaluate(
    seen,
    z.array(z.string()),
    `[...document.querySelectorAll("video")].map((video) => video.getAttribute("src"))`,
  );
  expect(sources).toHaveLength(1);
  for (const source of sources) {
    expect(source).toMatch(/^\.\/\.\.\/out\//);
    expect((await stat(join(cwd, "pages", decodeURIComponent(source)))).size).toBeGreaterThan(500);
  }
  const missing = await evaluate(seen, z.string(), `document.querySelector(".gone").innerText`);
  expect(missing).toContain(`Missing: out/${gone}`);
  const blocked = `new Promise((done) => {
    document.addEventListener("securitypolicyviolation", () => done("blocked"));
    const video = document.querySelector("video");
    video.preload = "metadata";
    video.onerror = () => done("no codec");
    video.onloadedmetadata = () => done("there");
    video.load();
  })`;
  expect(await evaluate(seen, z.string(), blocked)).toMatch(/^(?:there|no codec)$/);
  const [head, ...lines] = await readTable(seen, "The run, line by line");
  expect(head).toEqual([
    "Line",
    "Reserved",
    "Waiting",
    "Being sent",
    "Being made",
    "Downloading",
    "State",
  ]);
  expect(lines.map(([line, , , , , , state]) => [line, state])).toEqual([
    ["rooftop~t1", "unknown"],
  ]);
  const text = await evaluate(seen, z.string(), "document.body.innerText");
  expect(text).toMatch(/rooftop~t1 may have been bought: .*; \$1.18 stay held/);
  expect(text).toContain("topsheet resolve 'aurora-launch/rooftop~t1' --request-id ID --by YOU");
  expect(text).toContain("Cost report · REHEARSAL, nothing was bought");
  expect(text).toContain("$2.62 over");
  expect(text).toContain('Jo, "<b>one more</b> take".');
});

test("a report shows the named campaign or that of its plan, and refuses a plan of another", async () => {
  const shots = "shots: [{ id: a, model: kling-v3-turbo-pro, prompt: Lake. }]";
  const cwd = await folder({ "shots.yaml": `topsheet: 1\ncampaign: film\n${shots}\n` });
  expect((await topsheet(["ledger", "init", "l.sqlite"], { cwd })).code).toBe(0);
  const ledger = ["--ledger", "l.sqlite"];
  const planned = await topsheet(["report", "--plan", "shots.yaml", ...ledger], { cwd });
  expect(planned).toMatchObject({ code: 0, err: "" });
  expect(planned.out).toContain(
    "On budget: $0.70 budget; $0.00 actual, $0.00 committed, $0.70 to complete.",
  );
  const other = await topsheet(["report", "teaser", "--plan", "shots.yaml", ...ledger], { cwd });
  expect(other.err).toContain("the plan is of film, not of teaser");
  expect(other.code).toBe(2);
  const pdf = await topsheet(["report", ...ledger, "-o", "cost.pdf"], { cwd });
  expect(pdf.err).toContain("-o cost.pdf: no format for .pdf");
  expect(pdf.code).toBe(2);
  const nothing = await topsheet(["report", ...ledger], { cwd });
  expect(nothing).toEqual({
    code: 0,
    out: "",
    err: "Nothing was bought under this ledger yet.\n",
  });
});
