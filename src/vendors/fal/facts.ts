// What fal's models and the messages about them say of fal. It imports nothing, for the catalogue takes it.

export const FAL = {
  name: "fal",
  /** What may stand before an endpoint: a model's web addresses on fal. */
  addresses: ["https://fal.run/", "https://queue.fal.run/", "https://fal.ai/models/"],
  page: "https://fal.ai/models/",
  /** Where an account's requests and its charges are looked for. */
  requests: "fal's requests",
  charges: "fal's billing events",
  /** The variables that a machine which buys has to be given. */
  secrets: ["FAL_KEY"],
} as const;
