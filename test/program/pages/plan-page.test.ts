import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../rig/in-process.ts";
import { type PlanDocument, planDocument } from "../../report/plan-document.ts";
import { folder, topsheet } from "../rig/run-program.ts";
import { shareBrowser } from "./rig/browser.ts";
import { HOSTILE, hostileManifest } from "./rig/hostile-manifest.ts";
import {
  checkAccessibility,
  evaluate,
  LOOKS,
  openPage,
  measureOverflow,
  readTable,
} from "./rig/open-page.ts";

const browser = await shareBrowser();

interface Paged {
  readonly path: string;
  readonly json: PlanDocument;
  readonly code: number | null;
}

/** Renders the page of a manifest and the JSON of the same plan. */
async function renderPlan(manifest: string, options: readonly string[] = []): Promise<Paged> {
  const cwd = await folder({ "shots.yaml": manifest });
  const args = ["plan", "shots.yaml", "-q", "-o", "page.html", "--format", "json", ...options];
  const { code, out } = await topsheet(args, { cwd });
  return { path: join(cwd, "page.html"), json: planDocument.parse(JSON.parse(out)), code };
}

async function readExample(): Promise<string> {
  return await readFile(join(ROOT, "manifests/aurora-launch.yaml"), "utf8");
}

test("the example's page prints no error, fits its window and passes axe, on a phone and on a desk, light and dark", async () => {
  const { path, code } = await renderPlan(await readExample());
  expect(code).toBe(0);
  for (const look of LOOKS) {
    const { page, noise } = await openPage(browser, path, look);
    const { violations, passes } = await checkAccessibility(page);
    expect({ look, violations, noise, out: await measureOverflow(page) }).toEqual({
      look,
      violations: [],
      noise: [],
      out: 0,
    });
    // These rules applied, so axe has seen the page.
    expect(passes).toEqual(expect.arrayContaining(["color-contrast", "heading-order", "region"]));
  }
});

test("every figure of the page equals that of the JSON", async () => {
  const { path, json } = await renderPlan(await readExample());
  const { page } = await openPage(browser, path, { width: 1440, scheme: "light" });
  const { lines, caps } = json;
  expect(lines).toHaveLength(12);
  expect(await readTable(page, "Cost by scene")).toEqual(
    makeShareRows("Scene", lines, ({ scene }) => scene),
  );
  // Sorted by cost, not in the order of the plan.
  expect(new Set(await readTable(page, "Cost by model"))).toEqual(
    new Set(makeShareRows("Model", lines, ({ model }) => model)),
  );
  expect(
    await readTable(page, "The film in shot order, with running time and running cost"),
  ).toEqual(makeFilmRows(lines));
  const gauges = await readTable(page, "Every cap with what is spent, held, planned and left");
  expect(gauges.slice(1).map((cells) => cells.slice(2))).toEqual(
    caps
      // Of the caps of each shot, only the tightest is shown.
      .filter(({ cap, of }) => cap !== "per_shot" || of === "hero")
      .map(({ limit, spent, held, planned, left }) => [limit, spent, held, planned, left]),
  );
  // The drawing shows the same amounts, to the cent.
  const drawn = await evaluate(
    page,
    z.array(z.string()),
    `[...document.querySelectorAll("#cost figure .wide text")].map((text) => text.textContent)`,
  );
  expect(drawn.filter((text) => text.startsWith("$")).join(" ")).toBe(
    "$3.47 $9.24 $6.30 $9.24 $5.32 $2.35 $2.10",
  );
  const cards = await evaluate(
    page,
    z.array(z.string()),
    `[...document.querySelectorAll(".lines li")].map((line) => line.innerText.replace(/\\s+/g, " "))`,
  );
  expect(cards).toHaveLength(12);
  expect(cards).toContain("take 2 11 s × $0.42 $4.62 to buy");
  expect(cards).toContain("9:16 · golden 5 s × $0.14 $0.70 to buy");
});

test("spent, held and not yet started amounts equal those of the JSON", async () => {
  const manifest = (await readExample())
    .replace("warn_at: 80%", "warn_at: 80%\n  when_reached: skip")
    .replace("kling-o3-4k: 15", "kling-o3-4k: 8");
  const cwd = await folder({ "shots.yaml": manifest });
  const ledger = join(cwd, "ledger.sqlite");
  const rehearse = ["run", "shots.yaml", "--rehearse", "--speed", "2000", "--ledger", ledger];
  const bought = await topsheet([...rehearse, "--only", "hero~t1"], { cwd });
  expect(bought.code).toBe(0);
  const lost = [...rehearse, "--only", "rooftop", "--faults", "reset:100%"];
  expect((await topsheet(lost, { cwd })).code).toBe(6);
  const { path, json, code } = await renderPlan(manifest, ["--ledger", ledger]);
  expect(code).toBe(3);
  const { lines, caps } = json;
  const states = new Set(lines.map(({ state }) => state));
  expect(states).toEqual(new Set(["to-buy", "settled", "unknown", "over-cap"]));
  const { page, noise } = await openPage(browser, path, { width: 1440, scheme: "light" });
  expect(noise).toEqual([]);
  const usual = makeShareRows("Scene", lines, ({ scene }) => scene);
  const before = makeShareRows("Scene", lines, ({ scene }) => scene, ["settled", "unknown"]);
  const next = makeShareRows("Scene", lines, ({ scene }) => scene, ["to-buy"]);
  const waiting = makeShareRows("Scene", lines, ({ scene }) => scene, ["over-cap"]);
  const [[, ...head] = [], ...rows] = await readTable(page, "Cost by scene");
  expect(head.join(", ")).toBe("Lines, Seconds, Ordered before, To spend, Would not start, Cost");
  expect(rows).toEqual(
    usual
      .slice(1)
      .map(([name, count, length, cost], row) => [
        name,
        count,
        length,
        before[row + 1]?.[3],
        next[row + 1]?.[3],
        waiting[row + 1]?.[3],
        cost,
      ]),
  );
  const gauges = await readTable(page, "Every cap with what is spent, held, planned and left");
  const model = gauges.find(([name]) => name?.includes("by_model"));
  const cap = caps.find((row) => row.cap === "by_model");
  expect(model?.slice(2)).toEqual([cap?.limit, cap?.spent, cap?.held, cap?.planned, cap?.left]);
  const attention = await evaluate(
    page,
    z.string(),
    `document.querySelector("#attention").innerText`,
  );
  expect(attention).toMatch(/Error: by_model kling-o3-4k of \$8.00 is passed by \$1.24/);
  expect(attention).toMatch(/2 lines of unknown outcome: the money stays held/);
  expect((await checkAccessibility(page)).violations).toEqual([]);
});

test("a plan's page shows who approved it and what is not approved yet", async () => {
  const manifest = (await readExample()).replace("timezone:", "approval: required\ntimezone:");
  const cwd = await folder({ "shots.yaml": manifest });
  const ledger = ["--ledger", "ledger.sqlite"];
  expect((await topsheet(["ledger", "init", "ledger.sqlite"], { cwd })).code).toBe(0);
  const some = ["plan", "shots.yaml", "--only", "scene:1", "-o", "plan.json", ...ledger];
  expect((await topsheet(some, { cwd })).code).toBe(0);
  const by = ["--by", "<Jo> Park", "--limit", "5", "--until", "2099-12-24"];
  expect((await topsheet(["approve", "plan.json", ...by, ...ledger], { cwd })).code).toBe(0);
  const args = ["plan", "shots.yaml", "-o", "page.html", ...ledger];
  expect((await topsheet(args, { cwd })).code).toBe(0);
  const look = { width: 1440, scheme: "light" } as const;
  const { page } = await openPage(browser, join(cwd, "page.html"), look);
  const text = await evaluate(page, z.string(), "document.body.innerText");
  const print = createHash("sha256")
    .update(await readFile(join(cwd, "plan.json")))
    .digest("hex");
  const limit = "$5.00, of which $0.00 is spent or held, through 2099-12-24 (Europe/London)";
  expect(text).toContain(`Plan ${print.slice(0, 12)}: <Jo> Park approved ${limit}.`);
  expect(text).toContain("9 lines are not approved yet: save the plan with -o plan.json");
  expect(text).toContain("1 thing.");
  const source = createHash("sha256").update(manifest).digest("hex");
  expect(text).toContain(`shots.yaml, SHA-256 ${source}`);
});

test("hostile text neither runs nor breaks a page", async () => {
  const { path, json, code } = await renderPlan(hostileManifest());
  expect(code).toBe(3);
  expect(json.lines.length).toBeGreaterThan(30);
  for (const look of LOOKS) {
    const { page, noise } = await openPage(browser, path, look);
    expect({ look, noise, out: await measureOverflow(page) }).toEqual({ look, noise: [], out: 0 });
    expect(await page.title()).toBe("hostile · top sheet");
  }
  const { page } = await openPage(browser, path, { width: 360, scheme: "light" });
  expect((await checkAccessibility(page)).violations).toEqual([]);
  const shown = await evaluate(
    page,
    z.array(z.string()),
    `[...document.querySelectorAll("p.prompt, details.prompt > p")].map((prompt) => prompt.textContent)`,
  );
  expect(shown).toEqual(expect.arrayContaining(HOSTILE.map(([, text]) => text)));
  const foreign = `[...document.querySelectorAll("*")].flatMap((element) =>
    element.matches("script, iframe, object, embed, img, base, form, link, b u, i u") ||
    [...element.attributes].some(({ name, value }) => /^on|srcdoc/.test(name) || (/^(?:href|src)$/.test(name) && !value.startsWith("#")))
      ? [element.outerHTML.slice(0, 200)] : [])`;
  expect(await evaluate(page, z.array(z.string()), foreign)).toEqual([]);
});

test("the printed page is A4, black on white, and shows what is folded on a screen", async () => {
  const { path } = await renderPlan(hostileManifest());
  const { page } = await openPage(browser, path, { width: 1440, scheme: "dark" });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const look = await evaluate(
    page,
    z.object({ ground: z.string(), hidden: z.number() }),
    `({
      ground: getComputedStyle(document.body).backgroundColor,
      hidden: [...document.querySelectorAll("details.prompt > p")].filter((prompt) => !prompt.checkVisibility()).length,
    })`,
  );
  expect(look).toEqual({ ground: "rgb(255, 255, 255)", hidden: 0 });
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const sheets = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  expect(sheets.length).toBeGreaterThan(2);
  for (const [, width, height] of sheets) {
    expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842]);
  }
});

test("a page of a thousand lines is under 2 MB and opens in under two seconds", async () => {
  const models = ["kling-v3-turbo-pro", "kling-v3-pro", "kling-o3-4k", "kling-v3-4k"];
  const shots = Array.from({ length: 1_000 }, (_, index) => ({
    id: `shot-${index}`,
    scene: String(Math.floor(index / 12) + 1),
    model: models[index % models.length],
    duration: 3 + (index % 9),
    prompt: `Shot ${index}: the harbour at dawn, gulls over the masts, slow push in, cold light on wet rope.`,
  }));
  const head = { topsheet: 1, campaign: "thousand", budget: { cap: 4_000, per_day: 300 } };
  const { path, json } = await renderPlan(JSON.stringify({ ...head, shots }));
  expect(json.lines).toHaveLength(1_000);
  expect((await readFile(path)).length).toBeLessThan(2_000_000);
  const times: number[] = [];
  for (const look of LOOKS.slice(1, 3)) {
    const { page, took, noise } = await openPage(browser, path, look);
    const cards = `document.querySelectorAll(".card").length`;
    expect(await evaluate(page, z.number(), cards)).toBe(1_000);
    expect({ noise, out: await measureOverflow(page) }).toEqual({ noise: [], out: 0 });
    times.push(took);
  }
  expect(Math.max(...times)).toBeLessThan(2_000);
});

test("a wrong manifest has a page that says why", async () => {
  const cwd = await folder({
    "shots.yaml": "topsheet: 1\ncampaign: film\nshots: [{ id: a, modle: x }]\n",
  });
  const { code, out } = await topsheet(["plan", "shots.yaml", "--format", "html"], { cwd });
  expect(code).toBe(2);
  const path = join(await folder({ "page.html": out }), "page.html");
  const { page, noise } = await openPage(browser, path, { width: 360, scheme: "dark" });
  const text = await evaluate(page, z.string(), "document.body.innerText");
  expect(text).toContain("The manifest is wrong.");
  expect(text).toContain("shots.yaml:3:18: error: ");
  expect((await checkAccessibility(page)).violations).toEqual([]);
  expect({ noise, out: await measureOverflow(page) }).toEqual({ noise: [], out: 0 });
});

type Line = PlanDocument["lines"][number];

/** Sums amounts in whole micro-dollars, and formats the sum as JSON does. */
function sumUsd(amounts: readonly string[]): string {
  const micros = amounts.reduce((total, amount) => total + Math.round(Number(amount) * 1e6), 0);
  return (micros / 1e6).toFixed(6).replace(/0{1,4}$/, "");
}

function sumSeconds(lines: readonly Line[]): number {
  return lines.reduce((total, line) => total + line.seconds, 0);
}

function makeShareRows(
  title: string,
  lines: readonly Line[],
  nameOf: (line: Line) => string | null,
  states: readonly Line["state"][] = [...new Set(lines.map(({ state }) => state))],
): readonly (readonly string[])[] {
  const row = (name: string, own: readonly Line[]): readonly string[] => [
    name,
    String(own.length),
    String(sumSeconds(own)),
    sumUsd(own.filter(({ state }) => states.includes(state)).map(({ cost }) => cost)),
  ];
  const names = [...new Set(lines.map((line) => nameOf(line) ?? "–"))];
  return [
    [title, "Lines", "Seconds", "Cost"],
    ...names.map((name) =>
      row(
        name,
        lines.filter((line) => (nameOf(line) ?? "–") === name),
      ),
    ),
    row("Total", lines),
  ];
}

function makeFilmRows(lines: readonly Line[]): readonly (readonly string[])[] {
  let from = 0;
  const before: string[] = [];
  const rows = [...new Set(lines.map(({ shot }) => shot))].map((shot) => {
    const own = lines.filter((line) => line.shot === shot);
    const longest = Math.max(...own.map((line) => line.seconds));
    const costs = own.map(({ cost }) => cost);
    before.push(...costs);
    const at = `${Math.floor(from / 60)}:${String(from % 60).padStart(2, "0")}`;
    from += longest;
    return [shot, own[0]?.scene ?? "–", at, String(longest), sumUsd(costs), sumUsd(before)];
  });
  return [["Shot", "Scene", "From", "Seconds", "Cost", "Cost so far"], ...rows];
}
