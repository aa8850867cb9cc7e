import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { createMachineFolder, YES } from "./machine-folder.ts";

// All files of a command are bought under one ledger, and off a terminal no command makes another.

test.concurrent("refuses two folders with a ledger each, in either order, with 4", async (context) => {
  const { cwd, simulator, done } = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  for (const folder of ["a", "b"]) {
    expect((await done(["ledger", "init", `${folder}/.topsheet/ledger.sqlite`])).code).toBe(0);
  }
  for (const [turn, file] of ["a/a.yaml", "b/b.yaml"].entries()) {
    const schedule = { cron: "* * * * *" };
    const written: unknown = JSON.parse(manifest(shots(2, 1 + 2 * turn)));
    await writeFile(join(cwd, file), JSON.stringify(Object.assign({}, written, { schedule })));
  }
  const [a, b] = ["a", "b"].map((folder) => join(cwd, folder, ".topsheet/ledger.sqlite"));
  for (const [files, meant] of [
    [["a/a.yaml", "b/b.yaml"], `a/a.yaml → ${a}; b/b.yaml → ${b}`],
    [["b/b.yaml", "a/a.yaml"], `b/b.yaml → ${b}; a/a.yaml → ${a}`],
  ] as const) {
    const err = `error: the files do not mean the same ledger (${meant}): name the one that this campaign is bought under with --ledger; \`topsheet status --ledger FILE\` shows what a ledger has\n`;
    expect(await done(["run", ...files, ...YES])).toMatchObject({ code: 4, out: "", err });
    expect(await done(["plan", ...files])).toMatchObject({ code: 4, out: "", err });
    expect(await done(["schedule", "list", ...files])).toMatchObject({ code: 4, out: "", err });
    const start = ["schedule", "start", ...files, "--once", "--max-usd", "9"];
    expect(await done(start)).toMatchObject({ code: 4, out: "", err });
  }
  expect(await simulator.bill()).toMatchObject({ submits: 0 });
  const named = await done(["run", "b/b.yaml", "a/a.yaml", ...YES, "--ledger", a ?? ""]);
  expect(named).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("takes several spellings of a path, such as links, for one ledger", async (context) => {
  const { cwd, done } = await createMachineFolder(context, ["film/a.yaml", "film/sub/b.yaml"]);
  expect((await done(["ledger", "init", "film/.topsheet/ledger.sqlite"])).code).toBe(0);
  await symlink("film", join(cwd, "linked"));
  const files = ["linked/a.yaml", "film/sub/../sub/b.yaml"];
  expect((await done(["plan", ...files])).code).toBe(0);
  expect((await done(["run", ...files, ...YES])).code).toBe(0);
});

test.concurrent("finds the ledger beside a link and the one beside the linked file", async (context) => {
  const { cwd, done } = await createMachineFolder(context, ["shared/film.yaml", "a/a.yaml"]);
  await symlink("../shared/film.yaml", join(cwd, "a/film.yaml"));
  expect((await done(["ledger", "init", "shared/.topsheet/ledger.sqlite"])).code).toBe(0);
  expect((await done(["plan", "a/film.yaml"])).out).not.toContain("No ledger");
  expect((await done(["ledger", "init", "a/.topsheet/ledger.sqlite"])).code).toBe(0);
  expect(await done(["plan", "a/film.yaml"])).toMatchObject({ code: 4, out: "" });
});

test.concurrent("buys a file without a ledger above it only under the ledger of the work folder", async (context) => {
  const { cwd, simulator, done } = await createMachineFolder(context, [
    "film/a.yaml",
    "other/b.yaml",
  ]);
  await writeFile(join(cwd, "film/c.yaml"), manifest(shots(1, 9)));
  expect((await done(["ledger", "init", "film/.topsheet/ledger.sqlite"])).code).toBe(0);
  const apart = await done(["run", "film/a.yaml", "other/b.yaml", ...YES]);
  expect(apart).toMatchObject({ code: 4, out: "" });
  const ledger = join(cwd, "film/.topsheet/ledger.sqlite");
  expect(apart.err).toContain(`(film/a.yaml → ${ledger}; other/b.yaml → none)`);
  expect(await simulator.bill()).toMatchObject({ submits: 0 });
  // From inside the film's folder there is no doubt which ledger the work is under.
  const inside = ["run", "a.yaml", "../other/b.yaml", ...YES];
  expect(await done(inside, { folder: "film" })).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("makes no new ledger in place of a lost one off a terminal, however it is named", async (context) => {
  const { cwd, simulator, done } = await createMachineFolder(context, ["shots.yaml"]);
  const gone = "cache/l.sqlite";
  const runs = [
    await done(["run", "shots.yaml", ...YES, "--ledger", gone]),
    await done(["run", "shots.yaml", ...YES], { env: { TOPSHEET_LEDGER: gone } }),
    await done(["run", "shots.yaml", ...YES]),
  ];
  for (const [turn, told] of runs.entries()) {
    const name = turn < 2 ? gone : ".topsheet/ledger.sqlite";
    expect(told).toMatchObject({ code: 4, out: "" });
    expect(told.err).toBe(
      `error: there is no ledger ${name}: where this campaign has bought before, name its ledger with --ledger, or everything is bought again; for a new one, \`topsheet ledger init ${name}\`\n`,
    );
  }
  expect(await readdir(cwd)).toEqual(["shots.yaml"]);
  expect(await simulator.bill()).toMatchObject({ submits: 0 });
});

test.concurrent("names the existing ledger to whoever reads or corrects, and suggests no empty one", async (context) => {
  const { cwd, done } = await createMachineFolder(context, ["shots.yaml"]);
  await writeFile(
    join(cwd, "turns.yaml"),
    JSON.stringify({ ...JSON.parse(manifest(shots(1, 7))), schedule: { cron: "0 9 * * *" } }),
  );
  const named = [
    ["status"],
    ["report"],
    ["fetch"],
    ["cancel", "proof"],
    ["resolve", "proof/s01~t1", "--charged", "--by", "Ada", "--why", "seen"],
    ["ledger", "verify"],
    ["ledger", "export"],
    ["plan", "shots.yaml"],
    ["schedule", "list", "turns.yaml"],
  ].map((command) => [...command, "--ledger", "nope.sqlite"]);
  const none = named.map(async (args) => await done(args));
  for (const told of await Promise.all(none)) {
    const err = "error: there is no ledger nope.sqlite: name one that is there with --ledger\n";
    expect(told).toMatchObject({ code: 2, out: "", err });
  }
  const nowhere = "error: there is no ledger here or above: name it with --ledger\n";
  expect(await done(["status"])).toMatchObject({ code: 2, err: nowhere });
  expect((await done(["ledger", "init"])).code).toBe(0);
  const there = named.map(async (args) => await done(args));
  for (const told of await Promise.all(there)) {
    const ledger = join(cwd, ".topsheet/ledger.sqlite");
    const err = `error: there is no ledger nope.sqlite; the ledger of this folder is ${ledger}\n`;
    expect(told).toMatchObject({ code: 2, out: "", err });
  }
});

test.concurrent("makes no ledger below another unless told to", async (context) => {
  const { cwd, done, agreed } = await createMachineFolder(context, ["film/shots.yaml"]);
  expect((await done(["ledger", "init"])).code).toBe(0);
  const above = join(cwd, ".topsheet/ledger.sqlite");
  for (const below of ["film/.topsheet/ledger.sqlite", "film/l.sqlite"]) {
    const why = `${above} is at or above the folder of ${below}, and a campaign is bought under one ledger: use that one, or, for a ledger of its own, \`topsheet ledger init --nested ${below}\``;
    const told = await done(["ledger", "init", below]);
    expect(told).toMatchObject({ code: 2, out: "", err: `error: ${why}\n` });
    const ran = await agreed(`"$NODE" "$CLI" run film/shots.yaml --ledger ${below}`);
    expect(ran).toMatchObject({ code: 4 });
    expect(ran.out).toContain(`error: ${why}`);
    expect(await readdir(join(cwd, "film"))).toEqual(["shots.yaml"]);
  }
  const nested = await done(["ledger", "init", "--nested", "film/.topsheet/ledger.sqlite"]);
  expect(nested).toMatchObject({ code: 0 });
});

test.concurrent("makes the ledger in the work folder at a first run on a terminal", async (context) => {
  const { cwd, simulator, agreed } = await createMachineFolder(context, [
    "film/shots.yaml",
    "film/b/more.yaml",
  ]);
  const told = await agreed('"$NODE" "$CLI" run film/shots.yaml film/b/more.yaml');
  expect(told).toMatchObject({ code: 0 });
  expect(told.out).toContain(".topsheet/ledger.sqlite made: it remembers what was bought.");
  expect((await readdir(cwd)).toSorted()).toEqual([".topsheet", "film", "out"]);
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("makes the ledger where --ledger names it at a first run on a terminal", async (context) => {
  const { cwd, simulator, agreed, done } = await createMachineFolder(context, ["shots.yaml"]);
  const told = await agreed('"$NODE" "$CLI" run shots.yaml --ledger new/l.sqlite');
  expect(told).toMatchObject({ code: 0 });
  const path = join(cwd, "new/l.sqlite");
  expect(told.out).toContain(`Buy 2 lines for $0.84, and make the ledger ${path}? [y/N]`);
  expect(told.out).toContain(`${path} made: it remembers what was bought. Keep it.`);
  expect(await readdir(join(cwd, "new"))).toEqual(["l.sqlite"]);
  const again = await done(["run", "shots.yaml", ...YES, "--ledger", "new/l.sqlite"]);
  expect(again).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("makes nothing if nobody says yes, and what worked before still works", async (context) => {
  const { cwd, simulator, agreed, done } = await createMachineFolder(context, [
    "a/x.yaml",
    "b/y.yaml",
  ]);
  for (const line of [
    'cd a && "$NODE" "$CLI" run x.yaml',
    '"$NODE" "$CLI" run a/x.yaml --ledger gone/l.sqlite',
    '"$NODE" "$CLI" run a/x.yaml --require-approval',
  ]) {
    const told = await agreed(line, [["? [y/N]", "n"]]);
    expect(told).toMatchObject({ code: 4 });
    expect(told.out).not.toContain("made: it remembers");
  }
  const turns = { ...JSON.parse(manifest(shots(1, 7))), schedule: { cron: "0 9 * * *" } };
  await writeFile(join(cwd, "a/turns.yaml"), JSON.stringify(turns));
  // Nobody has said what it may spend; and there is nothing that a cap lets through.
  const refused = await agreed('"$NODE" "$CLI" schedule start a/turns.yaml --once');
  expect([refused.code, refused.out]).toEqual([4, expect.stringContaining("no one watches it")]);
  expect((await readdir(cwd)).toSorted()).toEqual(["a", "b"]);
  await writeFile(join(cwd, "a/turns.yaml"), manifest(shots(1, 7), { budget: { cap: 0.1 } }));
  expect(await agreed('"$NODE" "$CLI" run a/turns.yaml --yes')).toMatchObject({ code: 3 });
  expect(await readdir(cwd)).not.toContain(".topsheet");
  await rm(join(cwd, "a/turns.yaml"));
  expect(await readdir(join(cwd, "a"))).toEqual(["x.yaml"]);
  expect((await done(["plan", "a/x.yaml", "b/y.yaml"])).code).toBe(0);
  expect(await agreed('"$NODE" "$CLI" run a/x.yaml b/y.yaml')).toMatchObject({ code: 0 });
  expect((await done(["status"])).code).toBe(0);
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("makes the ledger of files elsewhere beside the one above the others", async (context) => {
  const { cwd, agreed } = await createMachineFolder(context, [
    "film/b/more.yaml",
    "film/shots.yaml",
    "c/d.yaml",
  ]);
  await mkdir(join(cwd, "work"));
  const run = 'cd work && "$NODE" "$CLI" run ../film/b/more.yaml';
  const none = await agreed(`${run} ../c/d.yaml`);
  expect(none).toMatchObject({ code: 4 });
  expect(none.out).toContain("no folder of these files is above all of them");
  expect(await agreed(`${run} ../film/shots.yaml`)).toMatchObject({ code: 0 });
  expect(await readdir(join(cwd, "film"))).toContain(".topsheet");
  await symlink("../c/d.yaml", join(cwd, "work/link.yaml"));
  const linked = 'cd work && "$NODE" "$CLI" run link.yaml';
  const other = await agreed(linked, [["all the same? [y/N]", "n"]]);
  expect(other).toMatchObject({ code: 4 });
  expect(other.out).toContain(
    `Buy proof under ${join(cwd, "c/.topsheet/ledger.sqlite")} all the same?`,
  );
  expect(await readdir(join(cwd, "c"))).toEqual(["d.yaml"]);
});

test.concurrent("lets three first runs at once continue with the ledger that one of them made", async (context) => {
  const { cwd, simulator, begun } = await createMachineFolder(context, ["shots.yaml"]);
  const runs = [1, 2, 3].map(() => begun('"$NODE" "$CLI" run shots.yaml'));
  const question = `, and make the ledger ${join(cwd, ".topsheet/ledger.sqlite")}? [y/N]`;
  for (const { told } of runs) {
    await waitUntil("the question", () => (told.out.includes(question) ? true : null));
  }
  for (const going of runs) going.type("y\n");
  const told = await Promise.all(runs.map(async ({ ended }) => await ended));
  // What another run has under way at the end is 6.
  for (const { code } of told) expect([0, 6]).toContain(code);
  expect(told.filter(({ out }) => out.includes(" made: it remembers"))).toHaveLength(1);
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});
