import { expect, test } from "vitest";
import {
  address,
  ALIASES,
  complaints,
  INFERRED,
  modelOf,
  O3_4K,
  O3_REFERENCE,
  REPORTED,
  shotsOf,
  TURBO,
  V3_4K,
  V3_PRO,
} from "./check-shot.ts";

// Rules between fields, beyond what a page's schema can say, and how sure each is.

const WITH_AUDIO = [V3_4K, V3_PRO, O3_4K, O3_REFERENCE];

test.for(ALIASES)("%s: refuses prompt beside multi_prompt, as every page states", (alias) => {
  expect(complaints(alias, { prompt: "Rain.", multi_prompt: shotsOf(5) })).toEqual([
    "error multi_prompt: a shot takes either prompt or multi_prompt, not both",
  ]);
  expect(complaints(alias, { prompt: " \n" })).toEqual(["error prompt: this prompt is empty"]);
  expect(complaints(alias, { multi_prompt: [{ prompt: "" }] })).toEqual([
    "error multi_prompt.0.prompt: this prompt is empty",
  ]);
});

test.for(WITH_AUDIO)(
  "%s: warns of shot_type intelligent beside multi_prompt, and says that it is inferred",
  (alias) => {
    const shot_type = "intelligent";
    expect(complaints(alias, { multi_prompt: shotsOf(5), shot_type })).toEqual([
      `warning shot_type: shot_type intelligent lets the model choose the cuts; what it does with multi_prompt is not known${INFERRED}`,
    ]);
    expect(complaints(alias, { prompt: "Rain.", shot_type })).toEqual([]);
  },
);

test.for(ALIASES)(
  "%s: refuses a reference that is not there, and warns of one that no prompt names",
  (alias) => {
    const takes = alias === O3_REFERENCE;
    const absent = (reference: string, field: string): string =>
      takes
        ? `${reference} is not there: this shot has no ${field}`
        : `${reference} is not there: ${alias} takes no ${field}`;
    expect(complaints(alias, { prompt: "@Element2 in @Image1." })).toEqual([
      `error prompt: ${absent("@Element2", "elements")}`,
      `error prompt: ${absent("@Image1", "image_urls")}`,
    ]);
    expect(
      complaints(alias, { multi_prompt: [{ prompt: "Rain." }, { prompt: "@Image1." }] }),
    ).toEqual([`error multi_prompt.1.prompt: ${absent("@Image1", "image_urls")}`]);
    if (!takes) return;
    const image_urls = [address("a.png"), address("b.png")];
    expect(complaints(alias, { prompt: "As in @Image2.", image_urls })).toEqual([
      "warning image_urls.0: no prompt names @Image1",
    ]);
    expect(
      complaints(alias, { prompt: "@Image0, @Image1, @Image2, @Image3.", image_urls }),
    ).toEqual([
      "error prompt: @Image0 is not there: image_urls has 2, counted from 1",
      "error prompt: @Image3 is not there: image_urls has 2, counted from 1",
    ]);
  },
);

const frontal_image_url = address("front.png");
const video_url = address("dancer.mp4");
const views = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => address(`view-${index}.png`));

test.for([
  { frontal_image_url, reference_image_urls: views(1) },
  { frontal_image_url, reference_image_urls: views(3) },
  { video_url },
  { video_url, voice_id: "ana" },
])("accepts the element %j", (element) => {
  expect(complaints(O3_REFERENCE, { prompt: "@Element1 waves.", elements: [element] })).toEqual([]);
});

test.for([
  [{ frontal_image_url, reference_image_urls: views(4) }, "; this one has 4 references"],
  [{ frontal_image_url }, "; reference_image_urls is missing"],
  [{ frontal_image_url, reference_image_urls: [] }, "; reference_image_urls is missing"],
  [{ reference_image_urls: views(1) }, "; frontal_image_url is missing"],
  [{}, "; this one has neither"],
  [{ frontal_image_url, reference_image_urls: views(1), video_url }, ", not both"],
] as const)("refuses the element %j", ([element, fault]) => {
  expect(complaints(O3_REFERENCE, { prompt: "@Element1 waves.", elements: [element] })).toEqual([
    `error elements.0: an element is a frontal image with 1 to 3 reference images, or a video${fault}`,
  ]);
});

test("accepts one video element in a request", () => {
  const elements = [{ video_url }, { video_url: address("juggler.mp4") }];
  expect(complaints(O3_REFERENCE, { prompt: "@Element1, @Element2.", elements })).toEqual([
    "error elements.1: 2 elements are videos; at most one is allowed",
  ]);
});

test("refuses an end frame without a start, and warns of a ratio or several shots beside them, all inferred", () => {
  const start_image_url = address("start.png");
  const end_image_url = address("end.png");
  const prompt = "Rain.";
  expect(complaints(O3_REFERENCE, { prompt, start_image_url, end_image_url })).toEqual([]);
  expect(complaints(O3_REFERENCE, { prompt, end_image_url, start_image_url: null })).toEqual([
    `error end_image_url: end_image_url needs a start_image_url${INFERRED}`,
  ]);
  expect(complaints(O3_REFERENCE, { prompt, start_image_url, aspect_ratio: "1:1" })).toEqual([
    `warning aspect_ratio: the frame probably takes its ratio from start_image_url, not from aspect_ratio${INFERRED}`,
  ]);
  expect(
    complaints(O3_REFERENCE, { multi_prompt: shotsOf(5), start_image_url, end_image_url }),
  ).toEqual([
    `warning end_image_url: end_image_url is probably not used with multi_prompt${INFERRED}`,
  ]);
});

const clauses = (alias: string): readonly string[] =>
  modelOf(alias).rules.flatMap(({ says }) => says.split("; "));

test.for([V3_4K, V3_PRO, O3_4K, O3_REFERENCE])("%s says how sure its rules are", (alias) => {
  expect(clauses(alias)).toEqual(
    expect.arrayContaining([
      "exactly one of prompt and multi_prompt",
      `prompts of at most 2500 characters${REPORTED}`,
      `512 for one of several shots${INFERRED}`,
      `multi_prompt of 1 to 6 shots${INFERRED}, together at most 15 s${INFERRED} and at least 3 s${INFERRED}`,
      `a duration beside it must be their sum${INFERRED}`,
    ]),
  );
});

test("says of turbo what its page advises (2,500 characters) and states (6 shots, 15 s, not 3 s)", () => {
  const said = clauses(TURBO);
  expect(said.filter((rule) => rule.includes(`2500${REPORTED}`))).toEqual([]);
  const total = said.find((rule) => rule.includes("15 s")) ?? "";
  expect(total).toContain("1 to 6 shots, ");
  expect(total).toContain("inferred");
  expect(said).toContain(`512 for one of several shots${INFERRED}`);
  expect(said).toContain(`a duration beside it must be their sum${INFERRED}`);
});
