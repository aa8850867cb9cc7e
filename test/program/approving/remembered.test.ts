import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import {
  approve,
  type Context,
  LEDGER,
  no,
  PLAN,
  refused,
  savePlan,
  sent,
  stageOf,
  told,
} from "./approve-and-run.ts";

// `approval: required` in a manifest is remembered in the ledger, as a cap is.

const NEEDED =
  "error: this needs an approval: save a plan with `-o plan.json`, then `topsheet approve plan.json --by NAME --limit USD`";

function written(count: number, approval: "required" | "optional" | null, from = 1): string {
  const plain = manifest(shots(count, from), { budget: { cap: 20 } });
  return approval === null
    ? plain
    : plain.replace('"defaults"', `"approval": "${approval}",\n  "defaults"`);
}

/** One line bought as it was approved, under a manifest that requires it. */
async function requiredStage(context: Context): Promise<CampaignFolder> {
  const stage = await stageOf(context, written(1, "required"));
  expect(await refused(stage, {})).toEqual(no([NEEDED]));
  await savePlan(stage);
  expect(await refused(stage, PLAN)).toEqual(
    no(["error: this needs an approval: `topsheet approve plan.json --by NAME --limit USD`"]),
  );
  await approve(stage);
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await sent(stage)).toBe(1);
  return stage;
}

test.concurrent("applies a required approval to a file that does not state it, and plan says so", async (context) => {
  const stage = await requiredStage(context);
  await stage.write("shots.yaml", written(2, null));
  const planned = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  expect(planned.code).toBe(0);
  expect(planned.out).toContain("\nEvery real purchase has to be in an approved plan.\n");
  expect(planned.err).toMatch(/^Held by caps of the campaign's last run too: approval\.\n/);
  expect(await refused(stage, {})).toEqual(
    no([
      "Held by caps of the campaign's last run too: approval.",
      "  s02~t1: it is in no approved plan",
      "error: this run is not approved as it is: leave those lines out with --only, or have them approved",
    ]),
  );
});

test.concurrent("reports optional after required, and needs --raise-caps for it off a terminal", async (context) => {
  const stage = await requiredStage(context);
  await stage.write("shots.yaml", written(2, "optional"));
  const was = "approval was required in the campaign's last run, and is optional now.";
  const raise = "error: that could spend more than before: add --raise-caps if it is meant to";
  expect(await refused(stage, {})).toEqual(no([was, raise], 3));
  expect(await refused(stage, { options: ["--require-approval", "--raise-caps"] })).toEqual(
    no([
      was,
      "  s02~t1: it is in no approved plan",
      "error: this run is not approved as it is: leave those lines out with --only, or have them approved",
    ]),
  );
  const raised = await stage.run({ options: ["--raise-caps"] });
  expect(raised.code).toBe(0);
  expect(told(raised).err[0]).toBe(was);
  await stage.write("shots.yaml", written(3, null));
  expect((await stage.run()).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("records in a refused run that an approval is needed", async (context) => {
  const stage = await stageOf(context, written(1, "required"));
  expect(await refused(stage, {})).toEqual(no([NEEDED]));
  await stage.write("shots.yaml", written(1, null));
  expect((await stage.run()).code).toBe(4);
  expect(await sent(stage)).toBe(0);
});

test.concurrent("keeps what the manifest requires in a saved plan, and in JSON", async (context) => {
  const stage = await stageOf(context, written(1, "required"));
  const { out } = await stage.topsheet(["plan", "shots.yaml", "--format", "json", ...LEDGER]);
  expect(JSON.parse(out)).toMatchObject({ approval: "required" });
  const optional = await stageOf(context, written(1, "optional"));
  const json = await optional.topsheet(["plan", "shots.yaml", "--format", "json", ...LEDGER]);
  expect(JSON.parse(json.out)).not.toHaveProperty("approval");
});

test.concurrent("refuses another word than required and optional", async (context) => {
  const wrong = written(1, "required").replace('"required"', '"require"');
  const stage = await stageOf(context, wrong);
  const lines = [
    'shots.yaml:7:15: error: approval must be required or optional, not "require"',
    '    7 |   "approval": "require",',
    "      |               ^^^^^^^^^",
    "1 error",
  ];
  expect(await refused(stage, {})).toEqual(no(lines, 2));
});
