import { checkInput, type ReadyInput, refuseUnknownField } from "../catalogue/check-input.ts";
import type { Model } from "../catalogue/model.ts";
import {
  FIELDS,
  LIST_PRICES,
  suggestModel,
  findModel,
  listModelsWithField,
  TEXT_FIELDS,
} from "../catalogue/models.ts";
import {
  PRICE_CONDITIONS,
  readPriceConditions,
  mergePrices,
  type Price,
  type PriceBook,
  findPrice,
  listUnpriced,
} from "../catalogue/prices.ts";
import {
  type Diagnostic,
  error,
  type Finding,
  hasErrors,
  sortDiagnostics,
  type Place,
  warning,
} from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/read-fields.ts";
import { suggest } from "../diagnostics/suggest.ts";
import { toPrintable, quote, shorten, describeValue } from "../diagnostics/printable.ts";
import { expand, MOST_LINES } from "../manifest/expand.ts";
import { type Manifest, locateFinding, type ReadManifest } from "../manifest/manifest.ts";
import type { ReadPriceFile } from "../manifest/price-file.ts";
import { DEFAULT_KEYS, SHOT_KEYS } from "../manifest/schema.ts";
import type { Shot, Vocabulary } from "../manifest/shot.ts";
import { isTemplate } from "../manifest/template.ts";
import type { YamlValue } from "../manifest/yaml-value.ts";
import { dollars, times } from "../money.ts";
import { settleCampaign } from "./campaign.ts";
import { checkCapLabels } from "./check-caps.ts";
import { makeFingerprint } from "./fingerprint.ts";
import { selectLines } from "./select-lines.ts";
import { type Plan, type PlanLine, type PlanOrigin, indexShotPlaces } from "./plan.ts";

export interface PlanRequest {
  readonly manifests: readonly (ReadManifest & { readonly sha256: string | null })[];
  /** The user's own price file, read; null if there is none. */
  readonly prices: ReadPriceFile | null;
  /** Selectors; none selects everything. */
  readonly only: readonly string[];
}

export interface MadePlan {
  /** Null if anything is wrong: there is no plan of half a manifest. */
  readonly plan: Plan | null;
  readonly origin: PlanOrigin;
  /** Every mistake and warning of every file, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes priced lines from manifests and the catalogue, or lists every mistake at once: collects what the files state
 * about the campaign, expands shots into lines, checks and prices each, and selects.
 */
export function makePlan(request: PlanRequest): MadePlan {
  const manifests = request.manifests.flatMap(({ manifest }) =>
    manifest === null ? [] : [manifest],
  );
  const { campaign, diagnostics: unsettled } = settleCampaign(manifests);
  const diagnostics: Diagnostic[] = [
    ...request.manifests.flatMap((read) => read.diagnostics),
    ...unsettled,
    ...(request.prices?.diagnostics ?? []),
    ...findTakenIds(manifests),
    ...manifests.flatMap(checkDefaults),
  ];
  const { book, diagnostics: mispriced } = applyPriceFile(request.prices);
  diagnostics.push(...mispriced);
  // Ordinals count every line, whatever is selected: a filter must not renumber a purchase.
  const lines = makeLines(manifests, book, diagnostics);
  // Reported only if there is no mistake: a shot that could not be read may be the one that is missed.
  const { selects, diagnostics: unselected } = selectLines(request.only, lines);
  if (!hasErrors(diagnostics)) {
    for (const complaint of checkCapLabels(campaign, lines)) diagnostics.push(complaint);
    diagnostics.push(...unselected);
  }
  // If the price file cannot be read, the list prices are not what would be paid: warnings about them are left out.
  const misread = request.prices !== null && request.prices.file === null;
  const sources = [
    ...request.manifests.map((read) => read.source),
    ...(request.prices === null ? [] : [request.prices.source]),
  ];
  const told = sortDiagnostics(
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
  const findShot = indexShotPlaces(manifests);
  return {
    plan: { ...origin, edition: "", lines: lines.filter(selects), findShot, diagnostics: told },
    origin,
    diagnostics: told,
  };
}

const VOCABULARY: Vocabulary = {
  fields: FIELDS,
  texts: TEXT_FIELDS,
  listFields: (name) => {
    const model = findModel(name);
    return model && new Set(Object.keys(model.input.shape));
  },
};

/** Makes every line of every file, in the order in which they were given; one with a mistake becomes a complaint. */
function makeLines(
  manifests: readonly Manifest[],
  book: PriceBook,
  diagnostics: Diagnostic[],
): readonly PlanLine[] {
  const priced = new LineMaker(book, diagnostics);
  const lines: PlanLine[] = [];
  let room = MOST_LINES;
  for (const manifest of manifests) {
    const findings: Finding[] = [];
    const { count, shots } = expand(manifest, VOCABULARY, findings, room);
    room -= count;
    for (const shot of shots) {
      const line = priced.makeLine(shot);
      if (line !== null) lines.push(line);
    }
    for (const finding of findings) diagnostics.push(locateFinding(manifest.yaml, finding));
  }
  return lines;
}

/** Reports ids that are used twice. They are unique in the campaign, whatever their case: they name files and caps. */
function findTakenIds(manifests: readonly Manifest[]): readonly Diagnostic[] {
  const first = new Map<string, { readonly id: string; readonly place: () => Place }>();
  return manifests.flatMap(({ shots, yaml }) =>
    shots.flatMap(({ own: { id }, path }): Diagnostic[] => {
      if (id === "") return [];
      const place = (): Place => yaml.findPlace([...path, "id"]);
      const taken = first.get(id.toLowerCase());
      if (taken === undefined) {
        first.set(id.toLowerCase(), { id, place });
        return [];
      }
      const { source, start } = taken.place();
      const where = `${toPrintable(source.name)}:${source.findLine(start)}`;
      const as = taken.id === id ? "" : ` as ${describeValue(taken.id)}`;
      const hint = "ids are unique in the campaign, whatever their case";
      return [
        error("id-taken", `the id ${describeValue(id)} is taken${as} in ${where}`, place(), hint),
      ];
    }),
  );
}

/** Checks each default against the models that have it: a default that no shot takes would never be checked otherwise. */
function checkDefaults({ defaults, yaml }: Manifest): readonly Diagnostic[] {
  const { own, input } = defaults;
  const complaints = Object.entries(input).flatMap(([field, value]) =>
    checkDefault(yaml, field, value),
  );
  const name = own.model ?? null;
  if (name !== null && !isTemplate(name) && findModel(name) === undefined) {
    complaints.push(complainAboutModel(name, yaml.findPlace(["defaults", "model"])));
  }
  return complaints;
}

function checkDefault(yaml: YamlValue, field: string, value: unknown): Diagnostic[] {
  const models = listModelsWithField(field);
  if (models.length === 0) {
    const hint = suggest(field, [...DEFAULT_KEYS, ...FIELDS]);
    const message = `${describeValue(field)} means nothing in defaults`;
    return [error("unknown-key", message, yaml.findPlace(["defaults", field], "key"), hint)];
  }
  if (value === null || isTemplate(value)) return [];
  const refusals = models.map(
    (model) => readFields(model.input, () => model.input, { [field]: value }).findings,
  );
  // One model that takes it is enough: the check of a shot knows which model it has.
  const [refusal = []] = refusals;
  if (refusals.some((findings) => findings.length === 0)) return [];
  return refusal.map((finding) =>
    locateFinding(yaml, { ...finding, path: ["defaults", ...finding.path] }),
  );
}

/** Makes lines from shots, one after the other: numbers equal purchases, and checks an input once for all its takes. */
export class LineMaker {
  readonly #book: PriceBook;
  readonly #diagnostics: Diagnostic[];
  readonly #ordinals = new Map<string, number>();
  #last: { readonly shot: Shot; readonly ready: Priced | null } | null = null;

  constructor(book: PriceBook, diagnostics: Diagnostic[]) {
    this.#book = book;
    this.#diagnostics = diagnostics;
  }

  makeLine(shot: Shot): PlanLine | null {
    const same = this.#last?.shot.input === shot.input && this.#last.shot.model === shot.model;
    const ready = same ? (this.#last?.ready ?? null) : this.#priceShot(shot);
    this.#last = { shot, ready };
    if (ready === null) return null;
    const { model, price, input, print } = ready;
    const ordinal = (this.#ordinals.get(print) ?? 0) + 1;
    this.#ordinals.set(print, ordinal);
    return {
      key: shot.key,
      shot: shot.id,
      scene: shot.scene,
      tags: shot.tags,
      priority: shot.priority,
      take: shot.take,
      variant: shot.variant,
      model: model.alias,
      endpoint: model.endpoint,
      seconds: input.seconds,
      price,
      cost: times(price.perSecond, input.seconds),
      input: input.send,
      fingerprint: print,
      ordinal,
    };
  }

  #priceShot(shot: Shot): Priced | null {
    const model = this.#findModel(shot);
    if (model === null) {
      // A shot without a model can have other mistakes too: `modle: …` is one.
      const strange = Object.keys(shot.input).filter((key) => !FIELDS.has(key));
      this.#complain(
        shot,
        strange.map((key) => refuseUnknownField(key, [...SHOT_KEYS, ...FIELDS])),
      );
      return null;
    }
    const { findings, ready } = checkInput(model, shot.input, SHOT_KEYS);
    this.#complain(shot, findings);
    if (ready === null) return null;
    const conditions = readPriceConditions(ready.complete);
    const price = findPrice(this.#book, model.endpoint, conditions);
    if (price === undefined) {
      const message = `there is no price for ${model.alias}${conditions.audio ? " with audio" : ""}`;
      const hint = "state it in a price file: --prices FILE";
      this.#diagnostics.push(error("price-missing", message, shot.findPlace(["model"]), hint));
      return null;
    }
    for (const what of listUnpriced(price, conditions)) {
      const message = `no source prices ${model.alias} with ${what}; ${dollars(price.perSecond)} a second is the price without it`;
      const place = shot.findPlace(["elements"]);
      this.#diagnostics.push(warning("price-unsure", message, place, "the bill may be higher"));
    }
    return { model, price, input: ready, print: makeFingerprint(model.endpoint, ready.complete) };
  }

  #complain(shot: Shot, findings: readonly Finding[]): void {
    for (const finding of findings) this.#diagnostics.push(locateFinding(shot, finding));
  }

  #findModel(shot: Shot): Model | null {
    if (shot.model === null) {
      if (shot.modelMisread) return null;
      const message = `shot ${describeValue(shot.id)} has no model`;
      const hint = "write `model: …` in the shot or in defaults";
      this.#diagnostics.push(error("missing-model", message, shot.findPlace([]), hint));
      return null;
    }
    const model = findModel(shot.model);
    if (model === undefined)
      this.#diagnostics.push(complainAboutModel(shot.model, shot.findPlace(["model"])));
    return model ?? null;
  }
}

function complainAboutModel(name: string, place: Place): Diagnostic {
  return error(
    "unknown-model",
    `there is no model ${quote(shorten(name, 80))}`,
    place,
    suggestModel(name),
  );
}

interface Priced {
  readonly model: Model;
  readonly price: Price;
  readonly input: ReadyInput;
  readonly print: string;
}

/** Puts the user's own prices over the list's. Returns the list's alone if there are none, or if theirs cannot be used. */
export function applyPriceFile(read: ReadPriceFile | null): {
  readonly book: PriceBook;
  readonly diagnostics: readonly Diagnostic[];
} {
  const file = read?.file ?? null;
  const diagnostics: Diagnostic[] = [];
  if (file === null) return { book: LIST_PRICES, diagnostics };
  const seen = new Map<string, number>();
  const prices = file.prices.flatMap(({ model: name, perSecond, when, path }): Price[] => {
    const model = findModel(name);
    const place = file.yaml.findPlace([...path, "model"]);
    if (model === undefined) {
      diagnostics.push(complainAboutModel(name, place));
      return [];
    }
    const terms = JSON.stringify([model.endpoint, PRICE_CONDITIONS.map((one) => when[one])]);
    const { line } = place.source.findPosition(place.start);
    const first = seen.get(terms);
    if (first !== undefined) {
      const message = `${model.alias} has a price under these conditions on line ${first} already`;
      diagnostics.push(error("value", message, place));
    }
    seen.set(terms, line);
    const missing = findMissingField(model, when);
    if (missing !== null) {
      const message = `${model.alias} has no ${missing}: this price will never apply`;
      diagnostics.push(warning("not-applied", message, place));
    }
    const source = `${toPrintable(file.yaml.source.name)}:${line}`;
    return [
      {
        endpoint: model.endpoint,
        when,
        perSecond,
        source: file.source === null ? source : `${source} (${file.source})`,
        seen: file.asOf,
        note: null,
        // A contract of the user's own does not say what a billable unit costs.
        perUnit: null,
      },
    ];
  });
  for (const [index, price] of prices.entries()) {
    const rival = prices.slice(0, index).find((other) => isTie(price, other));
    if (rival === undefined) continue;
    const message = `this price and the one at ${rival.source} can both apply, and neither is narrower`;
    const place = file.yaml.findPlace(["prices", index]);
    diagnostics.push(error("value", message, place, "state a price for both conditions together"));
  }
  const own = { asOf: file.asOf, prices };
  const book = hasErrors(diagnostics) ? LIST_PRICES : mergePrices(LIST_PRICES, own);
  return { book, diagnostics };
}

/** Finds the field without which a condition can never be met. */
function findMissingField(model: Model, when: Price["when"]): string | null {
  const needed = [
    ...(when.audio === true ? ["generate_audio"] : []),
    ...(when.video_input === true || when.voice === true ? ["elements"] : []),
  ];
  return needed.find((field) => !Object.hasOwn(model.input.shape, field)) ?? null;
}

/** Whether two prices can apply to one line, each with a condition that the other lacks. */
function isTie(a: Price, b: Price): boolean {
  if (a.endpoint !== b.endpoint) return false;
  const pairs = PRICE_CONDITIONS.map((name) => [a.when[name], b.when[name]] as const);
  const apart = pairs.some(([x, y]) => x !== undefined && y !== undefined && x !== y);
  const onlyA = pairs.some(([x, y]) => x !== undefined && y === undefined);
  const onlyB = pairs.some(([x, y]) => x === undefined && y !== undefined);
  return !apart && onlyA && onlyB;
}
