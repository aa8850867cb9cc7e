import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createEmptyLedger } from "../rig/read-ledger.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { clockAhead, HOUR } from "../rig/set-clock.ts";
import {
  approve,
  approvedStage,
  LEDGER,
  no,
  PLAN,
  refused,
  savePlan,
  sent,
  sha256Of,
  stageOf,
  textOf,
  told,
} from "./approve-and-run.ts";

// `run plan.json` when the plan is not what was approved: 4, in these words, and nothing is sent.

const THREE = manifest(shots(3), { budget: { cap: 20 } });
const NOT_AS_IT_IS =
  "error: plan.json is not approved as it is: buy less with --only, or have more approved";
const APPROVE_AGAIN = "error: plan.json is not approved as it is: have it approved again";
const EDITED = "error: plan.json is not what Jo approved: it was changed since";
const ANEW = "error: plan.json is not a plan that can be bought: plan it again";

test.concurrent("refuses all of a plan over the limit, and buys what fits under it with --only", async (context) => {
  const stage = await approvedStage(context, THREE, { limit: "1.25" });
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $1.26: Jo approved $1.25, of which $0.00 is spent or held",
      NOT_AS_IT_IS,
    ]),
  );
  const two = await stage.run({ ...PLAN, options: ["--only", "s01", "--only", "s02"] });
  expect(two.code).toBe(0);
  expect(told(two).err).toContain(
    "Plan SHA256: Jo approved $1.25, of which $0.00 is spent or held.",
  );
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $0.42: Jo approved $1.25, of which $0.84 is spent or held",
      NOT_AS_IT_IS,
    ]),
  );
  expect(await sent(stage)).toBe(2);
});

test.concurrent("buys a plan that costs exactly the limit", async (context) => {
  const stage = await approvedStage(context, THREE, { limit: "1.26" });
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.26", accepted: 3, submits: 3 });
});

test.concurrent("buys nothing after the approval was taken back with --limit 0", async (context) => {
  const stage = await approvedStage(context, THREE);
  await approve(stage, [], { limit: "0" });
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $1.26: Jo approved $0.00, of which $0.00 is spent or held",
      NOT_AS_IT_IS,
    ]),
  );
});

test.concurrent("says when an approval expired, and buys after it is approved again", async (context) => {
  const until = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR).toISOString();
  const ended = until.replace(".000Z", "Z");
  const stage = await approvedStage(context, THREE, { options: ["--until", until] });
  const late = { ...PLAN, env: clockAhead(HOUR) };
  expect(await refused(stage, late)).toEqual(
    no([`  what Jo approved was good until ${ended}`, APPROVE_AGAIN]),
  );
  await approve(stage);
  expect((await stage.run(late)).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("buys up to the minute before an approval ends", async (context) => {
  const until = new Date(Date.now() + 2 * HOUR).toISOString();
  const stage = await approvedStage(context, THREE, { options: ["--until", until] });
  expect((await stage.run({ ...PLAN, env: clockAhead(HOUR) })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

function rates(usd: string): string {
  return [
    "topsheet-prices: 1",
    "as_of: 2026-11-01",
    "source: contract 17",
    `prices: [{ model: kling-v3-turbo-pro, usd_per_second: ${usd} }]`,
    "",
  ].join("\n");
}

test.concurrent("refuses a price that went up: own rates above the list's, and own rates that were changed", async (context) => {
  const stage = await approvedStage(context, THREE);
  await stage.write("rates.yaml", rates("0.15"));
  expect(await refused(stage, { ...PLAN, options: ["--prices", "rates.yaml"] })).toEqual(
    no([
      "  s01~t1: it costs $0.45 now, the plan says $0.42",
      "  s02~t1: it costs $0.45 now, the plan says $0.42",
      "  s03~t1: it costs $0.45 now, the plan says $0.42",
      ANEW,
    ]),
  );
  const own = ["--prices", "rates.yaml"];
  await savePlan(stage, "own.json", [...LEDGER, ...own]);
  await approve(stage, own, { file: "own.json" });
  await stage.write("rates.yaml", rates("0.16"));
  expect(await refused(stage, { file: "own.json", consent: [], options: own })).toEqual(
    no([
      "  s01~t1: it costs $0.48 now, the plan says $0.45",
      "  s02~t1: it costs $0.48 now, the plan says $0.45",
      "  s03~t1: it costs $0.48 now, the plan says $0.45",
      ANEW.replace("plan.json", "own.json"),
    ]),
  );
  await stage.write("rates.yaml", rates("0.15"));
  expect((await stage.run({ file: "own.json", consent: [], options: own })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("finds the own rates again with which a plan was made", async (context) => {
  const stage = await stageOf(
    context,
    THREE.replace('"defaults"', '"prices": "rates.yaml",\n  "defaults"'),
  );
  await stage.write("rates.yaml", rates("0.15"));
  await savePlan(stage);
  await stage.write("shots.yaml", THREE);
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

// `approve -` is refused, as standard input has no name to put a file beside.
test.concurrent("does not advise to approve a plan from standard input as -", async (context) => {
  const stage = await stageOf(context, THREE);
  await savePlan(stage);
  const line = `FAL_PROXY_URL=${stage.simulator.proxyUrl} topsheet run - --require-approval --ledger ledger.sqlite < plan.json`;
  const { code, err } = await stage.paste(line);
  expect(code).toBe(4);
  expect(err).not.toContain("approve - ");
});

interface Edit {
  readonly edit: (text: string) => string;
  /** What is said with the approval file deleted; where nothing is, as with it. */
  readonly without?: readonly string[];
}

const EDITS: Readonly<Record<string, Edit>> = {
  "in a prompt": {
    edit: (text) => text.replace("prompt of s02", "prompt of s2!"),
    without: ["  s02~t1: its fingerprint does not match", ANEW],
  },
  "in a priority": { edit: (text) => text.replace('"priority":0', '"priority":9') },
  "a space at the end": { edit: (text) => `${text} ` },
  "a line feed in the middle": { edit: (text) => text.replace("],\n", "],\n\n") },
  "a space before the first byte": { edit: (text) => ` ${text}` },
  "in a cost": {
    edit: (text) => text.replace('"cost":"0.42"', '"cost":"0.41"'),
    without: ["  s01~t1: it costs $0.42 now, the plan says $0.41", ANEW],
  },
  "in a total, which nothing is bought by": {
    edit: (text) => text.replace('"to_spend":"1.26"', '"to_spend":"0.26"'),
  },
  "in a cap": {
    edit: (text) => text.replace('"cap":"20.00"', '"cap":"90.00"'),
  },
  "in an ordinal": { edit: (text) => text.replace('"ordinal":1', '"ordinal":2') },
};

test.concurrent("refuses a plan that was edited in any byte after the approval, with the approval file and without it", async (context) => {
  const stage = await approvedStage(context, THREE);
  const text = await textOf(stage, "plan.json");
  const evidence = await textOf(stage, "plan.approval.json");
  for (const [where, { edit, without = [EDITED] }] of Object.entries(EDITS)) {
    const changed = edit(text);
    expect(changed).not.toBe(text);
    await stage.write("plan.json", changed);
    await stage.write("plan.approval.json", evidence);
    const beside = told(await stage.run(PLAN));
    expect({ where, ...beside }).toEqual({ where, code: 4, out: "", err: [EDITED] });
    await rm(join(stage.cwd, "plan.approval.json"));
    const alone = told(await stage.run(PLAN));
    expect({ where, ...alone }).toEqual({ where, code: 4, out: "", err: without });
  }
  expect(await sent(stage)).toBe(0);
  await stage.write("plan.json", text);
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("refuses a plan that was edited in its first byte, and without the approval file as no manifest", async (context) => {
  const stage = await approvedStage(context, THREE);
  const text = await textOf(stage, "plan.json");
  await stage.write("plan.json", `[${text.slice(1)}`);
  expect(await refused(stage, PLAN)).toEqual(no([EDITED]));
  await rm(join(stage.cwd, "plan.approval.json"));
  const lines = [
    "plan.json:24:1: error: Flow sequence must end with a ]",
    "   24 | }",
    "      | ^",
    "If the YAML itself is wrong, other mistakes in that file are found once it is fixed.",
    "1 error",
  ];
  expect(await refused(stage, PLAN)).toEqual(no(lines, 2));
});

test.concurrent("refuses a plan whose time of making was edited, with the approval file deleted", async (context) => {
  const stage = await approvedStage(context, THREE);
  const text = await textOf(stage, "plan.json");
  await stage.write("plan.json", text.replace('"created": "2', '"created": "3'));
  expect(await refused(stage, PLAN)).toEqual(no([EDITED]));
  await rm(join(stage.cwd, "plan.approval.json"));
  expect(await refused(stage, { ...PLAN, options: ["--require-approval"] })).toEqual(
    no(["error: this needs an approval: `topsheet approve plan.json --by NAME --limit USD`"]),
  );
});

test.concurrent("takes a copy under another name as the same plan", async (context) => {
  const stage = await approvedStage(context, THREE);
  await copyFile(join(stage.cwd, "plan.json"), join(stage.cwd, "copy.json"));
  const as = { file: "copy.json", consent: [], options: ["--require-approval"] };
  expect((await stage.run(as)).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("refuses another ledger than the plan's, whether something was approved in it or not", async (context) => {
  const stage = await approvedStage(context, THREE);
  await createEmptyLedger(join(stage.cwd, "other.sqlite"));
  const other = { ...PLAN, options: ["--ledger", "other.sqlite"] };
  expect(await refused(stage, other)).toEqual(
    no([
      "error: plan.json was planned against another ledger: what that one has bought is not known here",
    ]),
  );
});

test.concurrent("ignores the approval file beside a plan if the ledger was replaced", async (context) => {
  const stage = await stageOf(context, THREE);
  // A plan without a ledger fits under any.
  await savePlan(stage, "plan.json", []);
  await approve(stage);
  const keep = join(stage.cwd, "keep.sqlite");
  await copyFile(stage.ledger, keep);
  await rm(stage.ledger);
  await createEmptyLedger(stage.ledger);
  expect(await refused(stage, PLAN)).toEqual(
    no(["error: plan.json was approved in another ledger: name that one with --ledger"]),
  );
  const named = { ...PLAN, options: ["--ledger", "keep.sqlite"] };
  expect((await stage.run(named)).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("refuses an approval file that someone wrote by hand", async (context) => {
  const stage = await stageOf(context, THREE);
  await savePlan(stage);
  const ledger: unknown = JSON.parse(await textOf(stage, "plan.json"));
  const forged = {
    schema: "topsheet/approval@1",
    plan: { file: "plan.json", sha256: await sha256Of(stage, "plan.json") },
    by: "Jo",
    approved: "2026-11-21T09:00:00Z",
    ...(typeof ledger === "object" && ledger !== null && "ledger" in ledger
      ? { ledger: ledger.ledger }
      : {}),
  };
  await stage.write("plan.approval.json", JSON.stringify(forged));
  expect(await refused(stage, PLAN)).toEqual(
    no(["error: the ledger has no approval of plan.json, whatever the file beside it says"]),
  );
});

test.concurrent("says how to get a required approval, even for a file name that a shell would split", async (context) => {
  const stage = await stageOf(context, THREE);
  await savePlan(stage, "it's a plan.json");
  const options = ["--require-approval"];
  expect(await refused(stage, { file: "it's a plan.json", consent: [], options })).toEqual(
    no([
      "error: this needs an approval: `topsheet approve 'it'\\''s a plan.json' --by NAME --limit USD`",
    ]),
  );
  const paste =
    "topsheet approve 'it'\\''s a plan.json' --by NAME --limit 5 --ledger ledger.sqlite";
  expect((await stage.paste(paste)).code).toBe(2);
  expect((await stage.paste(paste.replace("NAME", "Jo"))).code).toBe(0);
  expect((await stage.run({ file: "it's a plan.json", consent: [], options })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("does not accept another plan's approval, even with the same lines", async (context) => {
  const stage = await approvedStage(context, THREE, { limit: "0.42" });
  await savePlan(stage, "second.json");
  await approve(stage, [], { file: "second.json", limit: "9" });
  expect(await refused(stage, PLAN)).toEqual(
    no([
      "  what is to be bought costs $1.26: Jo approved $0.42, of which $0.00 is spent or held",
      NOT_AS_IT_IS,
    ]),
  );
  expect((await stage.run({ file: "second.json", consent: [] })).code).toBe(0);
  expect(await sent(stage)).toBe(3);
});

test.concurrent("does not accept the approval of another campaign", async (context) => {
  const stage = await approvedStage(context, THREE);
  await stage.write("shots.yaml", THREE.replace('"proof"', '"second"'));
  expect(await refused(stage, { options: ["--require-approval"] })).toEqual(
    no([
      "error: this needs an approval: save a plan with `-o plan.json`, then `topsheet approve plan.json --by NAME --limit USD`",
    ]),
  );
});
