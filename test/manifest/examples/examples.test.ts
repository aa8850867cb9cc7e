import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { FAMILIES, useFamilies } from "../../../src/catalogue/models.ts";
import { useSmallCatalogue } from "../../rig/small-catalogue.ts";
import { readProjectFile, ROOT, topsheet } from "../../rig/in-process.ts";
import { ALIASES } from "../../catalogue/check-shot.ts";
import { acceptedBy, faultsOf } from "../editor/validate.ts";

// Every example is planned, and what a person sees is kept beside this file.

const names = (await readdir(join(ROOT, "manifests"))).filter((name) => name.endsWith(".yaml"));
const files = Object.fromEntries(
  await Promise.all(
    names.map(
      async (name) => [`manifests/${name}`, await readProjectFile(`manifests/${name}`)] as const,
    ),
  ),
);
const isPriceFile = (text: string): boolean => /^topsheet-prices:/m.test(text);
const examples = Object.keys(files).filter((path) => !isPriceFile(files[path] ?? ""));

const document = z.object({
  lines: z.array(z.object({ model: z.string() })),
  diagnostics: z.array(z.unknown()),
});

test("finds the examples, and one price file", () => {
  expect(examples.length).toBeGreaterThanOrEqual(7);
  expect(names.length - examples.length).toBe(1);
});

test.for(examples)("plans %s", async (path) => {
  const { code, out, err } = await topsheet(["plan", path], { files });
  await expect(`exit ${code}\n\n${out}\n${err}`).toMatchFileSnapshot(
    join(ROOT, "test/manifest/examples/golden", path.replace(/^manifests\/(.*)\.yaml$/, "$1.txt")),
  );
  expect([0, 3]).toContain(code);
});

test.for(examples)(
  "check finds no mistake in %s, which names the schema beside it",
  async (path) => {
    const { code, out, err } = await topsheet(["check", path], { files });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^\d+ lines?, no mistakes\.\n$/);
    expect(files[path]?.split("\n")[0]).toBe("# yaml-language-server: $schema=./schema.json");
    expect(faultsOf(parse(files[path] ?? "", { merge: true }))).toEqual([]);
  },
);

test("the examples use all five models", async () => {
  const planned = await Promise.all(
    examples.map(async (path) => {
      const { out } = await topsheet(["plan", path, "--format", "json"], { files });
      return document.parse(JSON.parse(out)).lines.map(({ model }) => model);
    }),
  );
  const seen = new Set(planned.flat());
  expect([...seen].toSorted()).toEqual([...ALIASES].toSorted());
});

/** The schema in the repository has every model. */
function useWholeCatalogue(): void {
  useFamilies(FAMILIES);
  onTestFinished(useSmallCatalogue);
}

test("manifests/schema.json is what `topsheet schema` prints (`npm run schema` writes it)", async () => {
  useWholeCatalogue();
  const { code, out, err } = await topsheet(["schema"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(await readProjectFile("manifests/schema.json")).toBe(out);
});

test("`init` writes a manifest that can be planned and its schema, and overwrites neither", async () => {
  useWholeCatalogue();
  const made = await topsheet(["init", "shots.yaml"]);
  expect(made.code).toBe(0);
  expect(Object.keys(made.files).toSorted()).toEqual(["shots.yaml", "topsheet.schema.json"]);
  expect(made.files["topsheet.schema.json"]).toBe(await readProjectFile("manifests/schema.json"));
  const text = made.files["shots.yaml"] ?? "";
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/topsheet\.schema\.json\n/);
  expect(acceptedBy(text)).toBe(true);
  useSmallCatalogue();
  const { code, out, err } = await topsheet(["plan", "shots.yaml"], { files: made.files });
  await expect(`${text}\nexit ${code}\n\n${out}\n${err}`).toMatchFileSnapshot(
    join(ROOT, "test/manifest/examples/golden/init.txt"),
  );
  const again = await topsheet(["init", "shots.yaml"], { files: made.files });
  expect(again.code).toBe(2);
  expect(again.files).toEqual({});
  expect(again.err).toContain("shots.yaml is there already");
});
