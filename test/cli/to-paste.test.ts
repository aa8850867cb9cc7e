import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { describeEvent } from "../../src/cli/buying/event-output.ts";
import { main } from "../../src/cli/program.ts";
import type { Shell } from "../../src/cli/shell.ts";
import type { Hold } from "../../src/ledger/hold.ts";
import type { Purpose } from "../../src/ledger/ledger.ts";
import { renderText } from "../../src/report/formats/text.ts";
import { makeStatusDocument, makeStatus } from "../../src/report/status.ts";
import { Bench, capped, order, type Standing, step } from "../ledger/rig/test-ledger.ts";
import { sqlite } from "../ledger/rig/sqlite-ledgers.ts";

const SCREEN = { width: 400, colour: false };

/** As a POSIX shell takes it apart. */
function words(line: string): readonly string[] {
  const script = `eval "set -- $1"; printf '%s\\0' "$@"`;
  const out = execFileSync("sh", ["-c", script, "sh", line], { encoding: "utf8" });
  return out.split("\0").slice(0, -1);
}

/** Pastes a line: what it leaves with, and says. */
async function paste(bench: Bench, line: string): Promise<{ code: number; err: string }> {
  const [program, ...args] = words(line);
  expect(program).toBe("topsheet");
  let err = "";
  const none = (): never => {
    throw new Error("not for a correction");
  };
  const shell: Shell = {
    out: none,
    outBytes: null,
    err: (text) => void (err += text),
    outScreen: SCREEN,
    errScreen: SCREEN,
    now: () => bench.world.at,
    read: none,
    write: none,
    writeNew: none,
    exists: none,
    append: none,
    stepSummary: null,
    here: "/",
    program: none,
    register: { read: none, write: none },
    ledgers: {
      named: "the ledger",
      nearest: none,
      real: none,
      exists: none,
      open: async () => await bench.openElsewhere("a person"),
      create: none,
      blank: none,
    },
    buying: none,
  };
  return { code: await main(args, shell), err };
}

async function status(bench: Bench, purpose: Purpose = "real"): Promise<string> {
  const holds = await bench.ledger.holds("film");
  const rest = { overages: [], approvals: [], separation: null, timezone: "UTC" };
  const runs = await bench.ledger.openRuns("film");
  const told = makeStatus({ campaign: "film", purpose, holds, runs, ...rest });
  const about = { now: bench.world.at, ledger: "a b's ledger.sqlite", id: "" };
  return renderText(makeStatusDocument(told, about), SCREEN);
}

async function offered(bench: Bench): Promise<readonly string[]> {
  return [...(await status(bench)).matchAll(/^ {4}(topsheet .*)$/gm)].map(([, line]) => line ?? "");
}

/** As a person fills it in. */
function filled(line: string): string {
  return line
    .replace(" ID ", " r-found ")
    .replace(" --by YOU ", " --by Ann ")
    .replace('"what you found"', '"it is on the bill"');
}

const AWKWARD = 'bottle[what=it\'s $HOME,say="a" `b` \\ * ? ;]~t1';
const HIDDEN = "bottle[what=\u202eabc]~t1";

/** What status offers for each standing that needs a person; a missing request is collected or charged. */
const WAITING: readonly (readonly [Standing | "missing", number])[] = [
  ["unknown", 3],
  ["missing", 2],
  ["failed, charge unknown", 3],
];

async function waiting(bench: Bench, where: Standing | "missing", key: string, print: string) {
  if (where !== "missing") return await bench.makeHold(order(print, { key }), where);
  const { id } = await bench.makeHold(order(print, { key }), "submitted");
  return await bench.advance(id, step.missing());
}

describe("what is printed to be pasted is accepted", () => {
  test.for(
    WAITING.flatMap(([where, lines]) =>
      ["a~t1", AWKWARD, HIDDEN].map((key) => [where, key, lines] as const),
    ),
  )("by status, of a line that is %s: %s", async ([where, key, lines]) => {
    for (let turn = 0; turn < lines; turn += 1) {
      const bench = await Bench.create(sqlite);
      const { id } = await waiting(bench, where, key, "a");
      // Until then "not charged" is early, and status says so.
      bench.world.at += 180_000;
      const all = await offered(bench);
      expect(all).toHaveLength(lines);
      const entries = await bench.countEntries();
      expect((await paste(bench, all[turn] ?? "")).code).toBe(2);
      expect(await bench.countEntries()).toBe(entries);
      expect(await paste(bench, filled(all[turn] ?? ""))).toMatchObject({ code: 0 });
      expect((await bench.ledger.hold(id))?.person?.by).toBe("Ann");
    }
  });

  test("an id that a person has found is the order's on its way, not that of one which came to nothing", async () => {
    const bench = await Bench.create(sqlite);
    await bench.makeHold(order("a", { key: "a~t1" }), "released");
    const { id } = await bench.makeHold(order("a", { key: "a~t1" }), "sending");
    const line =
      'topsheet resolve film/a~t1 --request-id r-found --by Ann --why "it is on the list"';
    expect(await paste(bench, line)).toMatchObject({ code: 0 });
    expect(await bench.ledger.hold(id)).toMatchObject({ state: "submitted", duplicate: false });
  });

  test("by status, where two purchases have one key: each line means its own", async () => {
    const bench = await Bench.create(sqlite);
    const holds = [
      await waiting(bench, "unknown", AWKWARD, "a"),
      await waiting(bench, "missing", AWKWARD, "b"),
      await waiting(bench, "failed, charge unknown", AWKWARD, "c"),
    ];
    const lines = (await offered(bench)).filter((line) => line.includes(" --charged "));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(await paste(bench, filled(line))).toMatchObject({ code: 0 });
    for (const { id } of holds) {
      expect(await bench.ledger.hold(id)).toMatchObject({ state: "failed", charge: "charged" });
    }
  });

  /** What a run says that cannot write a request down. */
  function kept({ id, key, cost }: Hold): string {
    const about = { line: { key, hold: id, cost }, request: "r-late", why: "the disk is full" };
    const event = { event: "unwritten", what: "submitted", ...about } as const;
    const text = describeEvent(event, "film", "a b's.sqlite", "UTC")?.text;
    return /Keep this: (topsheet .*)$/m.exec(text ?? "")?.[1] ?? "";
  }

  test.for(["sending", "unknown", "released", "failed, charged", "failed, charge none"] as const)(
    "by a run that cannot write its request, while the line is %s",
    async (where) => {
      const bench = await Bench.create(sqlite);
      // Tries before it, under the same key.
      await bench.makeHold(order("a", { key: AWKWARD }), "released");
      await bench.makeHold(order("b", { key: AWKWARD }), "unknown");
      const hold = await bench.makeHold(order("a", { key: AWKWARD }), where);
      const line = filled(kept(hold));
      expect(await paste(bench, line)).toMatchObject({ code: 0 });
      expect(await bench.ledger.hold(hold.id)).toMatchObject({
        state: "submitted",
        request: { id: "r-late" },
        person: { by: "Ann" },
      });
      // Pasted twice, or written by the run itself meanwhile: there is nothing left to say.
      const entries = await bench.countEntries();
      expect(await paste(bench, line)).toMatchObject({ code: 0 });
      expect(await bench.countEntries()).toBe(entries);
    },
  );
});

test("until when --not-charged waits is said where it does: not of a rehearsal", async () => {
  const bench = await Bench.create(sqlite);
  await bench.makeHold(order("a"), "sending");
  bench.world.dead.add("a");
  await (await bench.openElsewhere("b")).reclaimDeadRuns("film");
  const waits = "--not-charged is accepted from";
  expect(await status(bench)).toContain(waits);
  const rehearsed = await status(bench, "rehearsal");
  expect(rehearsed).toContain("topsheet resolve 'film/a~t1' --not-charged");
  expect(rehearsed).not.toContain(waits);
});

describe("a person corrects", () => {
  const said = ' --by Ada --why "on the bill"';

  test.for([
    ["--request-id", "ID", '--request-id ID --by Ada --why "on the bill"'],
    ["--request-id", " id", "--request-id ' id' --by Ada --why \"on the bill\""],
    ["--by", "YOU", '--charged --by YOU --why "on the bill"'],
    ["--by", "name", '--charged --by " name" --why "on the bill"'],
    ["--why", "what you found", '--charged --by Ada --why "what you found"'],
    ["--why", "The reason", '--charged --by Ada --why "The reason"'],
    ["--why", "TEXT", "--not-charged --by Ada --why TEXT"],
  ] as const)("but does not leave %s as it is printed: %s", async ([option, word, rest]) => {
    const bench = await Bench.create(sqlite);
    await bench.makeHold(order("a"), "unknown");
    const entries = await bench.countEntries();
    expect(await paste(bench, `topsheet resolve film/a~t1 ${rest}`)).toEqual({
      code: 2,
      err: `error: ${option} still says "${word.trim()}": put in its place what is to stand in the ledger\n`,
    });
    expect(await bench.countEntries()).toBe(entries);
  });

  test.for([
    ["released", "--charged", "$1.00 count as spent", 1, 0],
    ["released", "--request-id r-1", "in flight as request r-1; run again to collect it", 0, 1],
    ["failed, charge none", "--charged", "$1.00 count as spent", 1, 0],
    ["failed, charge none", "--request-id r-1", "in flight as request r-1", 0, 1],
    ["failed, charged", "--not-charged", "cost nothing, $1.00 are free again", 0, 0],
    ["failed, charged", "--request-id r-1", "in flight as request r-1", 0, 1],
    ["settled", "--not-charged", "cost nothing, $1.00 are free again; it stays bought", 0, 0],
  ] as const)("what is %s with %s", async ([where, how, words, spent, held]) => {
    const bench = await Bench.create(sqlite);
    const { id } = await bench.makeHold(order("a"), where);
    const { code, err } = await paste(bench, `topsheet resolve film/a~t1 ${how}${said}`);
    expect([code, err]).toEqual([0, expect.stringContaining(`a~t1: ${words}`)]);
    const hold = await bench.ledger.hold(id);
    expect([(hold?.spent ?? 0) / 1e6, (hold?.held ?? 0) / 1e6]).toEqual([spent, held]);
    expect(await status(bench)).toContain("resolved by Ada: on the bill");
  });

  test.for([
    ["released", "--not-charged", "a~t1 counts as not charged already: nothing was changed"],
    [
      "failed, charge none",
      "--not-charged",
      "a~t1 counts as not charged already: nothing was changed",
    ],
    ["failed, charged", "--charged", "a~t1 counts as spent already ($1.00): nothing was changed"],
    ["settled", "--charged", "a~t1 counts as spent already ($1.00): nothing was changed"],
    [
      "settled",
      "--request-id r-1",
      "a~t1 is known as request REQUEST (said by fal): say --charged or --not-charged",
    ],
    [
      "submitted",
      "--request-id r-1",
      "a~t1 is known as request REQUEST (said by fal): run again to collect it",
    ],
    ["submitted", "--charged", "nothing about a~t1 is unknown, and it has not ended"],
    ["sending", "--charged", "nothing about a~t1 is unknown, and it has not ended"],
  ] as const)("and is refused what is %s with %s", async ([where, how, words]) => {
    const bench = await Bench.create(sqlite);
    const { request } = await bench.makeHold(order("a"), where);
    const entries = await bench.countEntries();
    const told = await paste(bench, `topsheet resolve film/a~t1 ${how}${said}`);
    const err = `error: ${words.replace("REQUEST", request?.id ?? "")}\n`;
    expect(told).toEqual({ code: 2, err });
    expect(await bench.countEntries()).toBe(entries);
  });

  test("a line with several holds by the id of one; what each is, is listed", async () => {
    const bench = await Bench.create(sqlite);
    const first = await bench.makeHold(order("a"), "released");
    const second = await bench.makeHold(order("a"), "settled");
    const { code, err } = await paste(
      bench,
      `topsheet resolve film/a~t1 --charged${said} --ledger "a b's.sqlite"`,
    );
    const rest = "--charged --by Ada --why 'on the bill' --ledger 'a b'\\''s.sqlite'";
    const request = second.request?.id ?? "";
    expect([code, err.replaceAll(/ 20\S+ \S+ UTC/g, " WHEN")]).toEqual([
      2,
      `error: 2 holds of a~t1 can be meant, paste one of
  reserved WHEN, not bought, $0.00 spent, $0.00 held:
    topsheet resolve film/${first.id} ${rest}
  reserved WHEN, not delivered, request ${request}, $1.00 spent, $0.00 held:
    topsheet resolve film/${second.id} ${rest}
`,
    ]);
    const [, line = ""] = /^ {4}(topsheet .*)$/m.exec(err) ?? [];
    expect(await paste(bench, line)).toEqual({
      code: 0,
      err: "a~t1: $1.00 count as spent; it counts beside the other hold of its purchase\n",
    });
    const shown = await status(bench);
    expect(shown).toMatch(/a~t1 +failed, billed, duplicate +\$1.00/);
    expect(shown).toContain("$2.00 spent, $0.00 held.");
  });

  test("back and forth: status says the newest, and nothing against it", async () => {
    const bench = await Bench.create(sqlite);
    await bench.makeHold(order("a"), "unknown");
    bench.world.at += 180_000;
    for (const [how, state] of [
      ["--charged", "failed, billed"],
      ["--not-charged", "failed"],
      ["--charged", "failed, billed"],
    ] as const) {
      expect((await paste(bench, `topsheet resolve film/a~t1 ${how}${said}`)).code).toBe(0);
      const row = (await status(bench)).split("\n").find((line) => line.startsWith("a~t1 "));
      expect(row?.split(/ {2,}/)).toEqual([
        "a~t1",
        state,
        "$1.00",
        "nothing came of it; resolved by Ada: on the bill",
      ]);
    }
  });

  test.for(["in flight", "missing"] as const)(
    "a request that was mistyped, while it is %s: by the line that status offers",
    async (where) => {
      const bench = await Bench.create(sqlite);
      // An earlier try, that could be corrected too.
      await bench.makeHold(order("a"), "released");
      const { id } = await bench.makeHold(order("a"), "unknown");
      const [line = ""] = await offered(bench);
      expect(await paste(bench, filled(line).replace("r-found", "r-wrong"))).toMatchObject({
        code: 0,
      });
      if (where === "missing") await bench.advance(id, step.missing());
      const again = (await offered(bench)).filter((one) => one.includes("--request-id ID"));
      expect(again).toHaveLength(1);
      const right = filled(again[0] ?? "");
      const entries = await bench.countEntries();
      expect(await paste(bench, right)).toEqual({
        code: 2,
        err: "error: a run is in progress, and may be collecting request r-wrong (said by Ann): say it when that is over\n",
      });
      expect(await bench.countEntries()).toBe(entries);
      await bench.ledger.endRun(bench.run);
      expect(await paste(bench, right)).toEqual({
        code: 0,
        err: "a~t1: in flight as request r-found; run again to collect it\n",
      });
      expect(await bench.ledger.hold(id)).toMatchObject({ request: { id: "r-found" }, held: 1e6 });
    },
  );

  test("a request of another campaign's line is refused", async () => {
    const bench = await Bench.create(sqlite);
    await bench.ledger.agree("other", capped({}));
    const start = { campaign: "other", account: null, limits: [] };
    const run = await bench.ledger.startRun(start);
    const { id } = await bench.reserve(order("b", { campaign: "other" }), run);
    await bench.advance(id, step.sending());
    await bench.advance(id, step.submitted("r-1"));
    await bench.makeHold(order("a"), "unknown");
    expect(await paste(bench, `topsheet resolve film/a~t1 --request-id r-1${said}`)).toEqual({
      code: 2,
      err: "error: request r-1 is another line's already\n",
    });
  });
});
