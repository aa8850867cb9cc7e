import type { Plan } from "./plan.ts";

/**
 * The same plan as an edition of a schedule that repeats: what is bought before it is another purchase, and every
 * key says which it is, `hero~t1@2026-11-21T01:00`.
 */
export function asEdition(plan: Plan, edition: string): Plan {
  const lines = plan.lines.map((line) => ({ ...line, key: `${line.key}@${edition}` }));
  return { ...plan, edition, lines };
}
