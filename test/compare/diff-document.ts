import * as z from "zod";

// `topsheet/diff@1`, key by key. Strict: a key too many fails as one too few does.

const usd = z.string().regex(/^(?:0|[1-9]\d*)\.\d{2,6}$/);
const signedUsd = z.string().regex(/^-?(?:0|[1-9]\d*)\.\d{2,6}$/);
const size = z.strictObject({ lines: z.int().min(0), seconds: z.int().min(0), cost: usd });

const reason = z.strictObject({
  what: z.enum([
    "shot",
    "matrix",
    "takes",
    "seconds",
    "model",
    "audio",
    "elements",
    "price",
    "input",
  ]),
  before: z.string().nullable(),
  after: z.string().nullable(),
  lines: z.int().min(1),
  amount: signedUsd,
});

export const diffDocument = z.strictObject({
  schema: z.literal("topsheet/diff@1"),
  currency: z.literal("USD"),
  differs: z.boolean(),
  before: size,
  after: size,
  difference: signedUsd,
  same: z.int().min(0),
  shots: z.array(
    z.strictObject({
      shot: z.string().min(1),
      change: z.enum(["added", "dropped", "changed"]),
      before: size,
      after: size,
      difference: signedUsd,
      reasons: z.array(reason).min(1),
    }),
  ),
});

export type DiffDocument = z.output<typeof diffDocument>;
