import { createHash, randomUUID } from "node:crypto";
import { NO_CAPS } from "../../../src/budget/caps.ts";
import type { Step } from "../../../src/ledger/entry.ts";
import { NO_LOCKS } from "../../../src/ledger/ledger.ts";
import { createSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { microUsd } from "../../../src/money.ts";
import { COST } from "../rig/manifest.ts";

/** A line that is made: where its video lies, and what was delivered of it, to some machine. */
export interface BoughtLine {
  readonly key: string;
  readonly url: string;
  readonly delivered?: string;
}

/** Makes a ledger of the campaign `proof` under which these lines were bought. */
export async function createBoughtLedger(
  path: string,
  lines: readonly BoughtLine[],
): Promise<void> {
  const around = { now: Date.now, newId: randomUUID, owner: "the tests", locks: NO_LOCKS };
  const ledger = await createSqlite(path, "real", around);
  await ledger.agree("proof", { timezone: "UTC", caps: NO_CAPS, approval: "optional" });
  const run = await ledger.startRun({ campaign: "proof", account: null, limits: [] });
  for (const { key, url, delivered } of lines) {
    const held = await ledger.reserve(run, {
      campaign: "proof",
      edition: "",
      fingerprint: createHash("sha256").update(key).digest("hex"),
      ordinal: 1,
      key,
      shot: key,
      scene: null,
      model: "kling-v3-turbo-pro",
      endpoint: "fal-ai/kling-video/v3/turbo/pro/text-to-video",
      seconds: 3,
      input: { prompt: key },
      cost: microUsd(COST),
      unitPrice: null,
    });
    if (held.is !== "held") throw new Error(`${key} is ${held.is}`);
    for (const step of stepsOf(key, url, delivered)) await ledger.advance(held.hold.id, step);
  }
  await ledger.endRun(run);
  ledger.close();
}

function stepsOf(key: string, videoUrl: string, delivered: string | undefined): readonly Step[] {
  const request = { id: `r-${key}`, statusUrl: null, responseUrl: null, cancelUrl: null };
  const bill = { size: null, billableUnits: null, excess: microUsd(0), headers: {} };
  const facts = { seconds: 3, width: 1_920, height: 1_080, audio: false, warnings: [] };
  const sha256 = createHash("sha256")
    .update(delivered ?? "")
    .digest("hex");
  const bytes = Buffer.byteLength(delivered ?? "");
  return [
    { kind: "sending" },
    { kind: "submitted", request, person: null },
    { kind: "settled", videoUrl, ...bill },
    ...(delivered === undefined
      ? []
      : [
          {
            kind: "delivered" as const,
            delivery: { path: `theirs/proof/${key}.mp4`, sha256, bytes, ...facts },
          },
        ]),
  ];
}
