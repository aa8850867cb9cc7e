import { hash } from "node:crypto";
import canonicalize from "canonicalize";
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

/** RFC 8785: keys sorted, one spelling for every number. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("not a JSON value");
  return text;
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "hex");
}
