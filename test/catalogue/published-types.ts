import type { EndpointTypeMap, File as FalFile } from "@fal-ai/client/endpoints";
import type * as z from "zod";
import * as o3 from "../../src/catalogue/models/kling-o3.ts";
import * as v3 from "../../src/catalogue/models/kling-v3.ts";
import * as turbo from "../../src/catalogue/models/kling-v3-turbo.ts";

// fal publishes its endpoints' input types in @fal-ai/client. 1.10.1 has none of the 4K and turbo endpoints
// yet, but their sibling tiers. `npm run types` compares our schemas with them, name by name and value by value.

/** Every text, number or switch inside an input, as [path, its values]; files are left out, we send addresses. */
type Leaves<Value, Path extends string> = Value extends undefined | Blob | FalFile
  ? never
  : Value extends string | number | boolean
    ? [Path, Value]
    : Value extends readonly (infer Item)[]
      ? Leaves<Item, `${Path}[]`>
      : {
          [Key in keyof Value & string]-?: Leaves<
            Value[Key],
            Path extends "" ? Key : `${Path}.${Key}`
          >;
        }[keyof Value & string];

/** An input as one level: `{ "multi_prompt[].duration": "1" | "2" | …, prompt: string, … }`. */
type Flat<Input> =
  Leaves<Input, ""> extends infer All extends [string, unknown]
    ? { [Leaf in All as Leaf[0]]: Leaf[1] }
    : never;

type Alike<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The paths that only one of the two has, or whose values differ. */
type Differing<Ours, Theirs> = {
  [Path in keyof Ours | keyof Theirs]: Path extends keyof Ours & keyof Theirs
    ? Alike<Ours[Path], Theirs[Path]> extends true
      ? never
      : Path
    : Path;
}[keyof Ours | keyof Theirs];

type Schema = z.ZodObject;

/** Does not compile unless exactly the paths in `explained` differ. */
function held<Ours extends Schema, Endpoint extends keyof EndpointTypeMap>(
  schema: Ours,
  published: Endpoint,
  explained: {
    readonly [
      Path in Differing<Flat<z.output<Ours>>, Flat<EndpointTypeMap[Endpoint]["input"]>>
    ]: string;
  },
): { readonly schema: Schema; readonly published: string; readonly explained: readonly string[] } {
  return { schema, published, explained: Object.keys(explained) };
}

const NOT_ON_THE_TURBO_PAGE = "the turbo page does not list it";

export const COMPARED = [
  held(v3.textToVideo, "fal-ai/kling-video/v3/pro/text-to-video", {}),
  held(v3.textToVideo, "fal-ai/kling-video/v3/standard/text-to-video", {}),
  held(o3.textToVideo, "fal-ai/kling-video/o3/pro/text-to-video", {}),
  held(o3.textToVideo, "fal-ai/kling-video/o3/standard/text-to-video", {}),
  held(o3.referenceToVideo, "fal-ai/kling-video/o3/pro/reference-to-video", {}),
  held(o3.referenceToVideo, "fal-ai/kling-video/o3/standard/reference-to-video", {}),
  // No tier of turbo is published; what it has, it has as V3 does.
  held(turbo.textToVideo, "fal-ai/kling-video/v3/pro/text-to-video", {
    cfg_scale: NOT_ON_THE_TURBO_PAGE,
    generate_audio: NOT_ON_THE_TURBO_PAGE,
    negative_prompt: NOT_ON_THE_TURBO_PAGE,
    shot_type: NOT_ON_THE_TURBO_PAGE,
  }),
];

/** Shows that the comparison finds a renamed field, an added value, a removed one and a nested one. */
type Sample = { a?: string; b?: "x" | "y"; c?: { d?: "1" }[]; e?: string | Blob; f?: boolean };
type Mistaken = { A: string; b: "x" | "y" | "z"; c: { d: "1" | "2" }[]; e: string; f: true };
export const FOUND: { [Path in Differing<Flat<Mistaken>, Flat<Sample>>]: true } = {
  a: true,
  A: true,
  b: true,
  "c[].d": true,
  f: true,
};
