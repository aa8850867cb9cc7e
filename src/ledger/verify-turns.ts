import type { Fact } from "./entry.ts";
import type { KeptOccurrence, KeptRun } from "./ledger.ts";
import { isCatchUpOf, occurrenceAccount } from "./occurrence.ts";
import { occurrenceId } from "./verify-kept.ts";

type TurnFact = Extract<
  Fact,
  { readonly kind: "occurrence" | "occurrence-resumed" | "occurrence-ended" }
>;

const NOT_ITS_OWN = "is of a run that is not its own";

/** The turns of schedules' occurrences, as entries tell them: each once, no two of a campaign at once. */
export class Turns {
  readonly occurrences = new Map<string, KeptOccurrence>();
  /** By campaign, the one that is not over. */
  readonly #open = new Map<string, KeptOccurrence>();

  /** Takes up one entry; what is wrong with it, in words that go on after its number. */
  read(
    campaign: string,
    run: string | null,
    fact: TurnFact,
    runs: ReadonlyMap<string, Omit<KeptRun, "id">>,
  ): readonly string[] {
    const { kind, instant } = fact;
    const id = occurrenceId({ campaign, instant });
    const open = this.#open.get(campaign);
    const before = this.occurrences.get(id);
    if (kind === "occurrence-ended") {
      if (before === undefined || open !== before) return ["ends no occurrence that is open"];
      this.#open.delete(campaign);
      this.occurrences.set(id, { ...before, ended: true });
      return [];
    }
    const problems = fact.kind === "occurrence" && fact.how === "skipped" ? [] : ofRun();
    function ofRun(): string[] {
      const started = runs.get(run ?? "");
      if (started?.campaign !== campaign) return [NOT_ITS_OWN];
      const { account } = started;
      const own = account === occurrenceAccount(instant) || isShared(account);
      return own && started.ended === null ? [] : [NOT_ITS_OWN];
    }
    function isShared(account: string): boolean {
      const how = fact.kind === "occurrence" ? fact.how : before?.how;
      return how === "caught-up" && isCatchUpOf(account, instant);
    }
    if (fact.kind === "occurrence") {
      const { edition, how } = fact;
      if (before !== undefined) problems.push("gives an occurrence a second turn");
      const one = { campaign, instant, edition, how, run, ended: how === "skipped" };
      if (one.ended && run !== null) problems.push("runs what was skipped");
      if (!one.ended && open !== undefined) problems.push("begins while another is open");
      if (!one.ended) this.#open.set(campaign, one);
      this.occurrences.set(id, one);
      return problems;
    }
    if (before === undefined || open !== before) problems.push("goes on with none that is open");
    else {
      const last = runs.get(before.run ?? "");
      if (last !== undefined && last.ended === null)
        problems.push("goes on with one that is going");
      if (last !== undefined && last.account !== runs.get(run ?? "")?.account)
        problems.push("goes on under another account");
      const one = { ...before, run };
      this.#open.set(campaign, one);
      this.occurrences.set(id, one);
    }
    return problems;
  }
}
