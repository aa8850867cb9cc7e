import { expect, test } from "vitest";
import {
  address,
  ALIASES,
  asked,
  complaints,
  O3_4K,
  O3_REFERENCE,
  V3_4K,
  V3_PRO,
} from "./check-shot.ts";

const V3 = [V3_4K, V3_PRO];
const WITH_AUDIO = [V3_4K, V3_PRO, O3_4K, O3_REFERENCE];

/** Which models have the fields that not all have, according to the pages. */
const OWNERS: Readonly<
  Record<string, { readonly value: unknown; readonly models: readonly string[] }>
> = {
  cfg_scale: { value: 0.5, models: V3 },
  negative_prompt: { value: "blur", models: V3 },
  generate_audio: { value: false, models: WITH_AUDIO },
  shot_type: { value: "customize", models: WITH_AUDIO },
  start_image_url: { value: address("a.png"), models: [O3_REFERENCE] },
  end_image_url: { value: address("b.png"), models: [O3_REFERENCE] },
  image_urls: { value: [address("c.png")], models: [O3_REFERENCE] },
  elements: { value: [{ video_url: address("d.mp4") }], models: [O3_REFERENCE] },
};

const strangers = Object.entries(OWNERS).flatMap(([field, { value, models }]) =>
  ALIASES.filter((alias) => !models.includes(alias)).map((alias) => ({
    field,
    alias,
    value,
    models,
  })),
);

test("lists as many absent fields as the pages leave out", () => {
  expect(strangers.length).toBe(3 + 3 + 1 + 1 + 4 * 4);
});

test.for(strangers)(
  "refuses $field for $alias, and names in the hint the models that have it",
  ({ field, alias, value, models }) => {
    expect(asked(alias, { prompt: "Rain.", [field]: value })).toEqual({
      findings: [
        {
          code: "no-such-field",
          severity: "error",
          message: `${alias} has no ${field}`,
          path: [field],
          hint: expect.stringMatching(
            new RegExp(`^${field} is a field of (?=.*${models.join(")(?=.*")})`),
          ),
        },
      ],
      ready: null,
    });
    const { findings } = asked(alias, { prompt: "Rain.", [field]: value });
    const named = ALIASES.filter((other) => findings[0]?.hint?.split(/[ ,]+/).includes(other));
    expect(named.toSorted()).toEqual(models.toSorted());
    expect(complaints(alias, { prompt: "Rain.", [field]: null })).toEqual([]);
  },
);

test.for(ALIASES)("%s: suggests the nearest field for one that no model has", (alias) => {
  const { findings } = asked(alias, {
    prompt: "Rain.",
    aspect_ration: "16:9",
    seed: 42,
    character_orientation: null,
  });
  expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    'error "aspect_ration" means nothing in a shot',
    'error "seed" means nothing in a shot',
    'error "character_orientation" means nothing in a shot',
  ]);
  expect(findings[0]?.hint).toBe('did you mean "aspect_ratio"?');
});
