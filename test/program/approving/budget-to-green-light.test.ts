import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EndedProgram } from "../rig/start-program.ts";
import { alike, stageOf } from "./approve-and-run.ts";
import { REHEARSED } from "../rig/stderr-lines.ts";

// From budget to green light: Jo, a producer, approves a sum; an engineer's night job spends it. Both paste what stands
// here, each in a folder of their own under the one that has the ledger.

const MANIFEST = `topsheet: 1
campaign: proof
timezone: Europe/London
approval: required
budget:
  cap: 1.60
  breaker: { failures_in_a_row: 3 }
concurrency: 1
defaults: { model: kling-v3-turbo-pro, duration: 3 }
shots:
  - { id: skyline, scene: "1", prompt: A skyline at dusk. }
  - { id: rooftop, scene: "1", prompt: A rooftop in the rain., takes: 2 }
  - { id: packshot, scene: "2", prompt: A bottle on wet slate., duration: 5 }
`;

test("a producer approves a sum, an engineer spends it, a cap is reached and raised on the record, and both see the same", async (context) => {
  const stage = await stageOf(context, MANIFEST);
  await Promise.all(["jo", "night"].map(async (name) => await mkdir(join(stage.cwd, name))));
  const paste = async (folder: string, line: string): Promise<EndedProgram> =>
    await stage.paste(
      `export FAL_PROXY_URL=${stage.simulator.proxyUrl}; export TOPSHEET_LEDGER=../ledger.sqlite; cd ${folder}; ${line}`,
    );
  const jo = async (line: string): Promise<EndedProgram> => await paste("jo", line);
  const engineer = async (line: string): Promise<EndedProgram> => await paste("night", line);

  // Jo wants to know what it costs. It is $0.36 over the cap, and Jo sees that a green light is needed.
  const planned = await jo("topsheet plan ../shots.yaml -o plan.json");
  expect(planned.code).toBe(3);
  expect(planned.out).toContain("\nTotal                          4       14  $1.96\n");
  expect(planned.out).toContain("\nEvery real purchase has to be in an approved plan.\n");
  expect(planned.err).toContain("error: cap of $1.60 is passed by $0.36\n");
  expect(planned.err).toContain("\nplan.json written.\n".trimStart());

  // The night job has no green light yet.
  const early = await engineer("topsheet run ../jo/plan.json");
  expect({ code: early.code, err: alike(early.err).at(-1) }).toEqual({
    code: 4,
    err: "error: this needs an approval: `topsheet approve ../jo/plan.json --by NAME --limit USD`",
  });

  // Jo signs for less than even the cap lets through, and is told; the night job has to choose, and does not.
  const signed = await jo('topsheet approve plan.json --by "Jo Park" --limit 1.20');
  expect(signed).toMatchObject({
    code: 0,
    out: "",
    err: `${REHEARSED}Jo Park approves 4 lines of proof for $1.96: at most $1.20.\nThat is $0.76 less than what is still to be bought costs: a run has to choose with --only.\nplan.approval.json written; the ledger has the entry that counts.\n`,
  });
  const all = await engineer("topsheet run ../jo/plan.json");
  expect(all.code).toBe(4);
  expect(alike(all.err).slice(-2)).toEqual([
    "  what is to be bought costs $1.26: Jo Park approved $1.20, of which $0.00 is spent or held",
    "error: ../jo/plan.json is not approved as it is: buy less with --only, or have more approved",
  ]);
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });

  // Jo signs for more, until Christmas. Three lines fit under the cap.
  const again = await jo(
    'topsheet approve plan.json --by "Jo Park" --limit 1.50 --until 2036-12-24',
  );
  expect(again.code).toBe(0);
  expect(again.err).toContain("at most $1.50 through 2036-12-24 (Europe/London).\n");
  const first = await engineer("topsheet run ../jo/plan.json --out ../out");
  expect(first.code).toBe(3);
  expect(first.out).toContain(
    "3 of 4 lines made, $1.26 would have been spent; 1 line still to buy.\n",
  );

  // The fourth fits neither under the cap nor under the sum. Jo raises both, on the record.
  const over = await jo(
    'topsheet overage --campaign proof --cap cap --usd 0.36 --by "Jo Park" --why "the client wants the packshot"',
  );
  expect(over.code).toBe(0);
  expect(over.err).toMatch(/\ncap is \$1\.96 now\.\n$/);
  const short = await engineer("topsheet run ../jo/plan.json --out ../out");
  expect(short.code).toBe(4);
  expect(alike(short.err).at(-2)).toBe(
    "  what is to be bought costs $0.70: Jo Park approved $1.50, of which $1.26 is spent or held",
  );
  expect((await jo('topsheet approve plan.json --by "Jo Park" --limit 2')).code).toBe(0);
  const done = await engineer("topsheet run ../jo/plan.json --out ../out");
  expect(done.code).toBe(0);
  expect(done.out).toContain("4 of 4 lines made, $1.96 would have been spent.");

  // Both see the same, to the letter, and it is what fal bills.
  const [seen, alsoSeen] = [await jo("topsheet status"), await engineer("topsheet status")];
  expect(alsoSeen).toEqual(seen);
  const told = seen.out.split("\n\n").slice(2);
  expect(told.map((part) => part.replace(/Plan \w{12}/, "Plan SHA256"))).toEqual([
    expect.stringMatching(
      /^Plan SHA256: Jo Park approved \$2\.00, of which \$1\.96 is spent or held\.\ncap has \$0\.36 more since \d{4}-\d\d-\d\d: Jo Park, "the client wants the packshot"\.$/,
    ),
    "$1.96 spent, $0.00 held.\n",
  ]);
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.96", accepted: 4, submits: 4 });
  expect((await readdir(join(stage.cwd, "jo"))).toSorted()).toEqual([
    "plan.approval.json",
    "plan.json",
  ]);
  const made = await readdir(join(stage.cwd, "out/proof"));
  expect(made.filter((name) => name.endsWith(".mp4"))).toHaveLength(4);
  expect((await engineer("topsheet ledger verify")).code).toBe(0);
});
