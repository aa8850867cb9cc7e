import { FIELDS, modelNamed, MODELS, modelsWithField, TEXT_FIELDS } from "../catalogue/models.ts";
import { LIST_PRICES, type PriceBook } from "../catalogue/price-book.ts";
import {
  type Diagnostic,
  type Finding,
  error,
  hasErrors,
  inReadingOrder,
  type Place,
  warning,
} from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/from-zod.ts";
import { guess } from "../diagnostics/nearest.ts";
import { printable, shown } from "../diagnostics/printable.ts";
import { expand, MOST_LINES } from "../manifest/expand.ts";
import { type Manifest, placed, type ReadManifest } from "../manifest/manifest.ts";
import type { ReadPriceFile } from "../manifest/price-file.ts";
import { DEFAULT_KEYS } from "../manifest/schema.ts";
import type { Vocabulary } from "../manifest/shot.ts";
import { isTemplate } from "../manifest/template.ts";
import type { Written } from "../manifest/written.ts";
import { type Campaign, placeKey, settleCampaign } from "./campaign.ts";
import { Lines, unknownModel } from "./lines.ts";
import { selection } from "./only.ts";
import { withOwnPrices } from "./own-prices.ts";
import type { Plan, PlanLine, PlanOrigin } from "./plan.ts";
import { shotPlaces } from "./shot-places.ts";

export interface PlanRequest {
  readonly manifests: readonly (ReadManifest & { readonly sha256: string | null })[];
  /** The user's own price file, read; null where there is none. */
  readonly prices: ReadPriceFile | null;
  /** Selectors; none selects everything. */
  readonly only: readonly string[];
}

export interface MadePlan {
  /** Null when anything is wrong: there is no plan of half a manifest. */
  readonly plan: Plan | null;
  readonly origin: PlanOrigin;
  /** Every mistake and warning of every file, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Manifests × catalogue → priced lines, or every mistake at once. */
export function makePlan(request: PlanRequest): MadePlan {
  const manifests = request.manifests.flatMap(({ manifest }) =>
    manifest === null ? [] : [manifest],
  );
  const { campaign, diagnostics: unsettled } = settleCampaign(manifests);
  const diagnostics: Diagnostic[] = [
    ...request.manifests.flatMap((read) => read.diagnostics),
    ...unsettled,
    ...(request.prices?.diagnostics ?? []),
    ...takenIds(manifests),
    ...manifests.flatMap(faultyDefaults),
  ];
  const { book, diagnostics: mispriced } = bookOf(request.prices);
  diagnostics.push(...mispriced);
  // Ordinals count every line, whatever is selected: a filter must not renumber a purchase.
  const lines = allLines(manifests, book, diagnostics);
  // Said only of a manifest without mistakes: a shot that could not be read may be the one that is missed.
  const { selects, diagnostics: unselected } = selection(request.only, lines);
  if (!hasErrors(diagnostics)) {
    for (const complaint of misnamedScenes(campaign, lines)) diagnostics.push(complaint);
    diagnostics.push(...unselected);
  }
  // With a price file that cannot be read, the list's prices are not what would be paid: nothing is said of them.
  const misread = request.prices !== null && request.prices.file === null;
  const sources = [
    ...request.manifests.map((read) => read.source),
    ...(request.prices === null ? [] : [request.prices.source]),
  ];
  const told = inReadingOrder(
    misread ? diagnostics.filter(({ code }) => code !== "price-unsure") : diagnostics,
    sources,
  );
  const origin = {
    campaign,
    priceBook: book,
    priceFile: request.prices?.source.name ?? null,
    sources,
    manifests: request.manifests.map(({ source, sha256 }) => ({ path: source.name, sha256 })),
  };
  if (hasErrors(told)) return { plan: null, origin, diagnostics: told };
  const shotAt = shotPlaces(manifests);
  return {
    plan: { ...origin, edition: "", lines: lines.filter(selects), shotAt, diagnostics: told },
    origin,
    diagnostics: told,
  };
}

const VOCABULARY: Vocabulary = {
  fields: FIELDS,
  texts: TEXT_FIELDS,
  fieldsOf: (() => {
    const known = new Map(MODELS.map((model) => [model, new Set(Object.keys(model.input.shape))]));
    return (name) => {
      const model = modelNamed(name);
      return model === undefined ? undefined : known.get(model);
    };
  })(),
};

/** The list's prices under the user's own; the list's alone where theirs cannot be used. */
export function bookOf(file: ReadPriceFile | null): {
  book: PriceBook;
  diagnostics: readonly Diagnostic[];
} {
  if (file === null || file.file === null) return { book: LIST_PRICES, diagnostics: [] };
  const { book, diagnostics } = withOwnPrices(LIST_PRICES, file.file);
  return { book: book ?? LIST_PRICES, diagnostics };
}

/** Every line of every file, in the order in which they were given; one with a mistake is a complaint. */
function allLines(
  manifests: readonly Manifest[],
  book: PriceBook,
  diagnostics: Diagnostic[],
): readonly PlanLine[] {
  const priced = new Lines(book, diagnostics);
  const lines: PlanLine[] = [];
  let room = MOST_LINES;
  for (const manifest of manifests) {
    const findings: Finding[] = [];
    const { count, shots } = expand(manifest, VOCABULARY, findings, room);
    room -= count;
    for (const shot of shots) {
      const line = priced.of(shot);
      if (line !== null) lines.push(line);
    }
    for (const finding of findings) diagnostics.push(placed(manifest.written, finding));
  }
  return lines;
}

/** Ids are unique in the campaign, whatever their case: they name files, and caps of their own. */
function takenIds(manifests: readonly Manifest[]): readonly Diagnostic[] {
  const first = new Map<string, { readonly id: string; readonly place: () => Place }>();
  return manifests.flatMap(({ shots, written }) =>
    shots.flatMap(({ own: { id }, path }): Diagnostic[] => {
      if (id === "") return [];
      const place = (): Place => written.placeOf([...path, "id"]);
      const taken = first.get(id.toLowerCase());
      if (taken === undefined) {
        first.set(id.toLowerCase(), { id, place });
        return [];
      }
      const { source, start } = taken.place();
      const where = `${printable(source.name)}:${source.lineOf(start)}`;
      const as = taken.id === id ? "" : ` as ${shown(taken.id)}`;
      const hint = "ids are unique in the campaign, whatever their case";
      return [error("id-taken", `the id ${shown(id)} is taken${as} in ${where}`, place(), hint)];
    }),
  );
}

/** Defaults that no shot takes would never be looked at: each is held against the models that have it. */
function faultyDefaults({ defaults, written }: Manifest): readonly Diagnostic[] {
  const { own, input } = defaults;
  const complaints = Object.entries(input).flatMap(([field, value]) =>
    faultyDefault(written, field, value),
  );
  const name = own.model ?? null;
  if (name !== null && !isTemplate(name) && modelNamed(name) === undefined) {
    complaints.push(unknownModel(name, written.placeOf(["defaults", "model"])));
  }
  return complaints;
}

function faultyDefault(written: Written, field: string, value: unknown): Diagnostic[] {
  const models = modelsWithField(field);
  if (models.length === 0) {
    const hint = guess(field, [...DEFAULT_KEYS, ...FIELDS]);
    const message = `${shown(field)} means nothing in defaults`;
    return [error("unknown-key", message, written.placeOf(["defaults", field], "key"), hint)];
  }
  if (value === null || isTemplate(value)) return [];
  const refusals = models.map(
    (model) => readFields(model.input, () => model.input, { [field]: value }).findings,
  );
  // One model that takes it is enough: which of them a shot has, its own check knows.
  const [refusal = []] = refusals;
  if (refusals.some((findings) => findings.length === 0)) return [];
  return refusal.map((finding) =>
    placed(written, { ...finding, path: ["defaults", ...finding.path] }),
  );
}

/** Caps of scenes that hold nothing, or less than they seem to: a scene is compared as it is written. */
function misnamedScenes(campaign: Campaign, lines: readonly PlanLine[]): readonly Diagnostic[] {
  const { byScene } = campaign.caps;
  const scenes = new Set(lines.flatMap(({ scene }) => scene ?? []));
  const known = [...scenes];
  // A guess compares with each: thousands of strangers among thousands of scenes get none.
  const few = known.slice(0, Math.max(12, Math.floor(1_000_000 / byScene.length)));
  const capped = new Set(byScene.map(({ name }) => name));
  const uncapped = new Map<string, string[]>();
  for (const scene of known) {
    if (capped.has(scene)) continue;
    const plain = plainScene(scene);
    const alike = uncapped.get(plain) ?? [];
    uncapped.set(plain, alike);
    alike.push(scene);
  }
  return byScene.flatMap(({ name }) => {
    const place = campaign.capPlaces.get(placeKey(["budget", "by_scene", name]))?.() ?? null;
    const alike = uncapped.get(plainScene(name)) ?? [];
    const which = listedScenes(alike);
    if (scenes.has(name)) {
      if (alike.length === 0) return [];
      const message = `by_scene ${shown(name)} does not hold ${which}: scenes are compared as they are written`;
      return [warning("budget", message, place, `write scene ${shown(name)}, or a cap for each`)];
    }
    const message = `no shot has scene ${shown(name)}: this cap holds nothing`;
    if (alike.length > 0) {
      const hint = `scenes are compared as they are written: ${shown(name)} is not ${which}`;
      return [warning("budget", message, place, hint)];
    }
    const hint = known.length === 0 ? "no shot has a scene" : guess(name, few);
    return [warning("budget", message, place, hint)];
  });
}

/** A scene without what people overlook: case, blanks, leading zeros, and `.0` after a number. */
function plainScene(name: string): string {
  const plain = name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
  return plain
    .replace(/^\+(?=\d)/, "")
    .replace(/^(\d+)\.0*$/, "$1")
    .replace(/(?<!\d)0+(?=\d)/g, "");
}

function listedScenes(names: readonly string[]): string {
  const listed = names.slice(0, 5).map((name) => shown(name));
  return names.length > 5 ? `${listed.join(", ")} and ${names.length - 5} more` : listed.join(", ");
}
