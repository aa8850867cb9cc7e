import type { Finding } from "../../diagnostics/diagnostic.ts";
import { shown } from "../../diagnostics/printable.ts";
import type { Rule } from "../model.ts";

// Addresses only this machine or this network can see: fal answers file_download_error.
const PRIVATE =
  /^(?:localhost|.*\.local|.*\.localhost|0\.0\.0\.0|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(?:1[6-9]|2\d|3[01])\..*|\[::1\])$/;

/** Images and videos are fetched by fal, so a path on this machine cannot work. */
export const fetchable: Rule = {
  says: "images and videos by https:// address, where fal can fetch them",
  *check({ raw }) {
    for (const { path, url } of urlsOf(raw)) {
      const fault = faultOf(url);
      if (fault !== undefined) {
        yield { code: "url", severity: "error", path, ...fault };
      }
    }
  },
};

function faultOf(url: string): Pick<Finding, "message" | "hint"> | undefined {
  if (/^data:[a-z]+\/[\w.+-]+;base64,/i.test(url)) return undefined;
  const parsed =
    /^[a-z][a-z0-9+.-]+:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) {
    return {
      message: `${shown(url)} is not a web address`,
      hint: "URLs only, for now: upload the file and write its https:// address",
    };
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return { message: `fal cannot fetch ${shown(url)}`, hint: "write an https:// address" };
  }
  if (PRIVATE.test(parsed.hostname)) {
    return {
      message: `fal cannot reach ${shown(url)}: it is an address of your own network`,
      hint: "upload the file and write its https:// address",
    };
  }
  return undefined;
}

/** Whatever stands under a key that ends in `_url` or `_urls`, beside what cannot be read too. */
function urlsOf(
  value: unknown,
  path: readonly PropertyKey[] = [],
): readonly { readonly path: readonly PropertyKey[]; readonly url: string }[] {
  const field = path.findLast((step) => typeof step === "string") ?? "";
  if (typeof value === "string") return /_urls?$/.test(field) ? [{ path, url: value }] : [];
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...entries].flatMap(([step, inner]) => urlsOf(inner, [...path, step]));
}
