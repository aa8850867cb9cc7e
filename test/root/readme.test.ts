import "../rig/whole-catalogue.ts";
import { access, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import { readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";

// `npm run docs` writes the generated parts of the README; without it this test fails if they differ.

const AURORA = "manifests/aurora-launch.yaml";

async function picture(): Promise<string> {
  const files = { [AURORA]: await readProjectFile(AURORA) };
  const { out } = await topsheet(["plan", AURORA], { files });
  return `\`\`\`\n$ topsheet plan ${AURORA}\n\n${out.trimEnd()}\n\`\`\``;
}

const listed = z.object({
  models: z.array(
    z.object({
      alias: z.string(),
      family: z.string(),
      fields: z.array(z.object({ field: z.string(), takes: z.string() })),
      prices: z.array(z.object({ when: z.string().nullable(), usd_per_second: z.string() })),
    }),
  ),
});

/** Writes a row for each family. */
async function models(): Promise<string> {
  const { out } = await topsheet(["models", "--format", "json"]);
  const all = listed.parse(JSON.parse(out)).models;
  const rows = [...new Set(all.map(({ family }) => family))].map((family) => {
    const members = all.filter((model) => model.family === family);
    const taken = (name: string): string => {
      const [field] = members.flatMap(({ fields }) =>
        fields.filter(({ field: is }) => is === name),
      );
      const values = field?.takes.split(", ") ?? [];
      const whole = values.map(Number);
      if (!whole.every(Number.isInteger)) return values.join(", ");
      return `${Math.min(...whole)}–${Math.max(...whole)}`;
    };
    const prices = members.map(({ alias, prices: [first, ...others] }) => {
      const rates = [first, ...others].map((price) =>
        others.length === 0 ? price?.usd_per_second : `${price?.usd_per_second} ${price?.when}`,
      );
      return `\`${alias}\` ${rates.join(", ")}`;
    });
    return `| ${family} | ${taken("duration")} | ${taken("aspect_ratio")} | ${prices.join(" · ")} |`;
  });
  return ["| Family | Seconds | Ratios | $ a second |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ["| code | means |", "| --- | --- |", ...rows].join("\n");
}

/** Writes what `topsheet --help` lists, with its groups. */
async function commands(): Promise<string> {
  const { out } = await topsheet(["--help"]);
  let group = "";
  const whole = out.replaceAll(/\n {20,}(?=\S)/g, " ");
  const rows = whole.split("\n").flatMap((line) => {
    const [, heading] = /^(\S.*):$/.exec(line) ?? [];
    if (heading !== undefined) group = heading;
    const [, name, summary] = /^ {2}([a-z]+)(?: \S+)*? {2,}(\S.*)$/.exec(line) ?? [];
    if (name === undefined || name === "help" || name === "topsheet") return [];
    return [`| ${group} | \`${name}\` | ${summary} |`];
  });
  expect(rows.length).toBeGreaterThan(15);
  return ["| | command | does |", "| --- | --- | --- |", ...rows].join("\n");
}

test("shows the program's picture, commands, models and exit codes in the README", async () => {
  const parts = {
    picture: await picture(),
    commands: await commands(),
    models: await models(),
    "exit-codes": exitCodes(),
  };
  let readme = await readProjectFile("README.md");
  for (const [name, text] of Object.entries(parts)) {
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    expect(readme).toMatch(block);
    readme = readme.replace(
      block,
      (_, open: string, close: string) => `${open}\n${text}\n\n${close}`,
    );
  }
  await expect(readme).toMatchFileSnapshot(join(ROOT, "README.md"));
});

test("keeps the README short", async () => {
  const readme = (await readProjectFile("README.md")).trimEnd();
  const families = readme.match(/^\| Kling .*$/gm) ?? [];
  expect(families.length).toBeGreaterThan(0);
  expect(readme.split("\n").length - families.length).toBeLessThanOrEqual(197);
});

test.for([
  ["README.md", 1],
  ["docs/manifest.md", 1],
  ["docs/prices.md", 0],
] as const)("plans the manifests of %s as they are", async ([page, manifests]) => {
  const blocks = [...(await readProjectFile(page)).matchAll(/```yaml\n([^]*?)```/g)];
  const texts = blocks.map(([, block = ""]) => block);
  const rates = texts.filter((text) => text.startsWith("topsheet-prices:"));
  const written = texts.filter((text) => !rates.includes(text));
  expect(written).toHaveLength(manifests);
  const example = await readProjectFile("manifests/kling-v3-pro.yaml");
  for (const manifest of [...written, ...(manifests === 0 ? [example] : [])]) {
    const files = { "shots.yaml": manifest, "rates.yaml": rates[0] ?? "" };
    const plain = await topsheet(["plan", "shots.yaml"], { files });
    expect(plain).toMatchObject({ code: 0, err: "" });
    if (rates.length === 0) continue;
    const own = await topsheet(["plan", "shots.yaml", "--prices", "rates.yaml"], { files });
    expect(own).toMatchObject({ code: 0, err: "" });
    expect(own.out).toContain("your own of 2026-11-01");
  }
});

test("links in the README and the docs only to what exists", async () => {
  const docs = await readdir(join(ROOT, "docs"));
  const pages = ["README.md", ".github/CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)];
  const links: string[] = [];
  for (const page of pages) {
    for (const [, link = ""] of (await readProjectFile(page)).matchAll(
      /\]\(([^)#]+)(?:#[^)]*)?\)/g,
    )) {
      if (/^https?:/.test(link)) continue;
      links.push(link);
      await expect(access(join(ROOT, dirname(page), link))).resolves.toBeUndefined();
    }
  }
  expect(links.length).toBeGreaterThan(20);
});
