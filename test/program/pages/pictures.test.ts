import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readProjectFile, ROOT } from "../../rig/in-process.ts";
import { folder, topsheet } from "../rig/run-program.ts";
import { startBrowser } from "./rig/browser.ts";
import { openPage } from "./rig/open-page.ts";

// `npm run pictures` takes them; other runs only check that they exist, because fonts are drawn differently everywhere.
const TAKES = process.env["TOPSHEET_PICTURES"] === "1";
const SCHEMES = ["light", "dark"] as const;
const WIDTH = 1_180;

/** Each picture, with the first and the last part of the page that it shows. */
const PICTURES = [
  { name: "plan", from: "header", to: "#caps" },
  { name: "storyboard", from: "#film", to: "#storyboard" },
];

function picturePath(name: string, scheme: string): string {
  return `.github/images/${name}-${scheme}.png`;
}

test("the README and the docs show the example's page, light and dark", async () => {
  const docs = (await readProjectFile("README.md")) + (await readProjectFile("docs/approval.md"));
  if (TAKES) await take();
  for (const { name } of PICTURES) {
    for (const scheme of SCHEMES) {
      expect(docs).toContain(picturePath(name, scheme));
      const png = await readFile(join(ROOT, picturePath(name, scheme)));
      expect(png.subarray(1, 4).toString()).toBe("PNG");
      expect(png.readUInt32BE(16)).toBe(WIDTH);
      expect(png.length).toBeLessThan(300_000);
    }
  }
});

async function take(): Promise<void> {
  const path = join(await folder(), "plan.html");
  await topsheet(["plan", "manifests/aurora-launch.yaml", "-o", path], { cwd: ROOT });
  await mkdir(join(ROOT, ".github/images"), { recursive: true });
  const browser = await startBrowser();
  try {
    for (const scheme of SCHEMES) {
      const { page } = await openPage(browser, path, { width: WIDTH, scheme });
      for (const { name, from, to } of PICTURES) {
        const top = (await page.locator(from).first().boundingBox())?.y ?? 0;
        const last = await page.locator(to).boundingBox();
        const y = Math.max(0, top - 24);
        const height = (last?.y ?? 0) + (last?.height ?? 0) + 24 - y;
        const clip = { x: 0, y, width: WIDTH, height };
        const png = await page.screenshot({ clip, fullPage: true });
        await writeFile(join(ROOT, picturePath(name, scheme)), png);
      }
    }
  } finally {
    await browser.close();
  }
}
