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

// Declares every option of the core commands once (a wing has its own options.ts). commands/ infer their types from
// these lists, and program.ts hands them to commander.

/** The defaults of a run. */
const USUAL = { out: "out", wait: "60m" } as const;

export const FILES = ["<files...>", "manifests of one campaign; - reads standard input"] as const;
const CAMPAIGN = ["[campaign]", "one campaign (default: all campaigns of the ledger)"] as const;

export const PRICES = option(
  "--prices <file>",
  "price file with negotiated rates, used over the built-in price book",
);
export const LEDGER = option("--ledger <file>", "ledger to use (default: the nearest .topsheet/)");
export const NO_WARNINGS = option("-q, --quiet", "print no warnings");
export const ONLY_WRONG = option("-q, --quiet", "print only what goes wrong");
export const OUT = usually("--out <dir>", "folder for the videos", USUAL.out);
export const WAIT = usually(
  "--wait <time>",
  "longest wait for a line after it was sent",
  USUAL.wait,
);
export const JOBS = filled(
  "-j, --jobs <n>",
  "lines to buy at once (default: the manifest's concurrency)",
);
export const EVENTS = option(
  "--events <file>",
  "file to which every event is written, as lines of JSON",
);
export const RETRY_FAILED = option("--retry-failed", "retry failed lines that cost nothing");
export const REBUY = option(
  "--rebuy",
  "buy lines again if their input changed since they were bought",
);
export const REQUIRE_APPROVAL = option("--require-approval", "buy only lines of an approved plan");
export const SPEED = filled(
  "--speed <n>",
  "rehearsal: how many times faster than real time (default: 60)",
);
export const SEED = filled("--seed <n>", "rehearsal: seed, for reproducible timings and faults");
const ONLY = repeatable(
  "--only <selector>",
  "select a shot, scene:NAME, tag:NAME or a line's key (repeatable)",
);
const THIS_CAMPAIGN = filled("--campaign <name>", "only this campaign");
const BY = required("--by <name>", "name of the person who decides this");

/** What a plan or a difference is asked to pass. */
export const FAIL_ON = choice("--fail-on <severity>", "fail if there is any warning", ["warn"]);
export const COMMENT = filled(
  "--comment <file>",
  "with --format github: file to which the pull request comment is written",
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
      "also write a file, in the format of its ending: .txt is the table, .caps.csv the caps (repeatable)",
    ),
    ONLY,
    filled("--cap <usd>", "try this budget in place of budget.cap"),
    filled("--base <file>", "also show the difference from this manifest or saved plan"),
    filled("--max-usd <usd>", "fail if the whole plan costs more"),
    filled(
      "--max-increase <limit>",
      "fail if it costs more than --base by this share (10%) or amount (5)",
    ),
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
    ...under("What to buy", ONLY, PRICES, RETRY_FAILED, REBUY),
    ...under(
      "Consent and limits",
      option("-y, --yes", "do not ask; without a terminal, --max-usd is needed too"),
      filled("--max-usd <usd>", "most that this run may spend and hold"),
      REQUIRE_APPROVAL,
      option(
        "--raise-caps",
        "without a terminal: accept caps that are higher than in the last run",
      ),
    ),
    ...under("How to buy", JOBS, WAIT, OUT, LEDGER),
    ...under(
      "Output",
      formats("table", "json", "html"),
      option("--page", "serve a live page of the run on this machine until the run ends"),
      EVENTS,
      ONLY_WRONG,
    ),
    ...under(
      "Rehearsal",
      option("--rehearse", "run against the simulator: needs no key, buys nothing"),
      SPEED,
      filled("--faults <rates>", "rehearsal: rates of faults, such as reset:5%,422:2%"),
      SEED,
    ),
    ...under(
      "Workers",
      option(
        "--queue",
        "queue a saved plan's lines for workers that share the ledger, and follow them",
      ),
      option("--detach", "with --queue: exit without following"),
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
      "update every second until Ctrl-C; without a terminal, print a line per change",
    ),
    option("--page", "serve a live page on this machine until Ctrl-C"),
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
      "also write a file, in the format of its ending: .txt is the table (repeatable)",
    ),
    filled("--out <dir>", "folder of the videos, if they were moved after the run"),
    repeatable("--plan <file>", "budget to compare with: a saved plan or a manifest (repeatable)"),
    option("--hot", "only yesterday, in the campaign's time zone"),
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
  arguments: [["<campaign/key>", "the line, as `status` names it, in quotes"]],
  options: [
    filled("--request-id <id>", "it was bought as this request: the next run collects it"),
    option("--charged", "it was billed, and no video will come"),
    option("--not-charged", "it was not billed: its hold is released"),
    BY,
    required("--why <text>", "what the person found"),
    LEDGER,
  ],
} as const;
export type ResolveOptions = OptionsOf<typeof RESOLVE.options>;

export const CANCEL = {
  arguments: [["[campaign/key...]", "lines, as `status` names them, in quotes"]],
  options: [option("--all", "cancel everything that is in flight in the ledger"), LEDGER],
} as const;
export type CancelOptions = OptionsOf<typeof CANCEL.options>;

export const APPROVE = {
  arguments: [["<plan.json>", "a plan that `plan -o plan.json` has saved"]],
  options: [
    required("--by <name>", "name of the person who approves"),
    required("--limit <usd>", "most that may be spent and held under the approval"),
    filled(
      "--until <date>",
      "last day, in the campaign's time zone, or last instant of the approval",
    ),
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
    required("--usd <usd>", "US dollars to add"),
    BY,
    required("--why <text>", "reason"),
    LEDGER,
  ],
} as const;
export type OverageOptions = OptionsOf<typeof OVERAGE.options>;

export const LEDGER_INIT = {
  arguments: [["[file]", "file to create (default: .topsheet/ledger.sqlite)"]],
  options: [
    option("--rehearsal", "for rehearsals: it accepts purchases from the simulator only"),
    option("--nested", "create it even if a ledger exists at or above that folder"),
    filled(
      "--separate <campaign>",
      "buy this campaign in this ledger although another ledger has it; needs --by and --why",
    ),
    filled("--by <name>", "name of the person who decides this"),
    filled("--why <text>", "reason"),
  ],
} as const;
export type LedgerInitOptions = OptionsOf<typeof LEDGER_INIT.options>;

export const LEDGER_VERIFY = { arguments: [], options: [LEDGER] } as const;
export type LedgerVerifyOptions = OptionsOf<typeof LEDGER_VERIFY.options>;

export const LEDGER_EXPORT = {
  arguments: [],
  options: [
    THIS_CAMPAIGN,
    // Entries and holds are no document, which other formats could render.
    { ...choice("--format <format>", "format of standard output", ["csv", "jsonl"]), usual: "csv" },
    LEDGER,
  ],
} as const;
export type LedgerExportOptions = OptionsOf<typeof LEDGER_EXPORT.options>;

export const LEDGER_COPY = {
  arguments: [
    ["<from>", "the ledger to move them from"],
    ["<to>", "a file, or postgres://user@host/database; created if it does not exist"],
  ],
  options: [THIS_CAMPAIGN],
} as const;
export type LedgerCopyOptions = OptionsOf<typeof LEDGER_COPY.options>;

export const MODELS_COMMAND = {
  arguments: [["[model]", "alias of a model, or its endpoint"]],
  options: [formats("table", "json", "md"), PRICES],
} as const;
export type ModelsOptions = OptionsOf<typeof MODELS_COMMAND.options>;

export const SCHEMA_COMMAND = {
  arguments: [],
  options: [option("-o, --output <file>", "write to this file instead of standard output")],
} as const;
export type SchemaOptions = OptionsOf<typeof SCHEMA_COMMAND.options>;

export const INIT = {
  arguments: [["[file]", "file to write", "shots.yaml"]],
  options: [],
} as const;
