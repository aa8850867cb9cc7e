import { hash } from "node:crypto";
import { checkInput } from "../catalogue/check-input.ts";
import type { ModelInput } from "../catalogue/fields.ts";
import { findModel } from "../catalogue/models.ts";
import { readPriceConditions, type PriceBook } from "../catalogue/prices.ts";
import { isMapping } from "../diagnostics/mapping.ts";
import { exact } from "../money.ts";

/** Raised when the same input would give another fingerprint: the ledger keeps old ones as they are. */
const VERSION = 1;

/**
 * Hashes what a line buys: SHA-256 (hex) over the RFC 8785 canonical JSON of endpoint and input with the page's
 * defaults filled in, so that the same request has one fingerprint however it is written.
 */
export function makeFingerprint(endpoint: string, input: ModelInput): string {
  return sha256(toCanonicalJson({ v: VERSION, endpoint, input }));
}

/**
 * SHA-256 (hex) of what a line buys. Ignores duration and audio, so that an approval of the dearer form covers
 * the cheaper.
 */
export function hashContent(endpoint: string, input: Readonly<Record<string, unknown>>): string {
  return sha256(toCanonicalJson({ v: VERSION, endpoint, gist: dropCostFields(input) }));
}

const COST_FIELDS = new Set(["duration", "generate_audio"]);

/** Each part of a multi_prompt has its own seconds. */
function dropCostFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropCostFields);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !COST_FIELDS.has(name))
      .map(([name, inner]) => [name, dropCostFields(inner)]),
  );
}

/**
 * RFC 8785 (JCS): members sorted by UTF-16 units, no blanks, numbers as JavaScript prints them. Undefined members
 * are left out, as JSON does. Throws on what is no JSON value.
 */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  if (isMapping(value)) {
    let members = "";
    for (const key of Object.keys(value).toSorted()) {
      const inner = value[key];
      if (inner === undefined) continue;
      members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${toCanonicalJson(inner)}`;
    }
    return `{${members}}`;
  }
  const finite = typeof value !== "number" || Number.isFinite(value);
  const text: string | undefined = finite ? JSON.stringify(value) : undefined;
  if (text === undefined) throw new TypeError(`not a JSON value: ${typeof value}`);
  return text;
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "hex");
}

/** Hashes every price of a book with its conditions and its date (SHA-256, hex): a changed price changes it. */
export function hashPriceBook(book: PriceBook): string {
  // Without the source: a path would make the same prices differ between folders.
  const prices = book.prices.map(({ endpoint, when, perSecond, seen }) => ({
    endpoint,
    when,
    perSecond: exact(perSecond),
    seen,
  }));
  return sha256(toCanonicalJson({ asOf: book.asOf, ownAsOf: book.ownAsOf, prices }));
}

/** Whether an input has its fingerprint. Nothing in the line is trusted: a file can have been edited. */
export function isProven(line: {
  readonly endpoint: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly fingerprint: string;
}): boolean {
  const model = findModel(line.endpoint);
  if (model === undefined || model.endpoint !== line.endpoint) return false;
  const { ready } = checkInput(model, line.input);
  if (ready === null || ready.seconds !== line.seconds) return false;
  if (toCanonicalJson(line.input) !== toCanonicalJson(ready.send)) return false;
  return makeFingerprint(model.endpoint, ready.complete) === line.fingerprint;
}

/**
 * Describes what in an input changes its price besides the seconds (audio, voice, video input), as text to compare.
 * Returns null for an endpoint, or an input, that this version does not know.
 */
export function describePriceTerms(
  endpoint: string,
  input: Readonly<Record<string, unknown>>,
): string | null {
  const complete = findModel(endpoint)?.input.safeParse(input);
  return complete?.success === true ? toCanonicalJson(readPriceConditions(complete.data)) : null;
}
