import {
  choice,
  filled,
  formats,
  option,
  type OptionsOf,
  repeatable,
  required,
  under,
  usually,
} from "./option-spec.ts";

// Every option stands here once, or in the options.ts of its wing; commands infer their types from these lists.

/** What a run does if nothing else is said. */
const USUAL = { out: "out", wait: "60m" } as const;

export const FILES = ["<files...>", "manifests of one campaign; - is standard input"] as const;
const CAMPAIGN = ["[campaign]", "one campaign; every one of the ledger when left out"] as const;

export const PRICES = option("--prices <file>", "negotiated rates over the built-in price book");
export const LEDGER = option("--ledger <file>", "what was bought stands here");
export const LEDGER_TO_WRITE = option("--ledger <file>", "remember purchases here");
const LEDGER_ITSELF = option("--ledger <file>", "the ledger");
export const NO_WARNINGS = option("-q, --quiet", "no warnings");
export const ONLY_WRONG = option("-q, --quiet", "only what went wrong");
export const OUT = usually("--out <dir>", "where videos go", USUAL.out);
export const WAIT = usually(
  "--wait <time>",
  "wait for a line at most so long after it was sent",
  USUAL.wait,
);
export const JOBS = filled(
  "-j, --jobs <n>",
  "so many lines at once, in place of the manifest's concurrency",
);
export const EVENTS = option("--events <file>", "everything that happens, as lines of JSON");
export const RETRY_FAILED = option("--retry-failed", "take up failures again that cost nothing");
export const REBUY = option(
  "--rebuy",
  "buy lines again whose input changed since they were bought",
);
export const REQUIRE_APPROVAL = option("--require-approval", "buy only what an approved plan has");
export const SPEED = filled("--speed <n>", "rehearsal: so many times faster than life (60)");
export const SEED = filled("--seed <n>", "rehearsal: the same luck again");
const ONLY = repeatable(
  "--only <selector>",
  "a shot, scene:NAME, tag:NAME or a line's key (repeatable)",
);
const THIS_CAMPAIGN = filled("--campaign <name>", "only this one");
const BY = required("--by <name>", "who says so");

/** What a plan or a difference is asked to pass. */
export const FAIL_ON = choice("--fail-on <severity>", "fail on any warning", ["warn"]);
export const COMMENT = filled(
  "--comment <file>",
  "with --format github: also write a pull request's comment",
);

export const CHECK = {
  arguments: [FILES],
  options: [formats("table", "json", "github"), PRICES, NO_WARNINGS],
} as const;
export type CheckOptions = OptionsOf<typeof CHECK.options>;

export const PLAN = {
  arguments: [FILES],
  options: [
    formats("table", "json", "csv", "xlsx", "md", "html", "github"),
    repeatable(
      "-o, --output <file>",
      "also write it to a file, as .json, .xlsx, .csv (.caps.csv: the caps), .html, .md or .txt (repeatable)",
    ),
    ONLY,
    filled("--cap <usd>", "ask: and with this budget? (in place of budget.cap)"),
    filled("--base <file>", "also show what changes against this manifest or saved plan"),
    filled("--max-usd <usd>", "fail where the whole plan costs more"),
    filled("--max-increase <limit>", "fail where it costs 10%, or 5 dollars, more than --base"),
    FAIL_ON,
    COMMENT,
    PRICES,
    LEDGER,
    NO_WARNINGS,
  ],
} as const;
export type PlanOptions = OptionsOf<typeof PLAN.options>;

export const RUN = {
  arguments: [FILES],
  options: [
    ...under("What is bought", ONLY, PRICES, RETRY_FAILED, REBUY),
    ...under(
      "Who says yes, and up to how much",
      option("-y, --yes", "do not ask; off a terminal with --max-usd"),
      filled("--max-usd <usd>", "this run spends and holds at most so much"),
      REQUIRE_APPROVAL,
      option("--raise-caps", "off a terminal: let caps be higher than in the last run"),
    ),
    ...under("How", JOBS, WAIT, OUT, LEDGER_TO_WRITE),
    ...under(
      "What is shown",
      formats("table", "json", "html"),
      option("--page", "show the run as it goes on a page of this machine, until it has ended"),
      EVENTS,
      ONLY_WRONG,
    ),
    ...under(
      "Rehearsal",
      option("--rehearse", "the same run against a simulator: no key, nothing bought"),
      SPEED,
      filled("--faults <rates>", "rehearsal: what goes wrong how often, such as reset:5%,422:2%"),
      SEED,
    ),
    ...under(
      "Workers",
      option(
        "--queue",
        "leave a saved plan's lines to workers that share the ledger, and follow them",
      ),
      option("--detach", "with --queue: do not follow"),
    ),
  ],
} as const;
export type RunOptions = OptionsOf<typeof RUN.options>;

export const STATUS = {
  arguments: [CAMPAIGN],
  options: [
    formats("table", "json"),
    option(
      "--watch",
      "again every second, until Ctrl-C; elsewhere than on a terminal a line a change",
    ),
    option("--page", "as a page of this machine that follows what happens, until Ctrl-C"),
    LEDGER,
  ],
} as const;
export type StatusOptions = OptionsOf<typeof STATUS.options>;

export const REPORT = {
  arguments: [CAMPAIGN],
  options: [
    formats("table", "json", "csv", "xlsx", "html"),
    repeatable(
      "-o, --output <file>",
      "also write it to a file, as .json, .csv, .xlsx, .html or .txt (repeatable)",
    ),
    filled("--out <dir>", "where videos are, if not where the run has put them"),
    repeatable("--plan <file>", "the budget: a saved plan, or a manifest (repeatable)"),
    option("--hot", "yesterday alone, in the campaign's time zone"),
    PRICES,
    LEDGER,
  ],
} as const;
export type ReportOptions = OptionsOf<typeof REPORT.options>;

export const FETCH = {
  arguments: [CAMPAIGN],
  options: [formats("table", "json"), OUT, LEDGER, ONLY_WRONG],
} as const;
export type FetchOptions = OptionsOf<typeof FETCH.options>;

export const RESOLVE = {
  arguments: [["<campaign/key>", "the line, as status names it; quote it"]],
  options: [
    filled("--request-id <id>", "it was bought, as this request: the next run collects it"),
    option("--charged", "it was billed, and nothing will come of it"),
    option("--not-charged", "it was not billed: its money is free again"),
    BY,
    required("--why <text>", "what was found"),
    LEDGER,
  ],
} as const;
export type ResolveOptions = OptionsOf<typeof RESOLVE.options>;

export const CANCEL = {
  arguments: [["[campaign/key...]", "lines, as status names them; quote them"]],
  options: [option("--all", "everything in flight under the ledger"), LEDGER],
} as const;
export type CancelOptions = OptionsOf<typeof CANCEL.options>;

export const APPROVE = {
  arguments: [["<plan.json>", "a plan that `plan -o plan.json` has saved"]],
  options: [
    required("--by <name>", "who approves"),
    required("--limit <usd>", "at most so much may be spent and held under it"),
    filled("--until <date>", "through that day in the campaign's time zone, or up to an instant"),
    LEDGER,
    PRICES,
  ],
} as const;
export type ApproveOptions = OptionsOf<typeof APPROVE.options>;

export const OVERAGE = {
  arguments: [],
  options: [
    required("--campaign <name>", "the campaign"),
    required("--cap <name>", "cap, per_shot, per_day, by_model.NAME, by_scene.NAME …"),
    required("--usd <usd>", "how much more"),
    BY,
    required("--why <text>", "what for"),
    LEDGER,
  ],
} as const;
export type OverageOptions = OptionsOf<typeof OVERAGE.options>;

export const LEDGER_INIT = {
  arguments: [["[file]", "where to; .topsheet/ledger.sqlite when left out"]],
  options: [
    option("--rehearsal", "for rehearsals: only the simulator is bought from under it"),
    option("--nested", "although there is a ledger at or above that folder"),
    filled(
      "--separate <campaign>",
      "buy this campaign under it, although another ledger has the campaign; with --by and --why",
    ),
    filled("--by <name>", "who says so"),
    filled("--why <text>", "the reason"),
  ],
} as const;
export type LedgerInitOptions = OptionsOf<typeof LEDGER_INIT.options>;

export const LEDGER_VERIFY = { arguments: [], options: [LEDGER_ITSELF] } as const;
export type LedgerVerifyOptions = OptionsOf<typeof LEDGER_VERIFY.options>;

export const LEDGER_EXPORT = {
  arguments: [],
  options: [THIS_CAMPAIGN, formats("csv", "jsonl"), LEDGER_ITSELF],
} as const;
export type LedgerExportOptions = OptionsOf<typeof LEDGER_EXPORT.options>;

export const LEDGER_COPY = {
  arguments: [
    ["<from>", "the ledger that has them"],
    ["<to>", "a file, or postgres://user@host/database; made where there is none"],
  ],
  options: [THIS_CAMPAIGN],
} as const;
export type LedgerCopyOptions = OptionsOf<typeof LEDGER_COPY.options>;

export const MODELS_LISTED = {
  arguments: [["[model]", "a model's alias, or its endpoint on fal"]],
  options: [formats("table", "json", "md"), PRICES],
} as const;
export type ModelsOptions = OptionsOf<typeof MODELS_LISTED.options>;

export const SCHEMA = {
  arguments: [],
  options: [option("-o, --output <file>", "write it to a file")],
} as const;
export type SchemaOptions = OptionsOf<typeof SCHEMA.options>;

export const INIT = { arguments: [["[file]", "where to", "shots.yaml"]], options: [] } as const;
