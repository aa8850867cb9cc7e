import type { Price, PriceBook } from "../catalogue/price-book.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import type { MicroUsd } from "../money/usd.ts";
import type { Campaign } from "./campaign.ts";
import type { PurchaseState } from "./purchases.ts";
import type { ShotAt } from "./shot-places.ts";

/** One generation, complete: the runner neither validates nor prices it again. */
export interface PlanLine {
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly take: number;
  readonly variant: Readonly<Record<string, string>>;
  readonly model: string;
  readonly endpoint: string;
  readonly seconds: number;
  readonly price: Price;
  readonly cost: MicroUsd;
  /** Exactly what fal will be sent. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  /** This is the n-th line of the campaign with that fingerprint, counted before any filter. */
  readonly ordinal: number;
}

export type LineState = "to-buy" | "over-cap" | Exclude<PurchaseState, "unbought">;

export interface AdmittedLine extends PlanLine {
  readonly state: LineState;
}

/** What a plan is made from, and what is known even where none can be made. */
export interface PlanOrigin {
  readonly campaign: Campaign;
  readonly priceBook: PriceBook;
  /** The user's own price file, from where the program runs; null for none. */
  readonly priceFile: string | null;
  /** Every file that was read, in the order in which complaints about them are told. */
  readonly sources: readonly SourceText[];
  /** SHA-256 (hex) of each file's bytes; null for one that could not be read. */
  readonly manifests: readonly { readonly path: string; readonly sha256: string | null }[];
}

export interface Plan extends PlanOrigin {
  /** The scheduled local time of an edition that is bought anew; empty for everything else. */
  readonly edition: string;
  readonly lines: readonly PlanLine[];
  readonly shotAt: ShotAt;
  /** Warnings: a plan is made only where there is no error. */
  readonly diagnostics: readonly Diagnostic[];
}
