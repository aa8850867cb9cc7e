import { isStated, type Overage } from "../budget/overage.ts";
import { type Terms, writtenTerms } from "../budget/terms.ts";
import { add } from "../money/usd.ts";
import { type Entry, type Fact, type Order, type Step, writtenFact } from "./entry.ts";
import {
  ANY_APPROVAL,
  type Approval,
  type ApprovedLine,
  type StandingApproval,
} from "./approval.ts";
import { fold } from "./fold.ts";
import { folded, heldCaps, isPassed, type PassedCap } from "./held-caps.ts";
import { after, blocks, type Hold, reservedHold } from "./hold.ts";
import {
  type Advance,
  type Everything,
  type Ledger,
  LedgerFault,
  MOST_TRIES,
  type OpenRun,
  type Position,
  type Purpose,
  type Reservation,
  type RunStart,
  type Surroundings,
} from "./ledger.ts";
import { SqliteApprovals } from "./sqlite-approvals.ts";
import { SqliteFile } from "./sqlite-file.ts";
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

  private constructor(file: SqliteFile, around: Surroundings, id: string) {
    this.#file = file;
    this.#reads = new SqliteReads(file, around);
    this.#approvals = new SqliteApprovals(file, this.#reads);
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
      this.#write({ kind: "purpose", purpose }, {});
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
      this.#write({ kind: "terms", terms: writtenTerms(terms) }, { campaign });
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
      this.#write({ kind: "approved", ...approval, lines: [...lines] }, { campaign, at });
    });
  }

  async addOverage(campaign: string, overage: Omit<Overage, "at">): Promise<boolean> {
    return await this.#file.transaction(() => {
      const terms = this.#reads.terms(campaign);
      if (terms === null || !isStated(terms, overage.cap, overage.of)) return false;
      const at = this.#around.now();
      this.#approvals.addOverage(campaign, { ...overage, at });
      this.#write({ kind: "overage", ...overage }, { campaign, at });
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
      this.#write(
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
      this.#buryHolds(row);
    });
  }

  async buryDead(campaign: string): Promise<readonly Hold[]> {
    return await this.#file.transaction(() =>
      this.#reads
        .openRuns(campaign)
        .filter((run) => !this.#reads.isAlive(run))
        .flatMap((run) => {
          this.#end(run, "dead");
          return this.#buryHolds(run);
        }),
    );
  }

  async reserve(run: string, order: Order): Promise<Reservation> {
    return await this.#file.transaction((): Reservation => {
      const row = this.#reads.run(run);
      if (row === undefined || row.ended !== null) return { is: "run-over" };
      const before = this.#reads.holdsOfPurchase(order);
      const standing = before.find(blocks);
      if (standing !== undefined) return { is: "taken", hold: standing };
      if (before.filter((hold) => hold.run === run).length >= MOST_TRIES) {
        return { is: "tried-enough" };
      }
      const now = this.#around.now();
      const terms = this.#reads.terms(order.campaign);
      if (terms === null) throw new Error(`${order.campaign} has agreed to no terms`);
      const needs = row.approval ?? (terms.approval === "required" ? ANY_APPROVAL : null);
      const approved = needs === null ? null : this.#approvals.of(needs, order, now);
      if (approved !== null && approved.is === "unapproved") return approved;
      const [passed, ...more] = this.#passed(row, terms, order, now);
      if (passed !== undefined) return { is: "over", passed: [passed, ...more] };
      const as = approved?.as;
      const hold = reservedHold(this.#around.newId(), run, order, now, as);
      const columns = rows.holdColumns(hold, row.account);
      this.#file.run(`INSERT INTO holds VALUES (${columns.map(() => "?").join(", ")})`, ...columns);
      this.#write(
        { kind: "reserved", account: row.account, order, ...(as && { approved: as }) },
        { campaign: order.campaign, run, hold: hold.id, at: now },
      );
      return { is: "held", hold };
    });
  }

  async advance(hold: string, step: Step): Promise<Advance> {
    return await this.#file.transaction(() => this.#advance(hold, step));
  }

  close(): void {
    this.#file.close();
  }

  #passed(row: rows.RunRow, terms: Terms, order: Order, now: number): readonly PassedCap[] {
    const overages = this.#approvals.overages(order.campaign);
    return heldCaps(terms, overages, row, order, now).flatMap((cap): PassedCap[] => {
      const { spent, held } = this.#reads.used(order.campaign, cap.counts, cap.from);
      const used = add(spent, held);
      return isPassed(cap, used, order.cost) ? [{ ...cap, used }] : [];
    });
  }

  #known(campaign: string): void {
    this.#file.run(
      "INSERT INTO campaigns (campaign, name) VALUES (?, ?) ON CONFLICT (campaign) DO NOTHING",
      folded(campaign),
      campaign,
    );
  }

  #advance(id: string, step: Step): Advance {
    const before = this.#reads.hold(id);
    if (before === null) throw new Error(`there is no hold ${id}`);
    const now = this.#around.now();
    const hold = after(before, step, now);
    // A request pays for one hold: an answer that names another's is no answer.
    const taken = step.kind === "submitted" && this.#reads.isTaken(step.request.id, id);
    if (hold === null || taken) return { is: "late", hold: before };
    this.#file.run(
      `UPDATE holds SET state = ?, charge = ?, spent = ?, held = ?, excess = ?, request = ?,
        submitted_at = ?, ended_at = ?, blocks = ? WHERE hold = ?`,
      hold.state,
      hold.charge,
      hold.spent,
      hold.held,
      hold.excess,
      hold.request?.id ?? null,
      hold.submittedAt,
      hold.endedAt,
      blocks(hold) ? 1 : 0,
      id,
    );
    this.#write(step, { campaign: hold.campaign, run: hold.run, hold: id, at: now });
    return { is: "done", hold };
  }

  /** What a run that is over has not sent is released; what it was sending is not known. */
  #buryHolds({ run }: rows.RunRow): readonly Hold[] {
    return this.#reads.unsentOf(run).map((id) => this.#bury(id));
  }

  #bury(id: string): Hold {
    const state = this.#reads.hold(id)?.state;
    const step: Step =
      state === "reserved"
        ? { kind: "released", why: "its run ended before it was sent", person: null }
        : { kind: "unknown", why: "its run ended while it was being sent" };
    return this.#advance(id, step).hold;
  }

  #end(run: rows.RunRow, how: "ended" | "dead"): void {
    this.#file.run("UPDATE runs SET ended = ? WHERE run = ?", how, run.run);
    this.#write({ kind: "run-ended", how }, { campaign: run.campaign, run: run.run });
  }

  #write(
    fact: Fact,
    about: {
      readonly campaign?: string;
      readonly run?: string;
      readonly hold?: string;
      readonly at?: number;
    },
  ): void {
    this.#file.run(
      "INSERT INTO entries (at, campaign, run, hold, fact) VALUES (?, ?, ?, ?, ?)",
      about.at ?? this.#around.now(),
      about.campaign === undefined ? null : folded(about.campaign),
      about.run ?? null,
      about.hold ?? null,
      writtenFact(fact),
    );
  }
}
