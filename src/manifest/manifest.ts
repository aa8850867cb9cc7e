import { type Diagnostic, error, type Finding } from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/from-zod.ts";
import { shown } from "../diagnostics/printable.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import { isRecord, readYaml } from "./read-yaml.ts";
import {
  defaultsSchema,
  headSchema,
  shotSchema,
  type WrittenBudget,
  type WrittenDefaults,
  type WrittenShot,
} from "./schema.ts";
import type { Written } from "./written.ts";

/** What one file says, as it says it: nothing expanded, nothing known about models yet. */
export interface Manifest {
  readonly written: Written;
  readonly campaign: string | null;
  readonly timezone: string | null;
  /** The path of a price file, as written: relative to the manifest. */
  readonly prices: string | null;
  readonly budget: WrittenBudget;
  readonly concurrency: number | Readonly<Record<string, number>> | null;
  readonly defaults: Described<WrittenDefaults>;
  readonly shots: readonly Described<NamedShot>[];
}

/** The id as it was written: 007 stays 007. */
export type NamedShot = WrittenShot & { readonly id: string };

/** A shot's or the defaults' own keys, the rest of what was written there, and where. */
export interface Described<Own> {
  readonly own: Own;
  readonly input: Readonly<Record<string, unknown>>;
  readonly path: readonly PropertyKey[];
}

export interface ReadManifest {
  readonly source: SourceText;
  /** What could be read, even beside errors: so that one mistake does not hide the next. */
  readonly manifest: Manifest | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Text → manifest. Unknown keys of a shot are left for the plan, which knows the models' fields. */
export function readManifest(source: SourceText): ReadManifest {
  const { written, diagnostics } = readYaml(source);
  if (written === null) return { source, manifest: null, diagnostics };
  const root = written.value;
  if (!isRecord(root)) {
    const message =
      root === null
        ? "this manifest is empty"
        : "a manifest is a mapping that starts with topsheet: 1";
    const complaint = error(
      "required",
      message,
      written.placeOf([]),
      "`topsheet init` writes one to start from",
    );
    return { source, manifest: null, diagnostics: [...diagnostics, complaint] };
  }
  const version = otherVersion(written, root);
  if (version !== null) return { source, manifest: null, diagnostics: [...diagnostics, version] };
  const { manifest, findings } = manifestOf(written, root);
  const complaints = findings.map((finding) => placed(written, finding));
  return { source, manifest, diagnostics: [...diagnostics, ...complaints] };
}

/** A finding of this file, at its place: unknown keys point at the key, everything else at the value. */
export function placed(written: Written, finding: Finding): Diagnostic {
  const { code, severity, message, path, hint } = finding;
  const atKey = code === "unknown-key" || code === "no-such-field";
  const place = written.placeOf(path, atKey ? "key" : "value");
  return { code, severity, message, place, hint: hint ?? null };
}

function manifestOf(
  written: Written,
  root: Readonly<Record<string, unknown>>,
): { readonly manifest: Manifest; readonly findings: readonly Finding[] } {
  const head = withoutExtensions(root);
  if (isRecord(head["budget"])) head["budget"] = withoutExtensions(head["budget"]);
  const { read, findings: wrong } = readFields(headSchema, () => headSchema.partial(), head);
  const findings = [...wrong];
  const defaults = described(read?.defaults ?? {}, ["defaults"], Object.keys(defaultsSchema.shape));
  const own = readFields(defaultsSchema, () => defaultsSchema, defaults.own);
  findings.push(...beneath(defaults.path, own.findings));
  const shots = (read?.shots ?? []).flatMap((shot, index): Described<NamedShot>[] => {
    const path = ["shots", index];
    if (!isRecord(shot)) {
      const message = `a shot is a mapping with an id, not ${shown(shot)}`;
      findings.push({ code: "value", severity: "error", message, path });
      return [];
    }
    const split = described(shot, path, Object.keys(shotSchema.shape));
    const parsed = readFields(shotSchema, () => shotSchema.partial({ id: true }), split.own);
    findings.push(...beneath(path, parsed.findings));
    const id = parsed.read?.id;
    // Without a name there is nothing to say about it later.
    return parsed.read === null || id === undefined
      ? []
      : [
          {
            ...split,
            own: {
              ...parsed.read,
              id: typeof id === "string" ? id : written.textOf([...path, "id"], id),
            },
          },
        ];
  });
  const campaign = read?.campaign;
  return {
    findings,
    manifest: {
      written,
      campaign: campaign === undefined ? null : written.textOf(["campaign"], campaign),
      timezone: read?.timezone ?? null,
      prices: read?.prices ?? null,
      budget: read?.budget ?? {},
      concurrency: read?.concurrency ?? null,
      defaults: { ...defaults, own: own.read ?? {} },
      shots,
    },
  };
}

function described(
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
  return { own, input, path };
}

/** `x-` keys are the writer's own: a place for anchors and remarks. */
function withoutExtensions(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

function beneath(path: readonly PropertyKey[], findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

function otherVersion(
  written: Written,
  root: Readonly<Record<string, unknown>>,
): Diagnostic | null {
  const version = root["topsheet"];
  if (typeof version !== "number" || version === 1) return null;
  return error(
    "version",
    `this manifest is of version ${version}; this program reads version 1`,
    written.placeOf(["topsheet"]),
    version > 1 ? "a newer topsheet reads it: npm install -g topsheet@latest" : "write topsheet: 1",
  );
}
