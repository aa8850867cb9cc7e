import { dirname, isAbsolute, join } from "node:path";
import { type Breaker, type Caps, collectLimits, type Limit, sortLimits } from "../budget/caps.ts";
import type { ApprovalRule, Terms } from "../budget/terms.ts";
import { suggestModel, findModel } from "../catalogue/models.ts";
import { type Diagnostic, error, type Place } from "../diagnostics/diagnostic.ts";
import { formatPath } from "../diagnostics/read-fields.ts";
import { findNearest } from "../diagnostics/suggest.ts";
import { toPrintable, describeValue } from "../diagnostics/printable.ts";
import { type Cron, readCron } from "../manifest/cron.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { type MicroUsd, parseUsd } from "../money.ts";

/** What the files of one command state together: they belong to one campaign. */
export interface Campaign {
  readonly name: string;
  readonly timezone: string;
  /** Whether a file states the time zone; what it does not state may be remembered. */
  readonly statesTimezone: boolean;
  readonly caps: Caps;
  /** Whether the cap on the campaign comes from `plan --cap`, and not from a file. */
  readonly capAsked: boolean;
  /** Where each cap was written, by its path: `budget.by_scene.2`. */
  readonly capPlaces: ReadonlyMap<string, () => Place>;
  readonly concurrency: Concurrency;
  /** Whether every real purchase has to be in an approved plan; null if no file says. */
  readonly approval: ApprovalRule | null;
  /** When it runs by itself; null if no file says. */
  readonly schedule: Schedule | null;
  /** The price file that a manifest names, from where the program runs. */
  readonly prices: string | null;
}

/** How many lines at once: in all, and for models that have a limit of their own. */
export interface Concurrency {
  readonly total: number;
  readonly byModel: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly lines: number;
  }[];
}

/** Makes the key under which the place of a setting is kept. */
export function makePlaceKey(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** What a new account may run at once. */
const USUAL_CONCURRENCY = 2;

/** Resolves the price file that a manifest names, relative to the manifest, to a path from the working folder. */
export function resolvePricesPath({ prices, yaml }: Manifest): string | null {
  if (prices === null || isAbsolute(prices) || yaml.source.name === "<stdin>") return prices;
  return join(dirname(yaml.source.name), prices);
}

/** Collects the settings that the files of a campaign state. What two files state must be the same. */
export function settleCampaign(manifests: readonly Manifest[]): {
  readonly campaign: Campaign;
  readonly diagnostics: readonly Diagnostic[];
} {
  const settings = new Settings(manifests);
  const name = settings.readAgreed(["campaign"], (manifest) => manifest.campaign);
  const timezone = settings.readAgreed(["timezone"], (manifest) => manifest.timezone);
  const prices = settings.readAgreed(["prices"], resolvePricesPath);
  const approval = settings.readAgreed(["approval"], (manifest) => manifest.approval);
  return {
    campaign: {
      name: name ?? "",
      timezone: timezone ?? "UTC",
      statesTimezone: timezone !== null,
      caps: settleCaps(settings),
      capAsked: false,
      capPlaces: settings.places,
      concurrency: settleConcurrency(settings),
      approval,
      schedule: settleSchedule(settings, timezone ?? "UTC"),
      prices,
    },
    diagnostics: settings.diagnostics,
  };
}

class Settings {
  readonly diagnostics: Diagnostic[] = [];
  readonly places = new Map<string, () => Place>();
  readonly #manifests: readonly Manifest[];

  constructor(manifests: readonly Manifest[]) {
    this.#manifests = manifests;
  }

  /** Reads the value that the files state, and reports contradictions. Its place is found only if it is asked for. */
  readAgreed<Value extends string | number>(
    path: readonly string[],
    pick: (manifest: Manifest) => Value | null | undefined,
  ): Value | null {
    let first: Stated<Value> | null = null;
    for (const manifest of this.#manifests) {
      const value = pick(manifest);
      if (value === null || value === undefined) continue;
      const place = (): Place => manifest.yaml.findPlace(path);
      if (first === null) first = { value, place };
      else if (first.value !== value) this.#contradicts(path, { value, place }, first);
    }
    if (first === null) return null;
    this.places.set(makePlaceKey(path), first.place);
    return first.value;
  }

  readUsd(
    path: readonly string[],
    pick: (manifest: Manifest) => number | string | null | undefined,
  ): MicroUsd | null {
    return this.readAgreed(path, (manifest) => parseUsd(String(pick(manifest) ?? "")));
  }

  /** Lists every key that a mapping has in any file, in the order of the files. */
  listNames(pick: (manifest: Manifest) => object | null | undefined): readonly string[] {
    return [...new Set(this.#manifests.flatMap((manifest) => Object.keys(pick(manifest) ?? {})))];
  }

  /** Reports a mistake at a key, in the file that has it. */
  complain(code: Diagnostic["code"], message: string, path: readonly string[], hint: string): void {
    const source = this.places.get(makePlaceKey(path))?.().source;
    const manifest = this.#manifests.find(({ yaml }) => yaml.source === source);
    const place = manifest?.yaml.findPlace(path, "key") ?? null;
    this.diagnostics.push(error(code, message, place, hint));
  }

  #contradicts(
    path: readonly string[],
    stated: Stated<string | number>,
    first: Stated<string | number>,
  ): void {
    const { source, start } = first.place();
    const where = `${toPrintable(source.name)}:${source.findLine(start)}`;
    const [name = ""] = path;
    const [message, hint] =
      name === "campaign"
        ? [
            `this file belongs to campaign ${describeValue(stated.value)}, ${where} to ${describeValue(first.value)}`,
            "plan one campaign at a time",
          ]
        : [
            `${formatPath(path)} is not the same as in ${where}`,
            "files of one campaign cannot state different settings",
          ];
    this.diagnostics.push(error("campaign", message, stated.place(), hint));
  }
}

/** A setting as one file states it. */
interface Stated<Value> {
  readonly value: Value;
  readonly place: () => Place;
}

function settleCaps(settings: Settings): Caps {
  const limits = collectLimits(
    ({ name: cap }) => settings.readUsd(["budget", cap], ({ budget }) => budget[cap]),
    ({ name: cap, states }) => {
      const seen = new Map<string, string>();
      return settings
        .listNames(({ budget }) => budget[cap])
        .flatMap((name) => {
          const path = ["budget", cap, name];
          const limit = settings.readUsd(path, ({ budget }) =>
            Object.hasOwn(budget[cap] ?? {}, name) ? budget[cap]?.[name] : null,
          );
          if (limit === null) return [];
          const of = states === "models" ? resolveModel(settings, path, name, seen) : name;
          return of === null ? [] : [{ of, name, limit }];
        });
    },
  );
  const warnAt = settings.readAgreed(["budget", "warn_at"], ({ budget }) => budget.warn_at);
  const whenReached = settings.readAgreed(
    ["budget", "when_reached"],
    ({ budget }) => budget.when_reached,
  );
  return {
    limits,
    warnAt: warnAt === null ? null : Number(warnAt.replace("%", "")),
    whenReached: whenReached ?? "stop",
    breaker: settleBreaker(settings),
  };
}

function settleBreaker(settings: Settings): Breaker {
  const usd = (key: "usd_per_hour" | "unknown_usd"): MicroUsd | null =>
    settings.readUsd(["budget", "breaker", key], (manifest) => manifest.budget.breaker?.[key]);
  return {
    usdPerHour: usd("usd_per_hour"),
    failuresInARow: settings.readAgreed(
      ["budget", "breaker", "failures_in_a_row"],
      ({ budget }) => budget.breaker?.failures_in_a_row,
    ),
    unknownUsd: usd("unknown_usd"),
  };
}

/** Reads the schedule that the files state; `usual` is the campaign's time zone. Returns null if there is none to read. */
function settleSchedule(settings: Settings, usual: string): Schedule | null {
  const cron = settings.readAgreed(["schedule", "cron"], ({ schedule }) => schedule?.cron);
  const timezone = settings.readAgreed(
    ["schedule", "timezone"],
    ({ schedule }) => schedule?.timezone,
  );
  const mode = settings.readAgreed(["schedule", "mode"], ({ schedule }) => schedule?.mode);
  const missed = settings.readAgreed(["schedule", "missed"], ({ schedule }) => schedule?.missed);
  const read = cron === null ? null : readCron(cron);
  // Mistakes in it have been reported already.
  if (cron === null || read?.ok !== true) return null;
  return {
    cron: cron.trim().replace(/\s+/g, " "),
    fields: read.value,
    timezone: timezone ?? usual,
    mode: mode ?? "continue",
    missed: missed ?? "skip",
  };
}

/** Finds the endpoint that a key of a mapping names; a second name for the same endpoint is a mistake. */
function resolveModel(
  settings: Settings,
  path: readonly string[],
  name: string,
  seen: Map<string, string>,
): string | null {
  const model = findModel(name);
  if (model === undefined) {
    // In `concurrency` the total stands beside the models.
    const hint = path[0] === "concurrency" && findNearest(name, ["total"]) !== undefined;
    settings.complain(
      "unknown-model",
      `there is no model ${describeValue(name)}`,
      path,
      hint ? 'did you mean "total"?' : suggestModel(name),
    );
    return null;
  }
  const first = seen.get(model.endpoint);
  if (first !== undefined) {
    settings.complain(
      "budget",
      `${describeValue(name)} and ${describeValue(first)} are the same model`,
      path,
      "state one of them",
    );
    return null;
  }
  seen.set(model.endpoint, name);
  return model.endpoint;
}

function settleConcurrency(settings: Settings): Concurrency {
  const lines = (name: string): number | null =>
    settings.readAgreed(["concurrency", ...(name === "total" ? [] : [name])], (manifest) => {
      const { concurrency } = manifest;
      if (typeof concurrency === "number") return name === "total" ? concurrency : null;
      const own = concurrency !== null && Object.hasOwn(concurrency, name);
      return own ? concurrency[name] : null;
    });
  const names = settings.listNames((manifest) =>
    typeof manifest.concurrency === "number" ? null : manifest.concurrency,
  );
  const seen = new Map<string, string>();
  const byModel = names.flatMap((name) => {
    const most = name === "total" ? null : lines(name);
    if (most === null) return [];
    const endpoint = resolveModel(settings, ["concurrency", name], name, seen);
    return endpoint === null ? [] : [{ name, endpoint, lines: most }];
  });
  return { total: lines("total") ?? USUAL_CONCURRENCY, byModel };
}

/** Returns the plan under the terms of its campaign's last run, for everything that its files do not state. */
export function setTerms<Of extends { readonly campaign: Campaign }>(plan: Of, terms: Terms): Of {
  const { caps, timezone, approval } = terms;
  return { ...plan, campaign: { ...plan.campaign, caps, timezone, approval } };
}

/** Returns the plan under another cap on the campaign (`--cap`). Null changes nothing. */
export function applyCap<Of extends { readonly campaign: Campaign }>(
  plan: Of,
  cap: MicroUsd | null,
): Of {
  if (cap === null) return plan;
  const capPlaces = new Map(plan.campaign.capPlaces);
  // A complaint about it is about the command line, not about the text.
  capPlaces.delete(makePlaceKey(["budget", "cap"]));
  const { caps } = plan.campaign;
  const asked: Limit = { cap: "cap", of: null, name: null, limit: cap };
  const limits = sortLimits([asked, ...caps.limits.values()]);
  return {
    ...plan,
    campaign: { ...plan.campaign, capAsked: true, capPlaces, caps: { ...caps, limits } },
  };
}

/** The set times at which a campaign runs by itself. */
export interface Schedule {
  /** The cron line as it is written, with single spaces, and as it is read. */
  readonly cron: string;
  readonly fields: Cron;
  readonly timezone: string;
  /** continue: resumes the campaign. repeat: buys an edition each time. */
  readonly mode: "continue" | "repeat";
  readonly missed: "catch-up" | "skip";
}
