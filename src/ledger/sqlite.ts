import { limitOf, type Overage } from "../budget/overage.ts";
import { type Terms, writtenTerms } from "../budget/terms.ts";
import type { Entry, Order, Step } from "./entry.ts";
import type { Approval, ApprovedLine, StandingApproval } from "./approval.ts";
import { fold } from "./fold.ts";
import { folded } from "./held-caps.ts";
import type { Hold } from "./hold.ts";
import {
  type Advance,
  type Everything,
  type Ledger,
  LedgerFault,
  type OpenRun,
  type Position,
  type Purpose,
  type Reservation,
  type RunStart,
  type Surroundings,
} from "./ledger.ts";
import { SqliteApprovals } from "./sqlite-approvals.ts";
import { SqliteEntries } from "./sqlite-entries.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { SqliteHolds } from "./sqlite-holds.ts";
import { SqliteReads } from "./sqlite-reads.ts";
import * as rows from "./sqlite-rows.ts";

/** How long a run counts as alive without a word; it says one four times as often. Milliseconds. */
const LEASE_MS = 60_000;

/** A ledger in one SQLite file, for all processes of a machine. */
export class SqliteLedger implements Ledger {
  readonly id: string;
  readonly #file: SqliteFile;
  readonly #around: Surroundings;
  readonly #reads: SqliteReads;
  readonly #approvals: SqliteApprovals;
  readonly #entries: SqliteEntries;
  readonly #holds: SqliteHolds;

  private constructor(file: SqliteFile, around: Surroundings, id: string) {
    this.#file = file;
    this.#reads = new SqliteReads(file, around);
    this.#approvals = new SqliteApprovals(file, this.#reads);
    this.#entries = new SqliteEntries(file, around);
    this.#holds = new SqliteHolds(file, around, this.#reads, this.#approvals, this.#entries);
    this.#around = around;
    this.id = id;
  }

  static async open(
    path: string,
    use: "read" | "write",
    around: Surroundings,
  ): Promise<SqliteLedger> {
    const file = await SqliteFile.open(path, use);
    const id = await file.reading(() =>
      rows.valueRow.optional().parse(file.rows("SELECT value FROM about WHERE name = 'id'")[0]),
    );
    if (id === undefined) throw new LedgerFault("damaged", `${path} has no id`);
    return new SqliteLedger(file, around, id.value);
  }

  /** Makes a new ledger, for money or for rehearsals; null leaves that to the first answer. */
  static async create(
    path: string,
    purpose: Purpose | null,
    around: Surroundings,
  ): Promise<SqliteLedger> {
    const id = around.newId();
    const file = await SqliteFile.create(path, (made) => {
      made.run("INSERT INTO about (name, value) VALUES ('id', ?)", id);
    });
    const ledger = new SqliteLedger(file, around, id);
    if (purpose !== null) await ledger.claim(purpose);
    return ledger;
  }

  async purpose(): Promise<Purpose | null> {
    return await this.#file.reading(() => this.#reads.purpose());
  }

  async claim(purpose: Purpose): Promise<boolean> {
    if ((await this.purpose()) === purpose) return true;
    return await this.#file.transaction(() => {
      const before = this.#reads.purpose();
      if (before !== null) return before === purpose;
      this.#file.run("INSERT INTO about (name, value) VALUES ('purpose', ?)", purpose);
      this.#entries.write({ kind: "purpose", purpose }, {});
      return true;
    });
  }

  async campaigns(): Promise<readonly string[]> {
    return await this.#file.reading(() => this.#reads.campaigns());
  }

  async terms(campaign: string): Promise<Terms | null> {
    return await this.#file.reading(() => this.#reads.terms(campaign));
  }

  async agree(campaign: string, terms: Terms, basedOn?: Terms | null): Promise<boolean> {
    return await this.#file.transaction(() => {
      const written = JSON.stringify(writtenTerms(terms));
      const before = this.#reads.writtenTerms(campaign);
      const expected = basedOn && JSON.stringify(writtenTerms(basedOn));
      if (before === written) return true;
      if (basedOn !== undefined && expected !== before) return false;
      this.#file.run(
        "INSERT INTO campaigns (campaign, name, terms) VALUES (?, ?, ?) ON CONFLICT (campaign) DO UPDATE SET terms = excluded.terms",
        folded(campaign),
        campaign,
        written,
      );
      this.#entries.write({ kind: "terms", terms: writtenTerms(terms) }, { campaign });
      return true;
    });
  }

  async everything(): Promise<Everything> {
    return await this.#file.readingAtOnce(() => ({
      entries: this.#reads.entries(null),
      kept: { ...this.#reads.kept(), ...this.#approvals.kept() },
    }));
  }

  async positions(campaign: string): Promise<readonly Position[]> {
    return await this.#file.reading(() => this.#reads.positions(campaign));
  }

  async holds(campaign: string): Promise<readonly Hold[]> {
    return [...fold(await this.entries(campaign)).values()];
  }

  async hold(id: string): Promise<Hold | null> {
    return await this.#file.reading(() => this.#reads.hold(id));
  }

  async durations(endpoint: string, seconds: number): Promise<readonly number[]> {
    return await this.#file.reading(() => this.#reads.durations(endpoint, seconds));
  }

  async openRuns(campaign: string): Promise<readonly OpenRun[]> {
    return await this.#file.reading(() =>
      this.#reads.openRuns(campaign).map((run) => ({
        id: run.run,
        owner: run.owner,
        startedAt: run.started_at,
        alive: this.#reads.isAlive(run),
      })),
    );
  }

  async entries(campaign: string | null): Promise<readonly Entry[]> {
    return await this.#file.reading(() => this.#reads.entries(campaign));
  }

  async overages(campaign: string): Promise<readonly Overage[]> {
    return await this.#file.reading(() => this.#approvals.overages(campaign));
  }

  async approvals(campaign: string): Promise<readonly StandingApproval[]> {
    return await this.#file.readingAtOnce(() => this.#approvals.standing(campaign));
  }

  async approve(
    campaign: string,
    approval: Approval,
    lines: readonly ApprovedLine[],
  ): Promise<void> {
    await this.#file.transaction(() => {
      const at = this.#around.now();
      this.#known(campaign);
      this.#approvals.put(campaign, approval, lines, at);
      this.#entries.write({ kind: "approved", ...approval, lines: [...lines] }, { campaign, at });
    });
  }

  async addOverage(campaign: string, overage: Omit<Overage, "at">): Promise<boolean> {
    return await this.#file.transaction(() => {
      const terms = this.#reads.terms(campaign);
      if (terms === null || limitOf(terms.caps, overage.cap, overage.of) === null) return false;
      const at = this.#around.now();
      this.#approvals.addOverage(campaign, { ...overage, at });
      this.#entries.write({ kind: "overage", ...overage }, { campaign, at });
      return true;
    });
  }

  async startRun({ campaign, account, limits, approval = null }: RunStart): Promise<string> {
    const run = this.#around.newId();
    await this.#file.transaction(() => {
      const now = this.#around.now();
      this.#known(campaign);
      this.#file.run(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        run,
        folded(campaign),
        account ?? run,
        JSON.stringify(limits),
        approval,
        this.#around.owner,
        now,
        now + LEASE_MS,
      );
      const { owner } = this.#around;
      this.#entries.write(
        { kind: "run-started", account: account ?? run, limits: [...limits], approval, owner },
        { campaign, run, at: now },
      );
    });
    return run;
  }

  async keepAlive(run: string): Promise<boolean> {
    return await this.#file.transaction(() => {
      if (this.#reads.run(run)?.ended !== null) return false;
      const until = this.#around.now() + LEASE_MS;
      this.#file.run("UPDATE runs SET lease_until = ? WHERE run = ?", until, run);
      return true;
    });
  }

  async endRun(run: string): Promise<void> {
    await this.#file.transaction(() => {
      const row = this.#reads.run(run);
      if (row === undefined || row.ended !== null) return;
      this.#end(row, "ended");
      this.#holds.bury(row);
    });
  }

  async buryDead(campaign: string): Promise<readonly Hold[]> {
    return await this.#file.transaction(() =>
      this.#reads
        .openRuns(campaign)
        .filter((run) => !this.#reads.isAlive(run))
        .flatMap((run) => {
          this.#end(run, "dead");
          return this.#holds.bury(run);
        }),
    );
  }

  async reserve(run: string, order: Order): Promise<Reservation> {
    return await this.#file.transaction(() => this.#holds.reserve(run, order));
  }

  async advance(hold: string, step: Step): Promise<Advance> {
    return await this.#file.transaction(() => this.#holds.advance(hold, step));
  }

  close(): void {
    this.#file.close();
  }

  #known(campaign: string): void {
    this.#file.run(
      "INSERT INTO campaigns (campaign, name) VALUES (?, ?) ON CONFLICT (campaign) DO NOTHING",
      folded(campaign),
      campaign,
    );
  }

  #end(run: rows.RunRow, how: "ended" | "dead"): void {
    this.#file.run("UPDATE runs SET ended = ? WHERE run = ?", how, run.run);
    this.#entries.write({ kind: "run-ended", how }, { campaign: run.campaign, run: run.run });
  }
}
