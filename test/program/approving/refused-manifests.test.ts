import { expect, test } from "vitest";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { manifest, type Shot, shots } from "../rig/manifest.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";
import {
  APPROVED,
  approve,
  approvedStage,
  LEDGER,
  ordered,
  PLAN,
  no,
  refused,
  savePlan,
  sent,
} from "./approve-and-run.ts";

// `run FILE` when every line has to be in an approved plan. Approved are s01 of 3 s and s02 of 5 s.

const BUDGET = { budget: { cap: 20 } };
const SHORT: Shot = { id: "s01" };
const LONG: Shot = { id: "s02", duration: 5 };
const BOTH = manifest([SHORT, LONG], BUDGET);
const NOT_AS_IT_IS =
  "error: this run is not approved as it is: leave those lines out with --only, or have them approved";
const OVER_THE_LIMIT =
  "error: this run is not approved as it is: buy less with --only, or have more approved";

interface Sounding extends Shot {
  readonly generate_audio: boolean;
}

async function now(stage: CampaignFolder, written: readonly Shot[]): Promise<void> {
  await stage.write("shots.yaml", manifest(written, BUDGET));
}

test.concurrent("refuses a line that is in no approved plan, until --only leaves it out", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [SHORT, LONG, { id: "s03" }]);
  expect(await refused(stage, APPROVED)).toEqual(
    no(["  s03~t1: it is in no approved plan", NOT_AS_IT_IS]),
  );
  const only = ["--require-approval", "--only", "s01", "--only", "s02"];
  expect((await stage.run({ options: only })).code).toBe(0);
  expect(await ordered(stage)).toEqual(["The prompt of s01.", "The prompt of s02."]);
});

test.concurrent("refuses another prompt, another model and another ratio", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [
    { ...SHORT, prompt: "Something else." },
    { ...LONG, model: "kling-v3-pro" },
    { ...SHORT, id: "s03", matrix: { aspect_ratio: ["9:16"] } },
  ]);
  expect(await refused(stage, APPROVED)).toEqual(
    no([
      "  s01~t1: it is in no approved plan",
      "  s02~t1: it is in no approved plan",
      "  s03[aspect_ratio=9:16]~t1: it is in no approved plan",
      NOT_AS_IT_IS,
    ]),
  );
});

test.concurrent("refuses a line that is dearer than it was approved", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [{ ...SHORT, duration: 4 }, LONG]);
  expect(await refused(stage, APPROVED)).toEqual(
    no(["  s01~t1: it costs $0.56, Jo approved $0.42", NOT_AS_IT_IS]),
  );
});

test.concurrent("buys a cheaper form of an approved line, and not the approved form after it", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [SHORT, { ...LONG, duration: 3 }]);
  expect((await stage.run(APPROVED)).code).toBe(0);
  expect(await stage.simulator.bill()).toEqual({ dollars: "0.84", accepted: 2, submits: 2 });
  await now(stage, [SHORT, LONG]);
  expect(await refused(stage, { options: ["--require-approval", "--rebuy"] })).toEqual(
    no(["  s02~t1: its approved line s02~t1 stands for another purchase", NOT_AS_IT_IS]),
  );
  expect(await refused(stage, { ...PLAN, options: ["--rebuy"] })).toEqual(
    no([
      "  s02~t1: its approved line s02~t1 stands for another purchase",
      NOT_AS_IT_IS.replace("this run", "plan.json"),
    ]),
  );
});

test.concurrent("takes a line without sound as a cheaper form, and with sound as a dearer one", async (context) => {
  const pro = { model: "kling-v3-pro" };
  const silent: Sounding = { ...SHORT, ...pro, generate_audio: false };
  const loud: Sounding = { ...LONG, ...pro, generate_audio: true };
  const stage = await approvedStage(context, manifest([silent, loud], BUDGET));
  const turnedOn: Sounding = { ...silent, generate_audio: true };
  await now(stage, [turnedOn, loud]);
  expect(await refused(stage, APPROVED)).toEqual(
    no(["  s01~t1: it costs $0.504, Jo approved $0.336", NOT_AS_IT_IS]),
  );
  const turnedOff: Sounding = { ...loud, generate_audio: false };
  await now(stage, [silent, turnedOff]);
  expect((await stage.run(APPROVED)).code).toBe(0);
  expect((await stage.simulator.bill()).dollars).toBe("0.896");
});

test.concurrent("buys the other lines if one was dropped", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [LONG]);
  expect((await stage.run(APPROVED)).code).toBe(0);
  expect(await ordered(stage)).toEqual(["The prompt of s02."]);
});

test.concurrent("takes a renamed line as the same purchase, which is approved", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [{ id: "first", prompt: "The prompt of s01." }]);
  expect((await stage.run(APPROVED)).code).toBe(0);
  expect(await ordered(stage)).toEqual(["The prompt of s01."]);
});

test.concurrent("refuses takes that were added, before and after the approved one was bought", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [{ ...SHORT, takes: 3 }, LONG]);
  const { code, out, err } = await stage.run(APPROVED);
  expect({ code, out }).toEqual({ code: 4, out: "" });
  expect(stderrLines(err).at(-1)).toBe(NOT_AS_IT_IS);
  expect(await sent(stage)).toBe(0);
  expect((await stage.run({ options: ["--require-approval", "--only", "s01~t1"] })).code).toBe(0);
  expect(await refused(stage, { options: ["--require-approval", "--only", "s01"] })).toEqual(
    no([
      "  s01~t2: its approved line s01~t1 stands for another purchase",
      "  s01~t3: its approved line s01~t1 stands for another purchase",
      NOT_AS_IT_IS,
    ]),
  );
});

test.concurrent("calls no added take bought that was not", async (context) => {
  const stage = await approvedStage(context, BOTH);
  await now(stage, [{ ...SHORT, takes: 2 }]);
  const { code, err } = await stage.run(APPROVED);
  expect(code).toBe(4);
  expect(await sent(stage)).toBe(0);
  expect(err).toContain("s01~t2: its approved line s01~t1 stands for another purchase");
});

test.concurrent("buys any take of an approved line, but each approved take only once", async (context) => {
  const stage = await approvedStage(context, manifest([{ ...SHORT, takes: 3 }], BUDGET), {
    limit: "0.84",
  });
  const two = ["--require-approval", "--only", "s01~t2", "--only", "s01~t3"];
  expect((await stage.run({ options: two })).code).toBe(0);
  expect(await refused(stage, APPROVED)).toEqual(
    no([
      "  what is to be bought costs $0.42: Jo approved $0.84, of which $0.84 is spent or held",
      OVER_THE_LIMIT,
    ]),
  );
  await approve(stage, [], { limit: "9" });
  expect((await stage.run(APPROVED)).code).toBe(0);
  await now(stage, [{ ...SHORT, takes: 4 }]);
  expect(await refused(stage, APPROVED)).toEqual(
    no(["  s01~t4: its approved line s01~t1 stands for another purchase", NOT_AS_IT_IS]),
  );
  expect(await sent(stage)).toBe(3);
});

test.concurrent("buys half from the manifest, then the rest from the plan, then nothing", async (context) => {
  const four = manifest(shots(4), BUDGET);
  const stage = await approvedStage(context, four, { limit: "1.68" });
  const half = ["--require-approval", "--only", "s01", "--only", "s04"];
  expect((await stage.run({ options: half })).code).toBe(0);
  const rest = await stage.run({ ...PLAN, options: ["--format", "json"] });
  expect(rest.code).toBe(0);
  expect(stderrLines(rest.err)[0]?.replace(/^Plan \w+:/, "Plan SHA256:")).toBe(
    "Plan SHA256: Jo approved $1.68, of which $0.84 is spent or held.",
  );
  expect(statesByKey(readRun(rest.out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "settled",
    "s03~t1": "settled",
    "s04~t1": "settled",
  });
  for (const as of [PLAN, APPROVED]) expect(await stage.run(as)).toMatchObject({ code: 0 });
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.68", accepted: 4, submits: 4 });
});

test.concurrent("counts each line under its own plan's limit if two plans of a campaign are approved", async (context) => {
  const stage = await approvedStage(context, manifest([SHORT], BUDGET), { limit: "0.42" });
  await now(stage, [LONG]);
  await savePlan(stage, "second.json");
  await approve(stage, [], { file: "second.json", limit: "0.50" });
  await now(stage, [SHORT, LONG]);
  expect(await refused(stage, APPROVED)).toEqual(
    no([
      "  what is to be bought costs $1.12: Jo approved $0.50, of which $0.00 is spent or held",
      OVER_THE_LIMIT,
    ]),
  );
  await approve(stage, [], { file: "second.json", limit: "0.70" });
  expect((await stage.run(APPROVED)).code).toBe(0);
  const { out } = await stage.topsheet(["status", ...LEDGER]);
  expect(out).toContain(": Jo approved $0.42, of which $0.42 is spent or held.\n");
  expect(out).toContain(": Jo approved $0.70, of which $0.70 is spent or held.\n");
});

test.concurrent("needs --yes --max-usd for an approved manifest off a terminal", async (context) => {
  const stage = await approvedStage(context, BOTH);
  const { code, out, err } = await stage.run({ ...APPROVED, consent: [] });
  expect({ code, out }).toEqual({ code: 4, out: "" });
  expect(stderrLines(err).at(-1)).toBe(
    "error: 2 lines for $1.12, and no one to ask: add --yes --max-usd USD, or run a saved plan",
  );
  expect(await sent(stage)).toBe(0);
});
