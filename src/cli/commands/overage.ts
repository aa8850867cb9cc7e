import { getCapKind, findLimit, RAISABLE_CAPS } from "../../budget/caps.ts";
import { type Overage, raiseCaps, type Terms } from "../../budget/terms.ts";
import { suggestModel, findModel } from "../../catalogue/models.ts";
import { suggest } from "../../diagnostics/suggest.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import { dollars, microUsd, type MicroUsd } from "../../money.ts";
import { describeOverage } from "../../report/approvals.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { tellRehearsal, withLedger } from "../ledgers.ts";
import { checkWords, mistaken, readUsd } from "../read-options.ts";
import type { Shell } from "../shell.ts";
import type { OverageOptions } from "../options.ts";

// So that no number of them that anyone types adds up beyond what is exact.
const MOST = microUsd(1_000_000_000_000);

/** Adds to a cap on the record: who said so and why stays in the ledger and in every report. */
export async function overage(shell: Shell, options: OverageOptions): Promise<number> {
  const no = (problem: string): number => refuse(shell, problem);
  const [by, why] = [options.by.trim(), options.why.trim()];
  const words = checkWords({ "--by": by, "--why": why });
  if (!words.ok) return refuse(shell, words.problem);
  const usd = readAmount(options.usd);
  if (!usd.ok) return refuse(shell, usd.problem);
  const amount = usd.value;
  if (amount > MOST) return no(`an overage is at most ${dollars(MOST)}`);
  const cap = parseCapName(options.cap);
  if (!cap.ok) return refuse(shell, cap.problem);
  const named = cap.value;
  return await withLedger(shell, options.ledger, "write", async (ledger) => {
    const { campaign } = options;
    const terms = await ledger.terms(campaign);
    if (terms === null) {
      const known = await ledger.campaigns();
      const there = known.some((name) => name.toLowerCase() === campaign.toLowerCase());
      const has =
        known.length === 0 ? "it is empty" : `it has ${known.map(toPrintable).join(", ")}`;
      return no(
        there
          ? `${toPrintable(campaign)} has no caps in the ledger yet: its first run writes them`
          : `the ledger has no campaign ${toPrintable(campaign)}: ${has}`,
      );
    }
    const added = { ...named, amount, by, why };
    if (!(await ledger.addOverage(campaign, added))) {
      const caps = listStatedCaps(terms).map(toPrintable).join(", ") || "none";
      return no(`${toPrintable(campaign)} has no cap ${toPrintable(options.cap)}; it has ${caps}`);
    }
    const overages = await ledger.overages(campaign);
    const last = overages.at(-1);
    tellRehearsal(shell, ledger);
    if (last !== undefined) shell.err(`${describeOverage(last)}\n`);
    const limit = findLimit(raiseCaps(terms, overages, shell.now()), named.cap, named.of);
    if (limit !== null) shell.err(`${toPrintable(options.cap)} is ${dollars(limit)} now.\n`);
    return EXIT.done;
  });
}

function readAmount(given: string): Result<MicroUsd> {
  const such = "20 or 0.5";
  const usd = readUsd("--usd", given, such);
  return usd.ok && usd.value === 0 ? mistaken("--usd", `US dollars such as ${such}`, given) : usd;
}

type Named = Pick<Overage, "cap" | "of">;

/** `cap`, `per_day`, `by_model.kling-o3-4k`, `by_scene.2`, `by_tag.hero`. */
function parseCapName(text: string): Result<Named> {
  const dot = text.indexOf(".");
  const [name, of] = dot < 0 ? [text, null] : [text.slice(0, dot), text.slice(dot + 1)];
  const cap = RAISABLE_CAPS.find((known) => known === name);
  if (cap === undefined) {
    const hint =
      name === "per_run" ? "raise per_run in the manifest" : suggest(name, RAISABLE_CAPS);
    return refused(`${JSON.stringify(text)} is no cap that can be added to; ${hint}`);
  }
  const { states } = getCapKind(cap);
  const isNamed = states !== "amount";
  if (isNamed !== (of !== null)) {
    return refused(isNamed ? `say which: ${cap}.NAME` : `${cap} takes no name after it`);
  }
  if (states !== "models" || of === null) return ok({ cap, of });
  const model = findModel(of);
  if (model === undefined) {
    return refused(`there is no model ${JSON.stringify(of)}; ${suggestModel(of)}`);
  }
  return ok({ cap, of: model.endpoint });
}

function listStatedCaps({ caps }: Terms): readonly string[] {
  return [...caps.limits.values()]
    .filter(({ cap }) => cap !== "per_run")
    .map(({ cap, name }) => (name === null ? cap : `${cap}.${name}`));
}
