import type { Exchange } from "../../../src/vendors/fal/guarded-fetch.ts";

export const REQUEST = "019da11f-c23b-7e43-8dcd-be7b083ac160";

/** Makes an answer of fal as it arrives. */
export function makeAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Exchange {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { is: "answered", status, headers, text };
}
