import { type Cron, readCron } from "../manifest/cron.ts";

/** Set times at which a campaign runs by itself. */
export interface Schedule {
  /** As it is written, and read. */
  readonly cron: string;
  readonly fields: Cron;
  readonly timezone: string;
  /** continue: goes on with the campaign. repeat: buys an edition each time. */
  readonly mode: "continue" | "repeat";
  readonly missed: "catch-up" | "skip";
}

/** A schedule as manifests state it; `usual` is the campaign's time zone. Null where they state none that can be read. */
export function readSchedule(
  stated: { readonly [Key in "cron" | "timezone" | "mode" | "missed"]: Schedule[Key] | null },
  usual: string,
): Schedule | null {
  const { cron, timezone, mode, missed } = stated;
  const fields = cron === null ? null : readCron(cron);
  // What is wrong with it has been complained of.
  if (cron === null || fields === null || "mustBe" in fields) return null;
  return {
    cron: cron.trim().replace(/\s+/g, " "),
    fields,
    timezone: timezone ?? usual,
    mode: mode ?? "continue",
    missed: missed ?? "skip",
  };
}
