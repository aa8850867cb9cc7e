import { errorAt, type Finding, warningAt } from "../../diagnostics/diagnostic.ts";
import { formatCount, describeValue } from "../../diagnostics/printable.ts";
import type { Element } from "../fields.ts";
import type { Model, Rule } from "../model.ts";
import { describeCertainty, listPrompts } from "./prompts.ts";

const KINDS = [
  { kind: "Element", field: "elements" },
  { kind: "Image", field: "image_urls" },
] as const;

/**
 * `@Element2` and `@Image1` must be supplied: the model would read a missing one as plain words and charge for the
 * video. Warns of one that is supplied and never named.
 */
export const references: Rule = {
  says: "every @Element1 and @Image1 in a prompt must be supplied",
  *check({ input, written, model }) {
    const prompts = listPrompts(input);
    const named = new Set<string>();
    for (const { path, text } of prompts) {
      if (!text.includes("@")) continue;
      const told = new Set<string>();
      for (const { kind, field } of KINDS) {
        for (const [reference, number = ""] of text.matchAll(new RegExp(`@${kind}(\\d+)`, "gi"))) {
          if (told.has(reference)) continue;
          told.add(reference);
          const exact = `@${kind}${Number(number)}`;
          if (reference !== exact) {
            yield errorAt(path, "reference", `${reference} names nothing: write ${exact}`);
            named.add(exact);
            continue;
          }
          named.add(exact);
          const supplied = input[field]?.length ?? 0;
          // A list that could not be read has been reported; its length is not known.
          const readable = input[field] !== undefined || !written.has(field);
          if (readable && (Number(number) < 1 || Number(number) > supplied)) {
            yield refuseReference(exact, field, supplied, model, path);
          }
        }
      }
    }
    if (prompts.length === 0) return;
    for (const { kind, field } of KINDS) {
      for (const index of (input[field] ?? []).keys()) {
        const reference = `@${kind}${index + 1}`;
        if (named.has(reference)) continue;
        const hint = `write ${reference} where it appears`;
        yield warningAt([field, index], "reference", `no prompt names ${reference}`, hint);
      }
    }
  },
};

function refuseReference(
  reference: string,
  field: string,
  supplied: number,
  model: Model,
  path: readonly PropertyKey[],
): Finding {
  const says = `${reference} is not there`;
  if (!Object.hasOwn(model.input.shape, field)) {
    const hint = "a reference-to-video model takes them";
    return errorAt(path, "reference", `${says}: ${model.alias} takes no ${field}`, hint);
  }
  const has =
    supplied === 0 ? `this shot has no ${field}` : `${field} has ${supplied}, counted from 1`;
  return errorAt(path, "reference", `${says}: ${has}`);
}

/** First and last frames: an end needs a start, and neither may work with a ratio or with several shots. */
export const frames: Rule = {
  says: `end_image_url needs start_image_url${describeCertainty("inferred")}`,
  *check({ written }) {
    const start = written.has("start_image_url");
    const end = written.has("end_image_url");
    if (end && !start) {
      const message = `end_image_url needs a start_image_url${describeCertainty("inferred")}`;
      yield errorAt(["end_image_url"], "required", message);
    }
    if (start && written.has("aspect_ratio")) {
      const message = `the frame probably takes its ratio from start_image_url, not from aspect_ratio${describeCertainty("inferred")}`;
      yield warningAt(["aspect_ratio"], "not-applied", message);
    }
    if (end && written.has("multi_prompt")) {
      const message = `end_image_url is probably not used with multi_prompt${describeCertainty("inferred")}`;
      yield warningAt(["end_image_url"], "not-applied", message);
    }
  },
};

const MOST = 7;
const MOST_WITH_VIDEO = 4;
const MOST_REFERENCES = 3;

/** Elements are image sets or one video, and share a total with the reference images. */
export const elementSets: Rule = {
  says: `an element is a frontal image with 1 to ${MOST_REFERENCES} reference images, or a video; one video; at most ${MOST} elements and images, ${MOST_WITH_VIDEO} with a video${describeCertainty("inferred")}`,
  *check({ input }) {
    const elements = input.elements ?? [];
    for (const [index, element] of elements.entries()) {
      const fault = explainElementFault(element);
      if (fault !== undefined) yield errorAt(["elements", index], "element", fault);
    }
    const videos = elements.flatMap((element, index) =>
      element.video_url === undefined ? [] : [index],
    );
    const [, second] = videos;
    if (second !== undefined) {
      const message = `${videos.length} elements are videos; at most one is allowed`;
      yield errorAt(["elements", second], "element", message);
    }
    const images = input.image_urls?.length ?? 0;
    const total = elements.length + images;
    const count = `${formatCount(elements.length, "element")} and ${formatCount(images, "image")} make ${total}`;
    const path = [images > 0 ? "image_urls" : "elements"];
    if (total > MOST) {
      yield errorAt(path, "limit", `${count}; at most ${MOST} are allowed`);
    } else if (videos.length > 0 && total > MOST_WITH_VIDEO) {
      const message = `${count}; with a video element at most ${MOST_WITH_VIDEO} are allowed${describeCertainty("inferred")}`;
      yield errorAt(path, "limit", message);
    }
  },
};

function explainElementFault(element: Element): string | undefined {
  const references = element.reference_image_urls?.length ?? 0;
  const images = element.frontal_image_url !== undefined || references > 0;
  const either = "an element is a frontal image with 1 to 3 reference images, or a video";
  if (element.video_url !== undefined) return images ? `${either}, not both` : undefined;
  if (!images) return `${either}; this one has neither`;
  if (element.frontal_image_url === undefined) return `${either}; frontal_image_url is missing`;
  if (references === 0) return `${either}; reference_image_urls is missing`;
  return references > MOST_REFERENCES
    ? `${either}; this one has ${formatCount(references, "reference")}`
    : undefined;
}

// Addresses that only this machine or its network can reach: the answer would be file_download_error.
const PRIVATE =
  /^(?:localhost|.*\.local|.*\.localhost|0\.0\.0\.0|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(?:1[6-9]|2\d|3[01])\..*|\[::1\])$/;

/** Images and videos are fetched by the vendor, so a path on this machine cannot work. */
export const fetchable: Rule = {
  says: "images and videos by https:// address, where the vendor can fetch them",
  *check({ raw, model }) {
    for (const { path, url } of listUrls(raw)) {
      const fault = explainUnfetchable(url, model.vendor.name);
      if (fault !== undefined) yield errorAt(path, "url", ...fault);
    }
  },
};

/** Returns undefined if the vendor can fetch it, as far as can be told. */
function explainUnfetchable(
  url: string,
  vendor: string,
): readonly [message: string, hint: string] | undefined {
  if (/^data:[a-z]+\/[\w.+-]+;base64,/i.test(url)) return undefined;
  const parsed =
    /^[a-z][a-z0-9+.-]+:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  const upload = "upload the file and write its https:// address";
  const shown = describeValue(url);
  if (parsed === undefined)
    return [`${shown} is not a web address`, `URLs only, for now: ${upload}`];
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return [`${vendor} cannot fetch ${shown}`, "write an https:// address"];
  }
  return PRIVATE.test(parsed.hostname)
    ? [`${vendor} cannot reach ${shown}: it is an address of your own network`, upload]
    : undefined;
}

/** Lists every text under a key that ends in `_url` or `_urls`, even if other fields cannot be read. */
function listUrls(
  value: unknown,
  path: readonly PropertyKey[] = [],
): readonly { readonly path: readonly PropertyKey[]; readonly url: string }[] {
  const field = path.findLast((step) => typeof step === "string") ?? "";
  if (typeof value === "string") return /_urls?$/.test(field) ? [{ path, url: value }] : [];
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...entries].flatMap(([step, inner]) => listUrls(inner, [...path, step]));
}
