import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { EndedProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import type { SimulatorSettings } from "../rig/test-simulator.ts";
import { type RunAs, CampaignFolder } from "../rig/campaign-folder.ts";
import { shareSimulator } from "./shared-simulator.ts";

// What a producer and an engineer do with a plan, each step as they would type it.

export type Context = Parameters<typeof cleanUpAfter>[0];
type Env = Readonly<Record<string, string>>;

export const LEDGER = ["--ledger", "ledger.sqlite"];
/** A run of the saved plan: it says yes by itself. */
export const PLAN: RunAs = { file: "plan.json", consent: [] };
/** A run of the manifest that buys only what is approved. */
export const APPROVED: RunAs = { options: ["--require-approval"] };

export async function savePlan(
  stage: CampaignFolder,
  name = "plan.json",
  options: readonly string[] = LEDGER,
): Promise<void> {
  const told = await stage.topsheet(["plan", "shots.yaml", "-q", "-o", name, ...options]);
  expect(told).toMatchObject({ code: 0, err: "" });
}

export async function approve(
  stage: CampaignFolder,
  options: readonly string[] = [],
  { file = "plan.json", limit = "5", env = {} }: { file?: string; limit?: string; env?: Env } = {},
): Promise<void> {
  const by = ["--by", "Jo", "--limit", limit];
  const told = await stage.topsheet(["approve", file, ...by, ...LEDGER, ...options], env);
  expect(told).toMatchObject({ code: 0, out: "" });
}

/** A folder with a manifest and an empty ledger; with a simulator of its own where one of that kind is needed. */
export async function stageOf(
  context: Context,
  manifest: string,
  settings?: SimulatorSettings,
): Promise<CampaignFolder> {
  const cleanup = cleanUpAfter(context);
  const fal = settings ?? (await shareSimulator(cleanup));
  return await CampaignFolder.inProcess(cleanup, manifest, fal);
}

/** A manifest whose saved plan Jo has approved. */
export async function approvedStage(
  context: Context,
  manifest: string,
  {
    limit = "5",
    options = [],
    simulator,
  }: {
    readonly limit?: string;
    readonly options?: readonly string[];
    readonly simulator?: SimulatorSettings;
  } = {},
): Promise<CampaignFolder> {
  const stage = await stageOf(context, manifest, simulator);
  await savePlan(stage);
  await approve(stage, options, { limit });
  return stage;
}

interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: readonly string[];
}

interface Refusal extends Told {
  readonly sent: number;
}

/** What someone is told: all of standard error, with what differs from run to run made alike. */
export function told({ code, out, err }: EndedProgram): Told {
  return { code, out, err: alike(err) };
}

export function alike(err: string): readonly string[] {
  return stderrLines(err).map((line) => line.replace(/^Plan [0-9a-f]{12}:/, "Plan SHA256:"));
}

/** What came of a run that is expected to be refused, and how many orders it sent. */
export async function refused(stage: CampaignFolder, as: RunAs): Promise<Refusal> {
  const before = await sent(stage);
  const ended = await stage.run(as);
  return { ...told(ended), sent: (await sent(stage)) - before };
}

/** Refused: nothing on standard output, exactly these words, and nothing was sent. */
export function no(err: readonly string[], code = 4): Refusal {
  return { code, out: "", err, sent: 0 };
}

/** How many orders were ever sent. */
export async function sent(stage: CampaignFolder): Promise<number> {
  return (await stage.simulator.bill()).submits;
}

export async function textOf(stage: CampaignFolder, name: string): Promise<string> {
  return await readFile(join(stage.cwd, name), "utf8");
}

export async function sha256Of(stage: CampaignFolder, name: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(join(stage.cwd, name)))
    .digest("hex");
}

/** The prompts that were ordered, in no order. */
export async function ordered(stage: CampaignFolder): Promise<readonly string[]> {
  return (await stage.simulator.jobs()).map(({ input }) => String(input["prompt"])).toSorted();
}
