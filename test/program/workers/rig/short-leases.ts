import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import * as z from "zod";
import { ROOT } from "../../../rig/in-process.ts";

/** What LEASE_MS and ORDER_MS are here, in place of a minute and two: who kills workers does not wait a minute for each. */
export const LEASE_MS = 4_000;
const ORDER_MS = 8_000;

/** The program as it is published, but for the length of a lease: the path of its bin. */
export async function buildWithShortLeases(): Promise<string> {
  const text = await readFile(join(ROOT, "package.json"), "utf8");
  const { bundle } = z
    .object({ scripts: z.object({ bundle: z.string() }) })
    .parse(JSON.parse(text)).scripts;
  const external = [...bundle.matchAll(/--external:(\S+)/g)].flatMap(([, name]) => name ?? []);
  // Where no build clears it away in the middle.
  const outfile = join(ROOT, "node_modules/.cache/topsheet-soak/cli.cjs");
  let changed = 0;
  await build({
    entryPoints: [join(ROOT, "src/cli.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false },
    external,
    outfile,
    logLevel: "warning",
    plugins: [
      {
        name: "quick leases",
        setup: (own) => {
          own.onLoad({ filter: /src[\\/]ledger[\\/]lease[.]ts$/ }, async ({ path }) => {
            const quick = (await readFile(path, "utf8")).replace(
              /^export const (LEASE_MS|ORDER_MS) = [\d_]+;$/gm,
              (_, name: string) => {
                changed += 1;
                return `export const ${name} = ${name === "LEASE_MS" ? LEASE_MS : ORDER_MS};`;
              },
            );
            return { contents: quick, loader: "ts" };
          });
        },
      },
    ],
  });
  if (changed !== 2) throw new Error(`${changed} limits of two were found in ledger/lease.ts`);
  return outfile;
}
