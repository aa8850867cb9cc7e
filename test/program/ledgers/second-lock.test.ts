import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import {
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { freshDatabase } from "../../rig/postgres/database.ts";
import { clockAhead } from "../rig/set-clock.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { createMachineFolder, type MachineFolder, YES } from "./machine-folder.ts";

// A campaign that this machine knows to be bought under another ledger is not bought under a new one unless someone
// says so.

const LEDGER = ".topsheet/ledger.sqlite";

/** A ledger in each folder, made off a terminal. */
async function withLedgers({ done }: MachineFolder, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    expect(await done(["ledger", "init", `${folder}/${LEDGER}`])).toMatchObject({ code: 0 });
  }
}

async function entered({ cleanup }: MachineFolder): Promise<string> {
  return await readFile(join(cleanup.state, "topsheet/campaigns/proof.json"), "utf8");
}

test.concurrent("refuses a campaign in a second folder with 4, what was found and what to paste", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  const { cwd, simulator, done, paste } = place;
  await withLedgers(place, ["a", "b"]);
  expect(await done(["run", "a/a.yaml", ...YES])).toMatchObject({ code: 0 });
  const [a, b] = ["a", "b"].map((folder) => join(cwd, folder, LEDGER));
  const id = JSON.parse((await done(["status", "--format", "json", "--ledger", a ?? ""])).out)
    .ledger.id;
  expect(JSON.parse(await entered(place))).toEqual({
    schema: "topsheet/campaign@1",
    campaign: "proof",
    ledgers: [
      {
        id,
        path: a,
        at: expect.stringMatching(/^20\d\d-/),
        entry: { seq: expect.any(Number), at: expect.any(Number) },
      },
    ],
  });

  const told = await done(["run", "b/b.yaml", ...YES]);
  expect(told).toMatchObject({ code: 4, out: "" });
  const when = String(JSON.parse(await entered(place)).ledgers[0].at)
    .slice(0, 16)
    .replace("T", " ");
  const separate = `topsheet ledger init ${b ?? ""} --separate proof --by YOU --why "the reason"`;
  expect(told.err)
    .toContain(`error: proof was last bought under another ledger, ${a ?? ""} (${when} UTC): ${b ?? ""} has nothing of it, so everything would be bought again.
  To continue under that ledger, run again with:
    --ledger ${a ?? ""}
  If these are two campaigns, give this one another name (campaign: in the manifest).
  If it is meant to be bought here as well, put that on record, then run again:
    ${separate}
`);
  expect(await done(["plan", "b/b.yaml"])).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 2 });

  expect(await done(["run", "b/b.yaml", ...YES, "--ledger", a ?? ""])).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 4 });

  expect((await paste(separate)).code).toBe(2);
  const recorded = await paste(
    separate.replace("YOU", "Ann").replace("the reason", "for another client"),
  );
  expect(recorded).toMatchObject({ code: 0, out: "" });
  expect(recorded.err).toBe(
    `Ann has put on record that proof is bought under ${b ?? ""}, whatever another ledger has of it.\n`,
  );
  expect(await done(["run", "b/b.yaml", ...YES])).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 6 });
  expect(await entered(place)).toContain(b);
  // Both have purchases now: neither is asked any more.
  expect(await done(["run", "a/a.yaml", ...YES])).toMatchObject({ code: 0 });

  const ledger = ["--ledger", b ?? ""];
  const words =
    /Bought here apart from any other ledger since 20\S+: Ann, "for\s+another\s+client"\./;
  expect((await done(["status", "proof", ...ledger])).out).toMatch(words);
  expect((await done(["report", "proof", ...ledger])).out).toMatch(words);
  expect((await done(["ledger", "verify", ...ledger])).out).toContain("all in order");
  const exported = await done(["ledger", "export", "--format", "jsonl", ...ledger]);
  expect(exported.out).toContain('"kind":"separate","by":"Ann","why":"for another client"}');
});

test.concurrent("asks on a terminal, before it asks about the money", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  const { cwd, simulator, agreed, done } = place;
  // Each from its own folder, where the first run makes a ledger.
  const run = (folder: string): string => `cd ${folder} && "$NODE" "$CLI" run ${folder}.yaml`;
  expect(await agreed(run("a"))).toMatchObject({ code: 0 });
  const question = "all the same? [y/N]";
  const no = await agreed(run("b"), [[question, "n"]]);
  expect(no).toMatchObject({ code: 4 });
  expect(no.out).toContain("warning: proof was last bought under another ledger");
  expect(no.out).toContain(`--ledger ${join(cwd, "a", LEDGER)}`);
  expect(no.out).not.toContain("Buy 2 lines");
  expect(await agreed(run("b"), [[question, "\u0003"]])).toMatchObject({ code: 130 });
  expect(await agreed(`${run("b")} --yes`, [])).toMatchObject({ code: 4 });
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
  const yes = await agreed(run("b"), [
    [question, "y"],
    ["Buy 2 lines for $0.84, and make the ledger ", "y"],
  ]);
  expect(yes).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
  expect(await done(["run", "b/b.yaml", ...YES])).toMatchObject({ code: 0 });
});

test.concurrent("lets one of two first runs at once in two folders buy", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  await withLedgers(place, ["a", "b"]);
  const runs = ["a", "b"].map(
    async (name) => await place.apart(["run", `${name}/${name}.yaml`, ...YES]),
  );
  const codes = (await Promise.all(runs)).map(({ code }) => code);
  expect(codes.map(String).toSorted()).toEqual(["0", "4"]);
  expect(await place.simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("refuses a new ledger in place of the old one, and accepts one that was moved", async (context) => {
  const place = await createMachineFolder(context, ["film/shots.yaml"]);
  const { cwd, simulator, done } = place;
  await withLedgers(place, ["film"]);
  const run = ["run", "film/shots.yaml", ...YES];
  expect(await done(run)).toMatchObject({ code: 0 });
  await mkdir(join(cwd, "elsewhere"));
  await rename(join(cwd, "film/.topsheet"), join(cwd, "elsewhere/.topsheet"));
  await withLedgers(place, ["film"]);
  const told = await done(run);
  expect(told).toMatchObject({ code: 4 });
  expect(told.err).toContain("under another ledger, which was at this place then (");
  expect(told.err).toContain("Put the ledger of that time back in its place, from a backup.");
  await rm(join(cwd, "film/.topsheet"), { recursive: true });
  const more = manifest(shots(3));
  await writeFile(join(cwd, "film/shots.yaml"), more);
  const moved = await done([...run, "--ledger", `elsewhere/${LEDGER}`]);
  expect(moved).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 3 });
  // What is handed to another ledger is bought there from then on.
  const copied = ["ledger", "copy", `elsewhere/${LEDGER}`, "kept.sqlite"];
  expect(await done(copied)).toMatchObject({ code: 0 });
  await writeFile(join(cwd, "film/shots.yaml"), manifest(shots(4)));
  expect(await done([...run, "--ledger", "kept.sqlite"])).toMatchObject({ code: 0 });
  expect(await entered(place)).toContain(join(cwd, "kept.sqlite"));
});

test.concurrent("refuses a copy of a ledger while the other one exists", async (context) => {
  const place = await createMachineFolder(context, ["a/shots.yaml"]);
  const { cwd, simulator, done } = place;
  await withLedgers(place, ["a"]);
  const run = async (folder: string): ReturnType<MachineFolder["done"]> =>
    await done(["run", `${folder}/shots.yaml`, ...YES, "--only", `s0${folder === "a" ? 1 : 2}`]);
  expect(await run("a")).toMatchObject({ code: 0 });
  await cp(join(cwd, "a"), join(cwd, "b"), { recursive: true });
  const told = await run("b");
  expect(told).toMatchObject({ code: 4, out: "" });
  const [a, b] = ["a", "b"].map((folder) => join(cwd, folder, LEDGER));
  expect(told.err).toContain(
    `error: ${b ?? ""} is a copy: proof was last bought under ${a ?? ""} (`,
  );
  expect(told.err).toContain(`    --ledger ${a ?? ""}\n  If ${b ?? ""} is the one to keep, move`);
  // A link to it is no copy.
  await symlink(join(cwd, "a"), join(cwd, "link"));
  expect(await done(["run", "link/shots.yaml", ...YES, "--only", "s01"])).toMatchObject({
    code: 0,
  });
  expect(await simulator.bill()).toMatchObject({ submits: 1 });
  await rename(join(cwd, "a"), join(cwd, "away"));
  expect(await run("b")).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("refuses a ledger that was restored from an older copy", async (context) => {
  const place = await createMachineFolder(context, ["shots.yaml"]);
  const { cwd, simulator, done, paste } = place;
  await withLedgers(place, ["."]);
  expect(await done(["run", "shots.yaml", ...YES, "--only", "s01"])).toMatchObject({ code: 0 });
  await cp(join(cwd, LEDGER), join(cwd, "backup.sqlite"));
  expect(await done(["run", "shots.yaml", ...YES, "--only", "s01"])).toMatchObject({ code: 0 });
  expect(await done(["run", "shots.yaml", ...YES])).toMatchObject({ code: 0 });
  await cp(join(cwd, "backup.sqlite"), join(cwd, LEDGER));
  // The videos have gone to whoever cuts the film.
  await rm(join(cwd, "out"), { recursive: true });
  await writeFile(join(cwd, "more.yaml"), manifest(shots(3)));
  // What is bought already is only fetched.
  expect(await done(["run", "shots.yaml", ...YES, "--only", "s01"])).toMatchObject({ code: 0 });
  const told = await done(["run", "more.yaml", ...YES]);
  expect(told).toMatchObject({ code: 4, out: "" });
  expect(told.err).toContain(
    `${join(cwd, LEDGER)} has lost what was written in it when proof was last`,
  );
  expect(told.err).toContain("it was put back from an older copy");
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
  const line = /topsheet ledger init .*/.exec(told.err)?.[0] ?? "";
  expect(
    await paste(line.replace("YOU", "ann").replace("the reason", "the disk died")),
  ).toMatchObject({
    code: 0,
  });
  expect(await done(["run", "more.yaml", ...YES])).toMatchObject({ code: 0 });
});

test.concurrent("lets a ledger receive a campaign that was recorded as separate in it", async (context) => {
  const { done } = await createMachineFolder(context, ["a.yaml"]);
  const from = ["--ledger", "a.sqlite"];
  for (const name of ["a.sqlite", "b.sqlite"]) await done(["ledger", "init", name]);
  expect(await done(["run", "a.yaml", ...YES, ...from])).toMatchObject({ code: 0 });
  const separate = ["--separate", "proof", "--by", "ann", "--why", "a mistake"];
  expect(await done(["ledger", "init", "b.sqlite", ...separate])).toMatchObject({ code: 0 });
  expect(await done(["ledger", "copy", "a.sqlite", "b.sqlite"])).toMatchObject({ code: 0 });
  expect(await done(["ledger", "verify", "--ledger", "b.sqlite"])).toMatchObject({ code: 0 });
});

test.concurrent("passes over a ledger without purchases, but not the ledgers behind it", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml", "c/c.yaml"]);
  const { cwd, cleanup, simulator, done } = place;
  await withLedgers(place, ["a", "b", "c"]);
  const refusing = createServer((_, answer) => answer.writeHead(401).end('{"detail":"no"}'));
  await once(refusing.listen(0, "127.0.0.1"), "listening");
  cleanup.atEnd(async () => void refusing.close());
  const address = refusing.address();
  const port = typeof address === "object" ? address?.port : 0;
  const nobody = { env: { FAL_PROXY_URL: `http://127.0.0.1:${port}/` } };
  expect(await done(["run", "b/b.yaml", ...YES], nobody)).toMatchObject({ code: 5 });
  // It may be about to buy.
  expect(await done(["run", "a/a.yaml", ...YES])).toMatchObject({ code: 4 });
  const later = { env: clockAhead(120_000) };
  expect(await done(["run", "a/a.yaml", ...YES], later)).toMatchObject({ code: 0 });
  const separate = ["--separate", "proof", "--by", "ann", "--why", "two cuts"];
  expect(await done(["ledger", "init", `b/${LEDGER}`, ...separate])).toMatchObject({ code: 0 });
  expect(await done(["run", "b/b.yaml", ...YES], nobody)).toMatchObject({ code: 5 });
  const told = await done(["run", "c/c.yaml", ...YES], { env: clockAhead(300_000) });
  expect(told).toMatchObject({ code: 4 });
  expect(told.err).toContain(`under another ledger, ${join(cwd, "a", LEDGER)} (`);
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("reads the files beside the videos if there is no register, but not a rehearsal's", async (context) => {
  const place = await createMachineFolder(context, ["shots.yaml"]);
  const { cwd, simulator, done } = place;
  // A file stands where the state folder would be.
  const around = { env: { XDG_STATE_HOME: "/dev/null" } };
  const run = async (): ReturnType<MachineFolder["done"]> =>
    await done(["run", "shots.yaml", ...YES], around);
  await withLedgers(place, ["."]);
  expect(await run()).toMatchObject({ code: 0 });
  const name = (await readdir(join(cwd, "out/proof"))).find((file) => file.endsWith(".json"));
  const path = join(cwd, "out/proof", name ?? "none");
  const written = JSON.parse(await readFile(path, "utf8"));
  expect(written).toMatchObject({
    schema: "topsheet/video@1",
    rehearsal: false,
    campaign: "proof",
  });
  expect(Object.keys(written).slice(0, 4)).toEqual(["schema", "rehearsal", "ledger", "campaign"]);

  await rm(join(cwd, ".topsheet"), { recursive: true });
  await withLedgers(place, ["."]);
  const told = await run();
  expect(told).toMatchObject({ code: 4 });
  expect(told.err).toMatch(
    /^error: out\/proof\/s0\d~t1\.\w{8}\.mp4\.json tells of a purchase of proof, under the ledger with the id \S+: /m,
  );
  expect(told.err).toContain(`topsheet ledger init ${join(cwd, LEDGER)} --separate proof `);
  expect(await simulator.bill()).toMatchObject({ submits: 2 });

  // Whatever else stands there tells nothing, and nobody waits for it.
  const folder = join(cwd, "out/proof");
  for (const file of await readdir(folder)) {
    if (!file.endsWith(".json")) continue;
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replace('"rehearsal": false', '"rehearsal": true'));
  }
  await writeFile(join(folder, "half.json"), '{\n  "schema": "topsheet/video@1",\n  "rehear');
  await writeFile(join(folder, "list.json"), "[1, 2");
  await writeFile(join(folder, "huge.json"), '{\n  "schema": "topsheet/video@1",\n');
  await truncate(join(folder, "huge.json"), 300 * 1024 * 1024);
  await promisify(execFile)("mkfifo", [join(folder, "pipe.json")]);
  expect(await run()).toMatchObject({ code: 0 });
  expect(await simulator.bill()).toMatchObject({ submits: 4 });
});

test.concurrent("ignores an entry that is cut in half, and writes it again", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  const { cleanup, cwd, done } = place;
  await withLedgers(place, ["a", "b"]);
  const folder = join(cleanup.state, "topsheet/campaigns");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "proof.json"), '{ "schema": "topsheet/campaign@1", "camp');
  const around = { folder: "a" };
  expect(await done(["run", "a.yaml", ...YES], around)).toMatchObject({ code: 0 });
  expect(await entered(place)).toContain(join(cwd, "a", LEDGER));
  expect(await done(["run", "b/b.yaml", ...YES])).toMatchObject({ code: 4 });
});

test.concurrent("neither reads nor writes the register in a rehearsal", async (context) => {
  const place = await createMachineFolder(context, ["shots.yaml"]);
  const { cleanup, done } = place;
  const rehearse = ["run", "shots.yaml", "--rehearse", "--speed", "2000"];
  expect(await done(rehearse)).toMatchObject({ code: 0 });
  await expect(readdir(cleanup.state)).rejects.toThrow("ENOENT");
  await withLedgers(place, ["."]);
  expect(await done(["run", "shots.yaml", ...YES])).toMatchObject({ code: 0 });
  expect(await done(rehearse)).toMatchObject({ code: 0 });
});

test.concurrent("refuses a scheduled run as it does any run", async (context) => {
  const place = await createMachineFolder(context, ["a/a.yaml", "b/b.yaml"]);
  const { cwd, simulator, done } = place;
  await withLedgers(place, ["a", "b"]);
  expect(await done(["run", "a/a.yaml", ...YES])).toMatchObject({ code: 0 });
  const made = JSON.parse(await readFile(join(cwd, "b/b.yaml"), "utf8"));
  await writeFile(
    join(cwd, "b/b.yaml"),
    JSON.stringify({ ...made, schedule: { cron: "* * * * *", missed: "catch-up" } }),
  );
  const start = ["schedule", "start", "b/b.yaml", "--once", "--max-usd", "9"];
  const told = await done(start);
  expect(told.err).toContain("error: proof was last bought under another ledger");
  expect(told).toMatchObject({ code: 4 });
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("refuses to queue lines for workers as it refuses a run", async (context) => {
  const place = await createMachineFolder(context, ["shots.yaml"]);
  const { cleanup, simulator, done } = place;
  const { url, drop } = await freshDatabase();
  cleanup.atEnd(drop);
  await withLedgers(place, ["."]);
  expect(await done(["run", "shots.yaml", ...YES])).toMatchObject({ code: 0 });
  const server = ["--ledger", url];
  expect(await done(["ledger", "init", url])).toMatchObject({ code: 0 });
  expect(await done(["plan", "shots.yaml", "-o", "plan.json", ...server])).toMatchObject({
    code: 0,
  });
  const told = await done(["run", "plan.json", "--queue", "--max-usd", "9", ...server]);
  expect(told).toMatchObject({ code: 4, out: "" });
  expect(told.err).toContain("error: proof was last bought under another ledger");
  expect(await simulator.bill()).toMatchObject({ submits: 2 });
});

test.concurrent("warns of a campaign whose name is one letter from one that bought the same", async (context) => {
  const place = await createMachineFolder(context, ["shots.yaml"]);
  const { cwd, done } = place;
  await withLedgers(place, ["."]);
  expect(await done(["run", "shots.yaml", ...YES])).toMatchObject({ code: 0 });
  const text = await readFile(join(cwd, "shots.yaml"), "utf8");
  await writeFile(join(cwd, "slip.yaml"), text.replace('"proof"', '"prooof"'));
  await writeFile(join(cwd, "other.yaml"), manifest(shots(1, 7)).replace('"proof"', '"prooof"'));
  const slip =
    'warning: lines of this plan were bought under "proof", and are bought again under "prooof"\n';
  const planned = await done(["plan", "slip.yaml"]);
  expect(planned).toMatchObject({ code: 0 });
  expect(planned.err).toContain(slip);
  expect(planned.err).toContain('did you mean "proof"?');
  expect((await done(["run", "slip.yaml"])).err).toContain(slip);
  expect((await done(["plan", "other.yaml"])).err).not.toContain("were bought under");
});
