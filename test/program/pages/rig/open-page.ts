import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import * as z from "zod";

export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** How a page is looked at: on a phone and on a desk, by day and by night. */
export const LOOKS: readonly Look[] = [360, 1440].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

export interface Opened {
  readonly page: Page;
  /** Whatever a page must not do: a word on the console, a question, a request for anything but itself. */
  readonly noise: readonly string[];
  /** Milliseconds until it was there. */
  readonly took: number;
}

/** A page as its reader opens it: from a file. */
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
  const began = performance.now();
  await page.goto(url, { waitUntil: "load" });
  // Laid out and drawn, not only read.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
  return { page, noise, took: performance.now() - began };
}

/** What a script says in the page; text, for our compiler knows no browser. */
export async function asked<Answer>(
  page: Page,
  answer: z.ZodType<Answer>,
  script: string,
): Promise<Answer> {
  return answer.parse(await page.evaluate(script));
}

/** How far something sticks out at the side, in pixels. */
export async function sticksOut(page: Page): Promise<number> {
  const width = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  return await asked(page, z.number(), width);
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
  /** Rules that found something to look at and nothing wrong with it. */
  readonly passes: readonly string[];
}

/** What axe says of a page, every rule on. */
export async function accessible(page: Page): Promise<Checked> {
  await page.evaluate(axe.source);
  const { violations, passes } = await asked(page, found, "axe.run(document)");
  return {
    violations: violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = "" }) => `${id}: ${html}\n${failureSummary}`),
    ),
    passes: passes.map(({ id }) => id),
  };
}

/** A table as its cells say it, the exact value where one stands behind a rounded figure. */
export async function tableOf(
  page: Page,
  caption: string,
): Promise<readonly (readonly string[])[]> {
  return await asked(
    page,
    z.array(z.array(z.string())),
    `[...[...document.querySelectorAll("table")]
      .find((table) => table.caption.textContent.trim() === ${JSON.stringify(caption)}).rows]
      .map((row) => [...row.cells].map(
        (cell) => cell.querySelector("data")?.value ?? cell.textContent.replace(/\\s+/g, " ").trim()))`,
  );
}
