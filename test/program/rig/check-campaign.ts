import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readEntries, micros, moneyThroughout, findRequests } from "./read-ledger.ts";
import { readRun, type RunDocument } from "./read-documents.ts";
import type { CampaignFolder } from "./campaign-folder.ts";

const sidecar = z.object({ key: z.string(), video: z.object({ sha256: z.string() }) });

/**
 * Returns what is not as promised once a campaign is bought: nothing if every line has one accepted job, every job is in
 * the ledger, the ledger's money is the bill's, no cap was ever passed and every file is whole.
 */
export async function findProblems(
  stage: CampaignFolder,
  { cap, file }: { readonly cap: string; readonly file?: string },
): Promise<readonly string[]> {
  // A soak may have a program of its own.
  stage.apart = process.env["TOPSHEET_CLI"] !== undefined;
  const before = (await stage.simulator.bill()).submits;
  const last = await stage.run({
    options: ["--format", "json"],
    ...(file === undefined ? {} : { file }),
  });
  if (last.code !== 0) return [`the last run ends with ${last.code}: ${last.err}`];
  const { submits } = await stage.simulator.bill();
  const again =
    submits === before ? [] : [`${submits - before} orders more by a run of all bought`];
  const document = readRun(last.out);
  return [
    ...again,
    ...(await wrongJobs(stage, document)),
    ...(await wrongFiles(stage, document)),
    ...(await wrongMoney(stage, cap)),
    ...(await wrongLedger(stage)),
  ];
}

async function wrongJobs(
  stage: CampaignFolder,
  { lines }: RunDocument,
): Promise<readonly string[]> {
  const jobs = await stage.simulator.jobs();
  const known = new Set(findRequests(await readEntries(stage.ledger)));
  const bought = new Set(lines.map((line) => line.request_id));
  return [
    ...lines.filter(({ state }) => state !== "settled").map(({ key, state }) => `${key}: ${state}`),
    ...(bought.size === lines.length ? [] : ["two lines have one request"]),
    ...jobs.flatMap(({ requestId, input }) => {
      const name = `${requestId} (${String(input["prompt"])})`;
      if (!known.has(requestId)) return [`${name} was accepted and is not in the ledger`];
      return bought.has(requestId) ? [] : [`${name} was accepted and is no line's`];
    }),
    ...(jobs.length === lines.length ? [] : [`${jobs.length} jobs for ${lines.length} lines`]),
  ];
}

async function wrongFiles(
  stage: CampaignFolder,
  { lines }: RunDocument,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const folder = join(stage.cwd, "out/proof");
  for (const { key, path, sha256 } of lines) {
    const video = await readFile(join(stage.cwd, path ?? "none")).catch(() => Buffer.alloc(0));
    const seen = createHash("sha256").update(video).digest("hex");
    if (seen !== sha256) wrong.push(`${key}: the file is not what was delivered`);
    const beside = await readFile(join(stage.cwd, `${path ?? "none"}.json`), "utf8").catch(
      () => "{}",
    );
    const read = sidecar.safeParse(JSON.parse(beside));
    if (!read.success || read.data.key !== key || read.data.video.sha256 !== sha256) {
      wrong.push(`${key}: its sidecar does not belong to it`);
    }
  }
  const videos = (await readdir(folder)).filter((name) => /^[^.].*\.mp4$/.test(name));
  if (videos.length !== lines.length) wrong.push(`${videos.length} videos in ${folder}`);
  return wrong;
}

async function wrongMoney(stage: CampaignFolder, cap: string): Promise<readonly string[]> {
  const money = moneyThroughout(await readEntries(stage.ledger));
  const over = money.filter(({ spent, held }) => spent + held > micros(cap));
  const last = money.at(-1) ?? { spent: 0, held: 0 };
  const { dollars } = await stage.simulator.bill();
  return [
    ...over.map(
      ({ seq, spent, held }) => `entry ${seq}: ${spent} spent and ${held} held of ${cap}`,
    ),
    ...(last.spent === micros(dollars) ? [] : [`${last.spent} spent, the bill says ${dollars}`]),
    ...(last.held === 0 ? [] : [`${last.held} held when all is bought`]),
  ];
}

async function wrongLedger(stage: CampaignFolder): Promise<readonly string[]> {
  const told = await stage.topsheet(["ledger", "verify", "--ledger", stage.ledger]);
  return told.code === 0 ? [] : [`verify: ${told.err}`];
}

/** What a download that was killed leaves behind. */
export async function findLeftovers(stage: CampaignFolder): Promise<readonly string[]> {
  const names = await readdir(join(stage.cwd, "out/proof"));
  return names.filter((name) => name.endsWith(".tmp"));
}
