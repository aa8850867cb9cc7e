import type { Finding } from "../../diagnostics/diagnostic.ts";
import { shown } from "../../diagnostics/printable.ts";
import type { ModelInput, Rule } from "../model.ts";

// Addresses only this machine or this network can see: fal answers file_download_error.
const PRIVATE =
  /^(?:localhost|.*\.local|.*\.localhost|0\.0\.0\.0|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(?:1[6-9]|2\d|3[01])\..*|\[::1\])$/;

/** Images and videos are fetched by fal, so a path on this machine cannot work. */
export const fetchable: Rule = {
  says: "images and videos by https:// address, where fal can fetch them",
  *check({ input }) {
    for (const { path, url } of urlsOf(input)) {
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

function urlsOf(
  input: ModelInput,
): readonly { readonly path: readonly PropertyKey[]; readonly url: string }[] {
  const found: { path: readonly PropertyKey[]; url: string }[] = [];
  const add = (url: string | undefined, ...path: PropertyKey[]): void => {
    if (url !== undefined) found.push({ path, url });
  };
  add(input.start_image_url, "start_image_url");
  add(input.end_image_url, "end_image_url");
  for (const [index, url] of (input.image_urls ?? []).entries()) add(url, "image_urls", index);
  for (const [index, element] of (input.elements ?? []).entries()) {
    add(element.frontal_image_url, "elements", index, "frontal_image_url");
    add(element.video_url, "elements", index, "video_url");
    for (const [view, url] of (element.reference_image_urls ?? []).entries()) {
      add(url, "elements", index, "reference_image_urls", view);
    }
  }
  return found;
}
