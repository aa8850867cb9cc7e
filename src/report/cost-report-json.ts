import { instant } from "../diagnostics/printable.ts";
import { exact, type MicroUsd, NOTHING } from "../money/usd.ts";
import { overageJson, resolutionJson } from "./approvals.ts";
import type { CostReport, Costs } from "./cost-report.ts";
import { hasMoney, type MoneyDay } from "./money-over-time.ts";

/** `topsheet/cost-report@1`. */
export function costReportJson(report: CostReport): string {
  const { campaign, purpose, ledger, timezone, now, day, total, unknown, scenes } = report;
  const document = {
    schema: "topsheet/cost-report@1",
    created: instant(now),
    campaign,
    rehearsal: purpose === "rehearsal",
    currency: "USD",
    timezone,
    ledger: { id: ledger },
    ...(day === null ? {} : { from: instant(day.from), to: instant(day.to) }),
    totals: {
      ...costsJson(total),
      unknown: exact(unknown),
      duplicates: exact(report.duplicates),
    },
    scenes: scenes.map((scene) => ({
      scene: scene.scene,
      ...costsJson(scene),
      shots: scene.shots.map((shot) => ({
        shot: shot.shot,
        ...costsJson(shot),
        lines: shot.takes.map((take) => ({ key: take.key, ...costsJson(take) })),
      })),
    })),
    overages: report.overages.map(overageJson),
    misbilled: report.misbilled.map(({ key, warnings }) => ({ key, warnings })),
    resolutions: report.resolutions.map(resolutionJson),
    ...(report.overTime === null
      ? {}
      : { days: report.overTime.days.filter(hasMoney).map(dayJson) }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function dayJson({ date, spent, held, soFar, cap, perDay }: MoneyDay): object {
  return {
    day: date,
    spent: exact(spent),
    held: exact(held),
    so_far: exact(soFar),
    cap: cap === null ? null : exact(cap),
    per_day: perDay === null ? null : exact(perDay),
  };
}

function costsJson({ budget, overages, actual, committed, etc, efc, left }: Costs): object {
  const usd = (amount: MicroUsd | null): string | null => (amount === null ? null : exact(amount));
  return {
    budget: usd(budget),
    overages: exact(overages),
    actual: exact(actual),
    committed: exact(committed),
    etc: usd(etc),
    efc: usd(efc),
    left: usd(left),
    verdict:
      left === null ? null : left < NOTHING ? "over" : left > NOTHING ? "under" : "on-budget",
  };
}
