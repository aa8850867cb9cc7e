import { hash } from "node:crypto";
import type { ModelInput } from "../catalogue/model.ts";

/** Raised when the same input would give another fingerprint: the ledger keeps old ones as they are. */
const VERSION = 1;

/**
 * What a line buys, as SHA-256 (hex) over RFC 8785 canonical JSON of endpoint and input with the page's
 * defaults filled in: the same request, however it was written down.
 */
export function fingerprint(endpoint: string, input: ModelInput): string {
  return sha256(canonical({ v: VERSION, endpoint, input }));
}

/**
 * What a line buys but for what it costs, as SHA-256 (hex): the same when it is made shorter, or without sound. An
 * approval of the dearer form stands for the cheaper.
 */
export function gist(endpoint: string, input: Readonly<Record<string, unknown>>): string {
  return sha256(canonical({ v: VERSION, endpoint, gist: withoutCost(input) }));
}

const COST_FIELDS = new Set(["duration", "generate_audio"]);

/** The seconds of a multi-shot prompt stand one by one in its list. */
function withoutCost(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCost);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !COST_FIELDS.has(name))
      .map(([name, inner]) => [name, withoutCost(inner)]),
  );
}

/**
 * RFC 8785 (JCS): members sorted by UTF-16 units, no blanks, numbers as JavaScript prints them. Undefined members
 * are left out, as JSON does. Throws on what is no JSON value.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isMapping(value)) {
    let members = "";
    for (const key of Object.keys(value).toSorted()) {
      const inner = value[key];
      if (inner === undefined) continue;
      members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonical(inner)}`;
    }
    return `{${members}}`;
  }
  const finite = typeof value !== "number" || Number.isFinite(value);
  const text: string | undefined = finite ? JSON.stringify(value) : undefined;
  if (text === undefined) throw new TypeError(`not a JSON value: ${typeof value}`);
  return text;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "hex");
}
