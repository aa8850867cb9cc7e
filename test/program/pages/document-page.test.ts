import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIST_PRICES, MODELS } from "../../../src/catalogue/models.ts";
import { renderHtml } from "../../../src/pages/formats.ts";
import {
  makeModelDocument,
  makeModelsDocument,
  makeModelSheet,
} from "../../../src/report/models.ts";
import { EVERY_BLOCK } from "../../report/every-block.ts";
import { folder } from "../rig/run-program.ts";
import { shareBrowser } from "./rig/browser.ts";
import {
  checkAccessibility,
  LOOKS,
  openPage,
  measureOverflow,
  readTable,
} from "./rig/open-page.ts";

const browser = await shareBrowser();

const SHEETS = MODELS.map((model) => makeModelSheet(model, LIST_PRICES));
const DOCUMENTS = [
  EVERY_BLOCK,
  makeModelsDocument(SHEETS),
  ...SHEETS.slice(0, 1).map(makeModelDocument),
];

test("the page of any document holds its layout, passes axe and asks for nothing", async () => {
  const path = join(await folder({}), "page.html");
  const screen = { width: 80, colour: false };
  for (const document of DOCUMENTS) {
    const content = await renderHtml(document, { path, screen, exists: async () => false });
    await writeFile(path, content);
    for (const look of LOOKS) {
      const { page, noise } = await openPage(browser, path, look);
      const { violations } = await checkAccessibility(page);
      const out = await measureOverflow(page);
      expect({ look, violations, noise, out }).toEqual({ look, violations: [], noise: [], out: 0 });
    }
  }
});

test("the page of any document has the exact amounts of its tables", async () => {
  const path = join(await folder({}), "page.html");
  const target = { path, screen: { width: 80, colour: false }, exists: async () => false };
  await writeFile(path, await renderHtml(EVERY_BLOCK, target));
  const { page } = await openPage(browser, path, { width: 1440, scheme: "light" });
  expect(await readTable(page, "Lines")).toEqual([
    ["Scene", "Line", "Cost", "Path"],
    ["–", "a*b", "1.25", "a|b"],
    ["and 2 more", "", "0.50", ""],
  ]);
});
