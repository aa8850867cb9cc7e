import { counted } from "../../diagnostics/printable.ts";
import type { Element, Rule } from "../model.ts";
import { certainty } from "./certainty.ts";

const MOST = 7;
const MOST_WITH_VIDEO = 4;
const MOST_REFERENCES = 3;

/** Elements are image sets or one video, and share a total with the reference images. */
export const elementSets: Rule = {
  says: `an element is a frontal image with 1 to ${MOST_REFERENCES} reference images, or a video; one video; at most ${MOST} elements and images, ${MOST_WITH_VIDEO} with a video${certainty("inferred")}`,
  *check({ input }) {
    const elements = input.elements ?? [];
    for (const [index, element] of elements.entries()) {
      const fault = faultOf(element);
      if (fault !== undefined) {
        yield { code: "element", severity: "error", message: fault, path: ["elements", index] };
      }
    }
    const videos = elements.flatMap((element, index) =>
      element.video_url === undefined ? [] : [index],
    );
    const [, second] = videos;
    if (second !== undefined) {
      yield {
        code: "element",
        severity: "error",
        message: `${videos.length} elements are videos; one is taken`,
        path: ["elements", second],
      };
    }
    const images = input.image_urls?.length ?? 0;
    const total = elements.length + images;
    const count = `${counted(elements.length, "element")} and ${counted(images, "image")} make ${total}`;
    const path = [images > 0 ? "image_urls" : "elements"];
    if (total > MOST) {
      yield {
        code: "limit",
        severity: "error",
        message: `${count}; at most ${MOST} are taken`,
        path,
      };
    } else if (videos.length > 0 && total > MOST_WITH_VIDEO) {
      yield {
        code: "limit",
        severity: "error",
        message: `${count}; with a video element at most ${MOST_WITH_VIDEO} are taken${certainty("inferred")}`,
        path,
      };
    }
  },
};

function faultOf(element: Element): string | undefined {
  const references = element.reference_image_urls?.length ?? 0;
  const images = element.frontal_image_url !== undefined || references > 0;
  const either = "an element is a frontal image with 1 to 3 reference images, or a video";
  if (element.video_url !== undefined) return images ? `${either}, not both` : undefined;
  if (!images) return `${either}; this one has neither`;
  if (element.frontal_image_url === undefined) return `${either}; frontal_image_url is missing`;
  if (references === 0) return `${either}; reference_image_urls is missing`;
  return references > MOST_REFERENCES
    ? `${either}; this one has ${counted(references, "reference")}`
    : undefined;
}
