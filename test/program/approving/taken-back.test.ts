import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import { clockAt } from "../rig/set-clock.ts";
import { type Context, LEDGER, no, PLAN, refused, sha256Of, stageOf } from "./approve-and-run.ts";
import { REHEARSED } from "../rig/stderr-lines.ts";

// Each approved plan has a limit of its own: `approve` names the others, and takes one back by its SHA-256.

const THREE = manifest(shots(3), { budget: { cap: 20 } });
const NINE = clockAt("2026-11-21T09:00:00Z");
const TEN = clockAt("2026-11-21T10:00:00Z");

async function plan(stage: CampaignFolder, name: string, env = NINE): Promise<void> {
  const args = ["plan", "shots.yaml", "-q", "-o", name, ...LEDGER];
  expect(await stage.topsheet(args, env)).toMatchObject({ code: 0, err: "" });
}

/** What is said to Jo, who approves: without the two sentences that say so. */
async function approved(
  stage: CampaignFolder,
  name: string,
  limit: string,
  { more = [], env = TEN }: { readonly more?: readonly string[]; readonly env?: typeof TEN } = {},
): Promise<readonly string[]> {
  const args = ["approve", name, "--by", "Jo", "--limit", limit, ...more, ...LEDGER];
  const { code, out, err } = await stage.topsheet(args, env);
  expect({ code, out }).toEqual({ code: 0, out: "" });
  const [first = "", ...rest] = err.replace(REHEARSED, "").trimEnd().split("\n");
  expect(first).toMatch(/^Jo approves \d lines? of proof for \$\d\.\d\d: at most /);
  const written = name.replace(".json", ".approval.json");
  expect(rest.at(-1)).toBe(`${written} written; the ledger has the entry that counts.`);
  return rest.slice(0, -1);
}

/** A plan that Jo has approved, and the one that comes after it. */
async function twoPlans(context: Context, more: readonly string[] = []): Promise<CampaignFolder> {
  const stage = await stageOf(context, THREE);
  await plan(stage, "plan.json");
  expect(await approved(stage, "plan.json", "5", { more })).toEqual([]);
  await stage.write("shots.yaml", manifest(shots(2, 7), { budget: { cap: 20 } }));
  await plan(stage, "new.json", TEN);
  return stage;
}

test.concurrent("names another plan's approval with what is left of it, and offers a command that takes it back", async (context) => {
  const stage = await twoPlans(context);
  expect((await stage.run({ ...PLAN, options: ["--only", "s01"] })).code).toBe(0);
  const print = (await sha256Of(stage, "plan.json")).slice(0, 12);
  const command = `topsheet approve ${print} --by NAME --limit 0 --ledger ledger.sqlite`;
  expect(await approved(stage, "new.json", "2")).toEqual([
    `The approval of the plan of 2026-11-21T09:00:00Z stands too, $4.58 of it left: \`${command}\` takes it back.`,
  ]);
  expect(await stage.paste(command.replace("NAME", "'  Ann '"))).toMatchObject({
    code: 0,
    out: "",
    err: `${REHEARSED}Ann takes the approval of ${print} back: nothing more is bought under it.\n`,
  });
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $0.84: Ann approved $0.00, of which $0.42 is spent or held",
      "error: plan.json is not approved as it is: buy less with --only, or have more approved",
    ]),
  );
  expect(await approved(stage, "new.json", "2")).toEqual([]);
  const { out } = await stage.topsheet(["status", ...LEDGER], TEN);
  const said = out.split("\n").filter((line) => line.startsWith("Plan "));
  expect(said.map((line) => line.slice(19)).toSorted()).toEqual([
    "Ann approved $0.00, of which $0.42 is spent or held.",
    "Jo approved $2.00, of which $0.00 is spent or held.",
  ]);
});

test.concurrent("does not show an expired approval, and refuses a SHA-256 that nobody approved, or to approve by one", async (context) => {
  const stage = await twoPlans(context, ["--until", "2026-11-21T10:30:00Z"]);
  expect(await approved(stage, "new.json", "2")).toHaveLength(1);
  expect(await approved(stage, "new.json", "2", { env: clockAt("2026-11-21T10:30:00Z") })).toEqual(
    [],
  );
  const by = ["--by", "Ann", ...LEDGER];
  expect(await stage.topsheet(["approve", "0123456789ab", "--limit", "0", ...by])).toMatchObject({
    code: 2,
    out: "",
    err: "error: the ledger has no approval of 0123456789ab\n",
  });
  const print = (await sha256Of(stage, "plan.json")).slice(0, 12);
  expect(await stage.topsheet(["approve", print, "--limit", "9", ...by])).toMatchObject({
    code: 2,
    out: "",
    err: `error: there is no file ${print}\n\n1 error\n`,
  });
});
