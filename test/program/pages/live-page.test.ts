import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import * as z from "zod";
import { startTopsheet, type RunningProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { shareBrowser } from "./rig/browser.ts";
import { checkAccessibility, evaluate, readTable } from "./rig/open-page.ts";

const browser = await shareBrowser();

const MANIFEST = `topsheet: 1
campaign: film
budget: { cap: 9 }
concurrency: 1
defaults: { model: kling-v3-turbo-pro }
shots:
  - { id: one, scene: "1", prompt: "<script>document.title = 'run'</script>" }
  - { id: two, scene: "1", prompt: A lake. }
  - { id: three, scene: "2", prompt: A hill., takes: 3 }
`;

const runDocument = z.object({
  totals: z.object({ settled: z.number(), delivered: z.number(), spent: z.string() }),
  lines: z.array(z.object({ key: z.string(), state: z.string() })),
});

async function readAddress(going: RunningProgram): Promise<string> {
  return await waitUntil("the page's address", () => {
    if (going.over()) throw new Error(going.told.err);
    return /^The page: (\S+)$/m.exec(going.told.err)?.[1] ?? null;
  });
}

/** Opens a live page, and collects whatever it must not do. */
async function openLivePage(
  url: string,
): Promise<{ readonly page: Page; readonly noise: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const noise: string[] = [];
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) noise.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, noise };
}

/** Waits until a script is true. Polls from outside, because the page's policy allows no waiting inside. */
async function waitForTrue(page: Page, script: string): Promise<void> {
  await waitUntil(
    script,
    async () => ((await evaluate(page, z.boolean(), script)) ? true : null),
    40,
  );
}

const waitForStatus = async (page: Page, text: string): Promise<void> =>
  await waitForTrue(
    page,
    `document.getElementById("live").textContent.includes(${JSON.stringify(text)})`,
  );

test.concurrent("a page follows a rehearsal to its end, with its figures, and says that it has ended", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": MANIFEST });
  const options = ["--rehearse", "--speed", "60", "--ledger", "l.sqlite", "--format", "json"];
  const run = startTopsheet(cleanup, ["run", "shots.yaml", ...options, "--page", "-q"], { cwd });
  const url = await readAddress(run);
  const { page, noise } = await openLivePage(url);
  await waitForStatus(page, "Live");
  await waitForTrue(page, `!!document.querySelector("#under-way")?.innerText.includes("~t1")`);
  const [head, ...underWay] = await readTable(page, "Lines under way");
  expect(head).toEqual(["Line", "Stage", "For"]);
  expect(underWay.length).toBeGreaterThan(0);
  await page.evaluate(`document.querySelector("#run details").open = true`);
  await waitForStatus(page, "The run has ended");
  const ended = await run.ended;
  expect(ended.code).toBe(0);
  const { totals, lines } = runDocument.parse(JSON.parse(ended.out));
  expect(totals).toMatchObject({ settled: 5, delivered: 5 });
  const spent = await evaluate(page, z.string(), `document.querySelector(".figure data").value`);
  expect(spent).toBe(totals.spent);
  const [, ...rows] = await readTable(page, "The run, line by line");
  expect(rows.map((row) => [row[0], row.at(-1)])).toEqual(
    lines.map(({ key }) => [key, "delivered"]),
  );
  expect(
    await evaluate(
      page,
      z.array(z.union([z.number(), z.boolean()])),
      `[document.querySelectorAll("video").length, document.querySelectorAll("#under-way").length,
        document.querySelector("#run details").open]`,
    ),
  ).toEqual([5, 0, true]);
  const { violations, passes } = await checkAccessibility(page);
  expect(violations).toEqual([]);
  expect(passes.length).toBeGreaterThan(10);
  expect(noise).toEqual([]);
  expect(await page.title()).toBe("film · cost report · REHEARSAL, nothing was bought");
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test.concurrent("`status --page` shows the runs of others until it is interrupted or killed", async (context) => {
  const cleanup = cleanUpAfter(context);
  const cwd = await cleanup.folder({ "shots.yaml": MANIFEST });
  const ledger = ["--ledger", "l.sqlite"];
  const run = ["run", "shots.yaml", "--rehearse", "--speed", "2000", "-q", ...ledger];
  expect((await startTopsheet(cleanup, [...run, "--only", "one"], { cwd }).ended).code).toBe(0);
  const shown = startTopsheet(cleanup, ["status", "film", "--page", ...ledger], { cwd });
  const killed = startTopsheet(cleanup, ["status", "--page", ...ledger], { cwd });
  const [{ page, noise }, { page: gone }] = [
    await openLivePage(await readAddress(shown)),
    await openLivePage(await readAddress(killed)),
  ];
  await waitForStatus(page, "Live");
  await waitForStatus(gone, "Live");
  // Details that a person has opened stay open, and a playing video continues.
  await page.evaluate(`document.querySelector("details.account").open = true`);
  const video = `new Promise((done) => {
    window.first = document.querySelector("video");
    first.preload = "metadata";
    first.onerror = () => done("no codec");
    first.onloadedmetadata = () => done("there");
    first.load();
  })`;
  const file = page.waitForResponse((response) => response.url().includes("/videos/"));
  expect(await evaluate(page, z.string(), video)).toMatch(/^(?:there|no codec)$/);
  const played = await file;
  expect([played.status(), played.headers()["content-type"]]).toEqual([206, "video/mp4"]);
  const html = startTopsheet(cleanup, [...run, "--format", "html"], { cwd }).ended;
  await waitForTrue(page, `document.querySelectorAll("video").length === 5`);
  const kept = `first.isConnected && document.querySelector("details.account").open`;
  expect(await evaluate(page, z.boolean(), kept)).toBe(true);
  const last = await html;
  expect(last.code).toBe(0);
  expect(last.out).toMatch(/^<!doctype html>/);
  expect(last.out).not.toContain("<script>");
  expect(last.out.match(/<video/g)).toHaveLength(5);
  killed.kill("SIGKILL");
  await waitForStatus(gone, "The connection is lost");
  shown.kill("SIGINT");
  await waitForStatus(page, "was interrupted");
  expect((await shown.ended).code).toBe(0);
  expect(noise).toEqual([]);
  const both = await startTopsheet(cleanup, ["status", "--page", "--watch", ...ledger], { cwd })
    .ended;
  expect(both.code).toBe(2);
  expect(both.err).toContain("--page is for people: leave --format and --watch out");
  const away = ["run", "plan.json", "--queue", "--detach", "--page"];
  const detached = await startTopsheet(cleanup, away, { cwd }).ended;
  expect(detached).toMatchObject({ code: 2, out: "" });
  expect(detached.err).toContain("--page follows the lines: leave --detach out");
});
