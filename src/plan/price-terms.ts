import { modelNamed } from "../catalogue/models.ts";
import { conditionsOf } from "../catalogue/price.ts";
import { canonical } from "./fingerprint.ts";

/**
 * What in an input moves its price besides the seconds, as text to compare: audio, voice, video input. Null for an
 * endpoint, or an input, that this version does not know.
 */
export function priceTerms(
  endpoint: string,
  input: Readonly<Record<string, unknown>>,
): string | null {
  const complete = modelNamed(endpoint)?.input.safeParse(input);
  return complete?.success === true ? canonical(conditionsOf(complete.data)) : null;
}
