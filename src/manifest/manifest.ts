import { type Diagnostic, error, errorAt, type Finding } from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/read-fields.ts";
import { toPrintable, describeValue } from "../diagnostics/printable.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import { isMapping } from "../diagnostics/mapping.ts";
import { readYaml } from "./read-yaml.ts";
import {
  DEFAULT_KEYS,
  defaultsSchema,
  headSchema,
  isName,
  NAME_SAYS,
  SHOT_KEYS,
  shotSchema,
  type WrittenBudget,
  type WrittenDefaults,
  type WrittenSchedule,
  type WrittenShot,
} from "./schema.ts";
import type { YamlValue } from "./yaml-value.ts";

/** What one file states, as it states it: nothing is expanded, and nothing is known about models yet. */
export interface Manifest {
  readonly yaml: YamlValue;
  readonly campaign: string | null;
  readonly timezone: string | null;
  /** The path of a price file, as written: relative to the manifest. */
  readonly prices: string | null;
  readonly budget: WrittenBudget;
  readonly schedule: WrittenSchedule | null;
  readonly approval: "required" | "optional" | null;
  readonly concurrency: number | Readonly<Record<string, number>> | null;
  readonly defaults: Described<WrittenDefaults>;
  readonly shots: readonly Described<NamedShot>[];
}

/** A shot's or the defaults' own keys, the rest of what was written there, and where. */
export interface Described<Own> {
  readonly own: Own;
  readonly input: Readonly<Record<string, unknown>>;
  readonly path: readonly PropertyKey[];
  /** Own keys that could not be read, or not wholly: their mistakes have been reported. */
  readonly misread: ReadonlySet<PropertyKey>;
}

/** The id as it was written, 007 stays 007; empty if it could not be read. */
export type NamedShot = WrittenShot & { readonly id: string };

export interface ReadManifest {
  readonly source: SourceText;
  /** What could be read, even beside errors: so that one mistake does not hide the next. */
  readonly manifest: Manifest | null;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a text into a manifest: YAML with places, then the head, the defaults and each shot by their schemas; every
 * mistake is a diagnostic. Unknown keys of a shot are left for the plan, which knows the models' fields.
 */
export function readManifest(source: SourceText): ReadManifest {
  const { yaml, diagnostics } = readYaml(source);
  const refuse = (...complaints: readonly Diagnostic[]): ReadManifest => ({
    source,
    manifest: null,
    diagnostics: [...diagnostics, ...complaints],
  });
  if (yaml === null) return refuse();
  const root = yaml.value;
  if (!isMapping(root)) {
    const message =
      root === null ? "this manifest is empty" : "a manifest starts with the line topsheet: 1";
    const hint = "`topsheet init` writes one to start from";
    return refuse(error("required", message, yaml.findPlace([]), hint));
  }
  if (Object.hasOwn(root, "topsheet-prices")) {
    const place = yaml.findPlace(["topsheet-prices"], "key");
    const hint = `use it with --prices ${toPrintable(source.name)}`;
    return refuse(error("file", "this is a price file, not a manifest", place, hint));
  }
  const version = checkVersion(yaml, root);
  if (version !== null) return refuse(version);
  const { manifest, findings } = buildManifest(yaml, root);
  const complaints = findings.map((finding) => locateFinding(yaml, finding));
  return { source, manifest, diagnostics: [...diagnostics, ...complaints] };
}

/** Gives a finding its place in a file or a shot: for unknown keys the key, for everything else the value. */
export function locateFinding(yaml: Pick<YamlValue, "findPlace">, finding: Finding): Diagnostic {
  const { path, ...complaint } = finding;
  const atKey = finding.code === "unknown-key" || finding.code === "no-such-field";
  return { ...complaint, place: yaml.findPlace(path, atKey ? "key" : "value") };
}

function buildManifest(
  yaml: YamlValue,
  root: Readonly<Record<string, unknown>>,
): { readonly manifest: Manifest; readonly findings: readonly Finding[] } {
  const head = dropExtensions(root);
  const { read, findings: wrong } = readFields(headSchema, () => headSchema.partial(), head);
  const findings = [...wrong];
  const defaults = splitKeys(read?.defaults ?? {}, ["defaults"], DEFAULT_KEYS);
  const own = readFields(defaultsSchema, () => defaultsSchema, defaults.own);
  findings.push(...prefixPaths(defaults.path, own.findings));
  const shots = (read?.shots ?? []).flatMap((shot, index): Described<NamedShot>[] => {
    const path = ["shots", index];
    if (isMapping(shot)) return [readShot(yaml, shot, path, findings)];
    const message = `a shot is a mapping with an id, not ${describeValue(shot)}`;
    findings.push(errorAt(path, "value", message));
    return [];
  });
  return {
    findings,
    manifest: {
      yaml,
      campaign: readName(yaml, ["campaign"], read?.campaign, findings),
      timezone: read?.timezone ?? null,
      prices: read?.prices ?? null,
      budget: read?.budget ?? {},
      schedule: read?.schedule ?? null,
      approval: read?.approval ?? null,
      concurrency: read?.concurrency ?? null,
      defaults: { ...defaults, own: own.read ?? {}, misread: listFirstKeys(own.findings) },
      shots,
    },
  };
}

function readShot(
  yaml: YamlValue,
  shot: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  complaints: Finding[],
): Described<NamedShot> {
  const split = splitKeys(shot, path, SHOT_KEYS);
  const { read, findings } = readFields(
    shotSchema,
    () => shotSchema.partial({ id: true }),
    split.own,
  );
  complaints.push(...prefixPaths(path, findings));
  const id = readName(yaml, [...path, "id"], read?.id, complaints) ?? "";
  return { ...split, own: { ...read, id }, misread: listFirstKeys(findings) };
}

/** Reads a name as it was written, for it names folders and files: `+5` is the number 5, and not a name. */
function readName(
  yaml: YamlValue,
  path: readonly PropertyKey[],
  value: string | number | boolean | undefined,
  complaints: Finding[],
): string | null {
  if (value === undefined || typeof value === "string") return value ?? null;
  const text = yaml.getText(path, value);
  if (isName(text)) return text;
  const message = `${String(path.at(-1))} must be a name such as hero: ${NAME_SAYS}, not ${describeValue(text)}`;
  complaints.push(errorAt(path, "value", message));
  return null;
}

function listFirstKeys(findings: readonly Finding[]): ReadonlySet<PropertyKey> {
  return new Set(findings.flatMap(({ path }) => path.slice(0, 1)));
}

function splitKeys(
  value: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  ownKeys: readonly string[],
): Described<Record<string, unknown>> {
  const own: Record<string, unknown> = {};
  const input: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith("x-")) continue;
    (ownKeys.includes(key) ? own : input)[key] = inner;
  }
  return { own, input, path, misread: new Set() };
}

/** Drops `x-` keys, which are for people: a place for anchors and remarks. */
function dropExtensions(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = Object.entries(value).filter(([key]) => !key.startsWith("x-"));
  return Object.fromEntries(
    own.map(([key, inner]) => [
      key,
      EXTENSIBLE.has(key) && isMapping(inner) ? dropExtensions(inner) : inner,
    ]),
  );
}

/** Mappings of the head that can have `x-` keys too. */
const EXTENSIBLE = new Set(["budget", "breaker", "schedule"]);

function prefixPaths(
  path: readonly PropertyKey[],
  findings: readonly Finding[],
): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

function checkVersion(yaml: YamlValue, root: Readonly<Record<string, unknown>>): Diagnostic | null {
  const version = root["topsheet"];
  if (typeof version !== "number" || version === 1) return null;
  return error(
    "version",
    `this manifest is of version ${version}; this program reads version 1`,
    yaml.findPlace(["topsheet"]),
    version > 1 ? "a newer topsheet reads it: npm install -g topsheet@latest" : "write topsheet: 1",
  );
}
