import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll } from "vitest";
import { ROOT } from "../../../rig/in-process.ts";

const CACHE = join(ROOT, "node_modules/.cache");
const UNPACK = fileURLToPath(new URL("unpack-chromium.mjs", import.meta.url));

/** Starts a real Chromium. It is unpacked once for each checkout (200 MB, two seconds) and needs only glibc. */
export async function startBrowser(): Promise<Browser> {
  const home = unpackChromium();
  return await chromium.launch({
    executablePath: join(home, "chromium"),
    // Root has no sandbox and containers have little /dev/shm; only our own pages are opened.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--font-render-hinting=none",
    ],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      TZ: "UTC",
      LD_LIBRARY_PATH: join(home, "al2023/lib"),
      FONTCONFIG_FILE: join(home, "fonts.conf"),
    },
  });
}

/** Starts the browser that the tests of a file share, and closes it after the last one. */
export async function shareBrowser(): Promise<Browser> {
  const browser = await startBrowser();
  afterAll(async () => await browser.close());
  return browser;
}

function unpackChromium(): string {
  const { version } = readPackage("@sparticuz/chromium");
  const home = join(CACHE, `chromium-${version}`);
  if (existsSync(home)) return home;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, "unpacking-"));
  const env = { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };
  execFileSync(process.execPath, [UNPACK], { env, stdio: "inherit" });
  // Only its own fonts, so that a page breaks its lines alike on every machine.
  writeFileSync(
    join(fresh, "fonts.conf"),
    `<fontconfig><dir>${home}/fonts/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>`,
  );
  try {
    renameSync(fresh, home);
  } catch (cause) {
    // Another test file has unpacked it meanwhile.
    if (!existsSync(home)) throw cause;
    rmSync(fresh, { recursive: true, force: true });
  }
  return home;
}

function readPackage(name: string): { readonly version: string } {
  const require = createRequire(import.meta.url);
  const found: unknown = require(join(ROOT, "node_modules", name, "package.json"));
  if (typeof found === "object" && found !== null && "version" in found) {
    return { version: String(found.version) };
  }
  throw new Error(`${name} is not installed`);
}
