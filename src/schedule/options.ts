import { filled, formats, option, type OptionsOf } from "../cli/option-spec.ts";
import {
  EVENTS,
  FILES,
  JOBS,
  LEDGER,
  NO_WARNINGS,
  ONLY_WRONG,
  OUT,
  PRICES,
  REBUY,
  REQUIRE_APPROVAL,
  RETRY_FAILED,
  SEED,
  SPEED,
  WAIT,
} from "../cli/options.ts";

export const LIST = {
  arguments: [FILES],
  options: [formats("table", "json"), PRICES, LEDGER, NO_WARNINGS],
} as const;
export type ScheduleListOptions = OptionsOf<typeof LIST.options>;

const MANIFESTS = ["<files...>", "manifests of one campaign"] as const;

/** The options of a run that no one watches. */
export const SCHEDULED_RUN = [
  filled("--max-usd <usd>", "most that each occurrence may spend and hold"),
  REQUIRE_APPROVAL,
  JOBS,
  OUT,
  WAIT,
  LEDGER,
  PRICES,
  EVENTS,
  RETRY_FAILED,
  REBUY,
  option("--raise-caps", "accept caps that are higher than in the last run"),
  ONLY_WRONG,
] as const;
export type ScheduledRunOptions = OptionsOf<typeof SCHEDULED_RUN>;

export const START = {
  arguments: [MANIFESTS],
  options: [
    ...SCHEDULED_RUN,
    option("--once", "run what is due now, then exit"),
    option("--rehearse", "run against the simulator: needs no key, buys nothing"),
    SPEED,
    SEED,
  ],
} as const;
export type ScheduleStartOptions = OptionsOf<typeof START.options>;

export const PRINT = {
  arguments: [MANIFESTS],
  options: [
    ...SCHEDULED_RUN,
    option("--systemd", "print a service and its timer"),
    option("--cron", "print lines for crontab -e"),
    option("--github", "print a workflow; needs a PostgreSQL ledger"),
  ],
} as const;
export type SchedulePrintOptions = OptionsOf<typeof PRINT.options>;
