import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import * as z from "zod";

export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** Viewports and colour schemes: a phone and a desk, light and dark. */
export const LOOKS: readonly Look[] = [360, 1440].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

export interface Opened {
  readonly page: Page;
  /** Whatever a page must not do: console output, dialogs, requests for anything but itself. */
  readonly noise: readonly string[];
  /** Milliseconds of the processor that its main thread used until it was drawn: a busy machine takes no more. */
  readonly took: number;
}

/** Opens a page as its reader does: from a file. */
export async function openPage(browser: Browser, path: string, look: Look): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
  });
  onTestFinished(async () => await page.close());
  const url = pathToFileURL(path).href;
  const noise: string[] = [];
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url) noise.push(`request: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.goto(url, { waitUntil: "load" });
  // Waits until the page is drawn, not only loaded.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
  const { metrics } = await session.send("Performance.getMetrics");
  const seconds = metrics.find(({ name }) => name === "TaskDuration")?.value ?? Infinity;
  return { page, noise, took: seconds * 1_000 };
}

/** Evaluates a script in the page. It is text because our compiler has no browser types. */
export async function evaluate<Answer>(
  page: Page,
  answer: z.ZodType<Answer>,
  script: string,
): Promise<Answer> {
  return answer.parse(await page.evaluate(script));
}

/** Returns how many pixels of a page overflow at the side. */
export async function measureOverflow(page: Page): Promise<number> {
  const width = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  return await evaluate(page, z.number(), width);
}

const found = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
  passes: z.array(z.object({ id: z.string() })),
});

export interface Checked {
  readonly violations: readonly string[];
  /** Rules that applied and found nothing wrong. */
  readonly passes: readonly string[];
}

/** Checks a page with every rule of axe. */
export async function checkAccessibility(page: Page): Promise<Checked> {
  await page.evaluate(axe.source);
  const { violations, passes } = await evaluate(page, found, "axe.run(document)");
  return {
    violations: violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = "" }) => `${id}: ${html}\n${failureSummary}`),
    ),
    passes: passes.map(({ id }) => id),
  };
}

/** Reads a table's cells; the exact amount if there is one behind a rounded one. */
export async function readTable(
  page: Page,
  caption: string,
): Promise<readonly (readonly string[])[]> {
  return await evaluate(
    page,
    z.array(z.array(z.string())),
    `[...[...document.querySelectorAll("table")]
      .find((table) => table.caption.textContent.trim() === ${JSON.stringify(caption)}).rows]
      .map((row) => [...row.cells].map(
        (cell) => cell.querySelector("data")?.value ?? cell.textContent.replace(/\\s+/g, " ").trim()))`,
  );
}
