// What models and messages say of fal. This file imports nothing, for the catalogue imports it.

export const FAL = {
  name: "fal",
  /** A model's web addresses, without its endpoint. */
  addresses: ["https://fal.run/", "https://queue.fal.run/", "https://fal.ai/models/"],
  page: "https://fal.ai/models/",
  /** Where an account's requests and its charges are looked for. */
  requests: "fal's requests",
  charges: "fal's billing events",
  /** The variables that a machine which buys has to be given. */
  secrets: ["FAL_KEY"],
} as const;
