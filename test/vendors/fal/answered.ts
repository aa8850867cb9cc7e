import type { Exchange } from "../../../src/vendors/fal/guarded-fetch.ts";

export const REQUEST = "019da11f-c23b-7e43-8dcd-be7b083ac160";

/** fal's answer to a request, as it came. */
export function answered(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Exchange {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { is: "answered", status, headers, text };
}
