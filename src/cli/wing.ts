import type { Command } from "commander";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Schedule } from "../plan/campaign.ts";
import type { PlanGate, GateLimits } from "../plan/check-gates.ts";
import type { Plan } from "../plan/plan.ts";
import type { Document } from "../report/document.ts";
import { type Format, FORMATS } from "../report/formats.ts";
import type { Beside } from "../report/subjects.ts";
import type { Clock } from "../run/ports.ts";
import type { Vendor } from "../run/vendor.ts";
import type { LedgerSession, LiveRequest } from "./buying/ledger-session.ts";
import type { UnderWay } from "./buying/run-board.ts";
import type { LiveOutcome } from "./buying/choose-exit-code.ts";
import type { Buying, Shell } from "./shell.ts";

// A wing is a folder that topsheet works without: src/pages, src/sheets and the like. Its commands.ts exports one
// `Wing`, and src/cli/program.ts lists it in WINGS: nothing else imports a wing, and no wing imports another. The core
// reaches what a wing brings through `context.parts`, which says "not in this build" if no wing brings it. To take a
// wing off, delete its folder and its line in WINGS; `npm run wings` proves that the rest works.

/** What a wing brings. Loaded at start-up by every command, so it declares and loads the rest with `await import()`. */
export interface Wing {
  readonly commands?: readonly CommandDeclaration[];
  /** By the name that `--format` has for it. */
  readonly formats?: Readonly<Record<string, Format>>;
  readonly runModes?: { readonly [Name in keyof RunModes]?: () => Promise<RunModes[Name]> };
}

/** Runs a command's work with the program's context, and remembers its exit code. */
export type Runner = (work: (context: Context) => Promise<number>) => Promise<void>;

/** A command as the program and the wings hand it on. */
export interface CommandDeclaration {
  readonly name: string;
  readonly declare: (parent: Command, run: Runner) => Command;
}

/** What core commands do with the help of a wing, by name. Each is a port that its wing implements. */
export interface RunModes {
  /** `run --rehearse`: a simulator plays the vendor. */
  readonly rehearse: (options: RehearsalOptions) => Promise<Result<Rehearsal>>;
  /** `run --queue`: workers buy the lines. Takes the ledger's address. */
  readonly queue: (ledger: string) => Promise<Queue>;
  /** `run --page` and `status --page`. */
  readonly page: LivePages;
  /** `--max-usd`, `--max-increase`, `--fail-on` and `--base` of `plan`. */
  readonly gates: Gates;
  /** `--format github`. */
  readonly github: GitHub;
  /** What `plan` says of a campaign's `schedule`. */
  readonly schedule: (plan: Pick<AdmittedPlan, "lines">, schedule: Schedule, now: number) => string;
}

export interface RehearsalOptions {
  /** How many times faster than life. */
  readonly speed: number;
  /** As written: `reset:5%,422:2%`. */
  readonly faults: string | null;
  readonly seed: number | null;
  readonly fetch: Buying["fetch"];
}

/** A run against the built-in simulator: everything of its own, nothing of it costs. */
export interface Rehearsal {
  readonly vendor: Vendor;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
}

/** The queue beside a ledger, and how a run's lines get onto it. */
export interface Queue {
  readonly run: (
    context: Context,
    buying: Buying,
    books: LedgerSession,
    request: LiveRequest,
  ) => Promise<LiveOutcome | "detached">;
  readonly close: () => Promise<void>;
}

interface LivePages {
  /** Serves a campaign's page. If it cannot, prints why and returns null: the run continues without it. */
  readonly serve: (context: Context, buying: Buying, page: LivePage) => Promise<ServedPage | null>;
  /** `status --page`: serves it until it is interrupted. */
  readonly status: (
    context: Context,
    campaign: string | undefined,
    options: { readonly ledger?: string },
  ) => Promise<number>;
}

export interface LivePage {
  readonly ledger: LedgerBook;
  readonly campaign: string;
  readonly plan: Plan | null;
  /** The ledger as a command to paste has to name it; null if it is found without. */
  readonly named: string | null;
  /** Milliseconds UTC; a rehearsal's run faster. */
  readonly now: () => number;
  /** The lines that this process works on. */
  readonly underWay: () => readonly UnderWay[];
}

export interface ServedPage {
  /** `http://127.0.0.1:PORT/TOKEN/`: who has it may look, and do nothing else. */
  readonly url: string;
  /** Tells the page that something has changed. */
  changed(): void;
  /** Shows the last state, with the reason why it ends, and stops serving. */
  end(word: string): Promise<void>;
}

/** The gates of a plan, as the command line states them. */
export interface GateOptions {
  readonly maxUsd?: string;
  readonly maxIncrease?: string;
  readonly failOn?: "warn";
}

export interface Gates {
  /** Null if none is asked for. */
  readonly limits: (options: GateOptions) => Result<GateLimits | null>;
  /** Loads the plan to compare with. */
  readonly base: (
    shell: Shell,
    path: string,
    options: { readonly only: readonly string[]; readonly prices?: string },
  ) => Promise<Result<Plan>>;
  /** Gates that an admitted plan has to pass, beside its caps. */
  readonly beside: (limits: GateLimits | null, base: Plan | null, plan: AdmittedPlan) => Beside;
  /** Prints which gates failed. Returns whether any did. */
  readonly tell: (shell: Shell, gates: readonly PlanGate[]) => boolean;
}

export interface GitHub {
  /** Wraps the machine, so that nothing printed can be a command to GitHub's runner. */
  readonly onRunner: <Machine extends Shell>(shell: Machine) => Machine;
  readonly annotations: (diagnostics: readonly Diagnostic[]) => string;
  /** Resolves to the exit code of what could not be written. */
  readonly tell: (
    shell: Shell,
    page: GitHubPage,
    options: { readonly comment?: string; readonly quiet?: true },
  ) => Promise<number>;
}

/** Output for GitHub: annotations at lines, and a page of Markdown. */
export interface GitHubPage {
  readonly diagnostics: readonly Diagnostic[];
  readonly gates: readonly PlanGate[];
  /** Empty if it could not be read. */
  readonly campaign: string;
  /** Shown as Markdown. */
  readonly document: Document;
}

/** What a command is called with: the machine, and what the wings of this build bring. */
export interface Context extends Shell {
  readonly parts: Parts;
}

/** What the registered wings bring, loaded when it is asked for. */
export class Parts {
  readonly #wings: readonly Wing[];

  constructor(wings: readonly Wing[]) {
    this.#wings = wings;
  }

  /** A format of the core or of a wing. */
  format(name: string): Result<Format> {
    const found = FORMATS[name] ?? this.#wings.flatMap(({ formats }) => formats?.[name] ?? [])[0];
    return found === undefined ? refuseMissingPart(`the format ${name}`) : ok(found);
  }

  /** `asked` is what a person wrote to ask for it, such as `--rehearse`. */
  async runMode<Name extends keyof RunModes>(
    name: Name,
    asked: string,
  ): Promise<Result<RunModes[Name]>> {
    const load = this.#wings.flatMap(({ runModes }) => runModes?.[name] ?? [])[0];
    return load === undefined ? refuseMissingPart(asked) : ok(await load());
  }
}

export function refuseMissingPart(what: string): ReturnType<typeof refused> {
  return refused(`${what} is not in this build of topsheet: it was built without that part`);
}
