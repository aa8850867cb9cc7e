import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT_MEANINGS } from "../src/cli/exit-codes.ts";
import { projectFile, ROOT, topsheet } from "./rig.ts";

// `npm run docs` writes the generated parts of the README anew; without it, drift is red.

const AURORA = "manifests/aurora-launch.yaml";

async function picture(): Promise<string> {
  const files = { [AURORA]: await projectFile(AURORA) };
  const { out } = await topsheet(["plan", AURORA], { files });
  return `\`\`\`\n$ topsheet plan ${AURORA}\n\n${out.trimEnd()}\n\`\`\``;
}

async function models(): Promise<string> {
  const { out } = await topsheet(["models", "--format", "md"]);
  return out.trimEnd();
}

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ["| code | means |", "| --- | --- |", ...rows].join("\n");
}

test("the README's picture, models and exit codes are those of the program", async () => {
  const parts = {
    picture: await picture(),
    models: await models(),
    "exit-codes": exitCodes(),
  };
  let readme = await projectFile("README.md");
  for (const [name, text] of Object.entries(parts)) {
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    expect(readme).toMatch(block);
    readme = readme.replace(
      block,
      (_, open: string, close: string) =>
        `${open}\n<!-- prettier-ignore-start -->\n\n${text}\n\n<!-- prettier-ignore-end -->\n\n${close}`,
    );
  }
  await expect(readme).toMatchFileSnapshot(join(ROOT, "README.md"));
});

test("the README's manifest and price file plan as they stand", async () => {
  const readme = await projectFile("README.md");
  const [manifest = "", rates = ""] = [...readme.matchAll(/```yaml\n([^]*?)```/g)].map(
    ([, block]) => block,
  );
  const files = { "shots.yaml": manifest, "rates.yaml": rates };
  const plain = await topsheet(["plan", "shots.yaml"], { files });
  expect(plain).toMatchObject({ code: 0, err: "" });
  const own = await topsheet(["plan", "shots.yaml", "--prices", "rates.yaml"], { files });
  expect(own).toMatchObject({ code: 0, err: "" });
  expect(own.out).toContain("your own of 2026-11-01");
});
