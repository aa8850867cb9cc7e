import * as z from "zod";
import { instant } from "../diagnostics/printable.ts";
import { exact, type MicroUsd } from "../money/usd.ts";

const SCHEMA = "topsheet/approval@1";

const approvalSchema = z.object({
  schema: z.literal(SCHEMA),
  plan: z.object({ file: z.string(), sha256: z.string() }),
  by: z.string(),
  approved: z.string(),
  ledger: z.object({ id: z.string() }),
});

export type ReadApproval = z.output<typeof approvalSchema>;

export interface SignedPlan {
  /** The plan file's own name. */
  readonly file: string;
  readonly sha256: string;
  readonly campaign: string;
  readonly lines: number;
  readonly cost: MicroUsd;
  readonly by: string;
  readonly limit: MicroUsd;
  /** Milliseconds UTC. */
  readonly until: number | null;
  readonly at: number;
  readonly ledger: string;
  /** Whether that is for rehearsals. */
  readonly rehearsal: boolean;
}

/** `topsheet/approval@1`: for people and auditors. What counts is the entry in the ledger. */
export function approvalFile(signed: SignedPlan): string {
  const { file, sha256, campaign, lines, cost, by, limit, until, at, ledger, rehearsal } = signed;
  const document = {
    schema: SCHEMA,
    plan: { file, sha256 },
    campaign,
    currency: "USD",
    lines,
    cost: exact(cost),
    by,
    limit: exact(limit),
    until: until === null ? null : instant(until),
    approved: instant(at),
    ledger: { id: ledger },
    ...(rehearsal ? { rehearsal } : {}),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Null where the text is no approval. */
export function readApproval(written: string): ReadApproval | null {
  try {
    return approvalSchema.parse(JSON.parse(written));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

/** `plan.json` → `plan.approval.json`, beside it. */
export function approvalPath(plan: string): string {
  return plan.replace(/(?:\.json)?$/, ".approval.json");
}
