import * as z from "zod";
import { AMOUNT_KINDS, mapKinds, getCapKind, NAMED_KINDS } from "../budget/caps.ts";
import { parseUsd } from "../money.ts";
import { CRON_SAYS, readCron } from "./cron.ts";

// The manifest's own shape, declared once: types, the editor's JSON Schema and the messages follow from it.
// The models declare a shot's input fields; the plan adds them.

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const NAME_SAYS =
  "letters, digits, dot, dash and underscore, at most 64, starting with a letter or digit";

export function isTimeZone(name: string): boolean {
  // Places only: an offset such as +01:00 knows no daylight saving, and abbreviations such as CST mean several.
  if (!/^(?:UTC|GMT|[A-Za-z_]+\/[A-Za-z0-9_+/-]+)$/.test(name)) return false;
  // 1 ms instead of 9; it lacks older names of places.
  if (name === "UTC" || Intl.supportedValuesOf("timeZone").includes(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A name for folders and files. A number or truth value is one too, the way it was written: see `isName`. */
const nameSays = { error: `a name such as hero: ${NAME_SAYS}` };
const name = z.union([z.string().regex(NAME_PATTERN, nameSays), z.number(), z.boolean()], nameSays);

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

/** A label: any scalar, kept as it was written (`scene: 1`, `tags: [007]`). */
const scalars = [z.string(), z.number(), z.boolean()] as const;
const label = z.union(scalars, { error: "text" });

const TIMEZONE_SAYS = "a time zone such as Europe/London";
const timezone = z.string({ error: TIMEZONE_SAYS }).refine(isTimeZone, { error: TIMEZONE_SAYS });

const PERCENT_SAYS = "a whole percentage such as 80%";
const percent = z
  .string({ error: PERCENT_SAYS })
  .regex(/^(?:100|[1-9]?\d)%$/, { error: PERCENT_SAYS });

const COUNT_SAYS = "a whole number from 1 to 1000";
const count = z
  .int({ error: COUNT_SAYS })
  .min(1, { error: COUNT_SAYS })
  .max(1_000, { error: COUNT_SAYS });

const USD_SAYS =
  "a number of US dollars such as 180 or 0.5, with no $ sign and at most six decimals";
const usd = z
  .union([z.number(), z.string()], { error: USD_SAYS })
  .refine((amount) => parseUsd(String(amount)) !== undefined, { error: USD_SAYS });

const usdByName = z.record(z.string(), usd, { error: "a mapping of names to US dollars" });

// An empty value of the head does not say what was meant: `cap:` would be no cap, `prices:` the list prices, and
// `timezone:` another midnight. So only `defaults`, whose entries may all be commented out, may be empty.

const breakerSchema = z.strictObject(
  {
    usd_per_hour: usd.optional().describe("Most that may be spent and held within any hour."),
    failures_in_a_row: count
      .optional()
      .describe("This many lines of a run that fail in a row end it."),
    unknown_usd: usd
      .optional()
      .describe("More than this held for lines with an unknown outcome ends the run."),
  },
  { error: "a mapping of usd_per_hour, failures_in_a_row and unknown_usd" },
);

export const budgetSchema = z.strictObject(
  {
    ...mapKinds(AMOUNT_KINDS, (name) => usd.optional().describe(getCapKind(name).description)),
    ...mapKinds(NAMED_KINDS, (name) => usdByName.optional().describe(getCapKind(name).description)),
    warn_at: percent.optional().describe("Warn when this share of a cap is reached."),
    when_reached: z
      .enum(["stop", "skip"], { error: "stop or skip" })
      .optional()
      .describe("stop: start nothing more. skip: continue with the lines that still fit."),
    breaker: breakerSchema
      .optional()
      .describe("Ends a run before more is lost; it waits for what is in flight."),
  },
  { error: "a mapping of caps" },
);

/** When the campaign runs by itself; `topsheet schedule` reads it. */
export const scheduleSchema = z.strictObject(
  {
    cron: z
      .string({ error: CRON_SAYS })
      .superRefine((text, context) => {
        const read = readCron(text);
        if (!read.ok) context.addIssue({ code: "custom", message: read.problem });
      })
      .describe("Minute, hour, day of the month, month, day of the week; of the last two, either."),
    timezone: timezone
      .optional()
      .describe("The time zone of the cron line; the campaign's if left out."),
    mode: z
      .enum(["continue", "repeat"], { error: "continue or repeat" })
      .optional()
      .describe("continue: resume the campaign. repeat: buy all of it anew each time."),
    missed: z
      .enum(["catch-up", "skip"], { error: "catch-up or skip" })
      .optional()
      .describe("What happens at a time when no scheduler was running; skip if left out."),
  },
  { error: "a mapping of cron, timezone, mode and missed" },
);

export const headSchema = z.strictObject(
  {
    topsheet: z.literal(1, { error: "1, the version of this format" }),
    campaign: name.describe("The account in the ledger; several manifests may share it."),
    timezone: timezone.optional().describe("Where a day, week or month begins; UTC if left out."),
    prices: z
      .string({ error: "the path of a price file" })
      .optional()
      .describe("A file of negotiated rates, over the built-in price book."),
    budget: budgetSchema.optional().describe("Caps in US dollars; all of them hold at once."),
    schedule: scheduleSchema.optional().describe("When the campaign runs by itself."),
    approval: z
      .enum(["required", "optional"], { error: "required or optional" })
      .optional()
      .describe("required: every real purchase has to be in an approved plan."),
    concurrency: z
      .union([count, z.record(z.string(), count, { error: COUNT_SAYS })], {
        error: `${COUNT_SAYS}, or a mapping of total and models to such numbers`,
      })
      .optional()
      .describe("How many lines run at once; 2 if left out, which is what a new account may run."),
    defaults: z
      .record(z.string(), z.unknown(), { error: "a mapping" })
      .nullish()
      .describe("What every shot has unless it says otherwise."),
    shots: z
      .array(z.unknown(), { error: "a list of shots" })
      .min(1, { error: "a list of at least one shot" }),
  },
  { error: "a mapping that starts with topsheet: 1" },
);

const takes = z
  .int({ error: "a whole number of at least 1" })
  .min(1, { error: "a whole number of at least 1" });

const priority = z
  .int({ error: "a whole number" })
  .min(-1_000_000, { error: "a whole number of at least -1000000" })
  .max(1_000_000, { error: "a whole number of at most 1000000" });

/** The keys that shots and the defaults share. */
const shared = {
  model: z
    .string({ error: "the name of a model" })
    .nullish()
    .describe("A model's alias, or its endpoint."),
  scene: label
    .nullish()
    .describe("The scene this shot belongs to, for the top sheet and for caps."),
  tags: z
    .array(label, { error: "a list of words" })
    .nullish()
    .describe("Words to select shots by."),
  priority: priority.nullish().describe("Higher runs first; 0 if left out."),
  takes: takes.nullish().describe("How many times the shot is generated."),
} as const;

export const defaultsSchema = z.strictObject(shared, { error: "a mapping" });

const matrixValue = z.union(scalars, { error: "text, a number, true or false" });
const combination = z.record(z.string(), matrixValue, {
  error: "a mapping of variables to values",
});

const matrixSchema = z
  .object(
    {
      include: z.array(combination, { error: "a list of mappings" }).nullish(),
      exclude: z.array(combination, { error: "a list of mappings" }).nullish(),
    },
    { error: "a mapping of variables to lists of values" },
  )
  .catchall(
    z
      .array(matrixValue, { error: "a list of values" })
      .min(1, { error: "a list of at least one value" }),
  );

export const shotSchema = z.strictObject(
  {
    id: name.describe("The shot's name, unique in the campaign."),
    ...shared,
    notes: z.string({ error: "text" }).nullish().describe("For people; never sent."),
    matrix: matrixSchema
      .nullish()
      .describe("One line for each combination, in GitHub Actions' grammar."),
  },
  { error: "a mapping" },
);

export type WrittenBudget = z.output<typeof budgetSchema>;
export type WrittenSchedule = z.output<typeof scheduleSchema>;
export type WrittenMatrix = z.output<typeof matrixSchema>;
export type WrittenShot = z.output<typeof shotSchema>;
export type WrittenDefaults = z.output<typeof defaultsSchema>;

export const SHOT_KEYS: readonly string[] = Object.keys(shotSchema.shape);
export const DEFAULT_KEYS: readonly string[] = Object.keys(defaultsSchema.shape);
