import type * as z from "zod";
import type { Finding } from "../diagnostics/diagnostic.ts";
import type { ModelInput } from "./fields.ts";
import type { ListPrice } from "./prices.ts";

/** What a rule checks: the fields that could be read, and what was written, readable or not. */
interface RuledInput {
  readonly input: ModelInput;
  readonly written: ReadonlySet<string>;
  /** The fields as they were written, including those that could not be read. */
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

/** What the program says of who makes a model's videos. */
export interface ModelVendor {
  /** As messages call it, and as `vendors/vendors.ts` has it. */
  readonly name: string;
  /** The web addresses that may precede an endpoint. */
  readonly addresses: readonly string[];
  /** The address of an endpoint's page, up to the endpoint. */
  readonly page: string;
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
  /** Words by which shot lists call it, beside its alias: in any order, with or without "Kling" and ".0". */
  readonly names: readonly string[];
  readonly input: InputSchema;
  readonly rules: readonly Rule[];
  /** What it costs; the first price whose conditions hold is taken. */
  readonly prices: readonly ListPrice[];
  /** An input as its page shows it, which has to pass. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** Endpoints that share fields and rules. A family is a file in `catalogue/models/`, and says all there is to say of its models. */
export interface Family {
  readonly name: string;
  readonly vendor: ModelVendor;
  readonly models: readonly Omit<Model, "family" | "vendor">[];
}
