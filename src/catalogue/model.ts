import type * as z from "zod";
import type { Finding } from "../diagnostics/diagnostic.ts";

/** Every field that any model of the catalogue takes. A model's own schema says which ones it has. */
export interface ModelInput {
  readonly prompt?: string | undefined;
  readonly multi_prompt?: readonly MultiPromptShot[] | undefined;
  readonly duration?: string | undefined;
  readonly aspect_ratio?: string | undefined;
  readonly generate_audio?: boolean | undefined;
  readonly shot_type?: string | undefined;
  readonly negative_prompt?: string | undefined;
  readonly cfg_scale?: number | undefined;
  readonly start_image_url?: string | undefined;
  readonly end_image_url?: string | undefined;
  readonly image_urls?: readonly string[] | undefined;
  readonly elements?: readonly Element[] | undefined;
}

interface MultiPromptShot {
  readonly prompt: string;
  readonly duration: string;
}

/** A character or object: an image set (frontal and references) or a video. */
export interface Element {
  readonly frontal_image_url?: string | undefined;
  readonly reference_image_urls?: readonly string[] | undefined;
  readonly video_url?: string | undefined;
  readonly voice_id?: string | undefined;
}

/** What a rule looks at: the fields that could be read, and what was written, readable or not. */
interface RuledInput {
  readonly input: ModelInput;
  readonly written: ReadonlySet<string>;
  /** The fields as they were written, those too that could not be read. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly model: Model;
}

/** What a schema cannot say: fields that depend on each other, and limits that are not on the page. */
export interface Rule {
  /** For `topsheet models`: the rule in words, with how sure it is. */
  readonly says: string;
  check(ruled: RuledInput): Iterable<Finding>;
}

/** The strict schema of one endpoint's input, exactly as its page lists it; parsing fills the page's defaults in. */
interface InputSchema extends z.ZodType<ModelInput> {
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

/** What a model says of who makes its videos. */
export interface ModelVendor {
  /** As messages call it, and as `vendors/vendors.ts` has it. */
  readonly name: string;
  /** What may stand before an endpoint: its web addresses. */
  readonly addresses: readonly string[];
  /** Where an account's requests, and its charges, are looked for. */
  readonly requests: string;
  readonly charges: string;
  /** The variables that a machine which buys has to be given. */
  readonly secrets: readonly string[];
}

export interface Model {
  /** What a manifest calls it. */
  readonly alias: string;
  readonly endpoint: string;
  readonly title: string;
  readonly family: string;
  readonly vendor: ModelVendor;
  readonly input: InputSchema;
  readonly rules: readonly Rule[];
}

/** Endpoints that share their fields and rules: one file each under `catalogue/`. */
export interface Family {
  readonly name: string;
  readonly vendor: ModelVendor;
  readonly models: readonly Omit<Model, "family" | "vendor">[];
}
