import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NO_CAPS } from "../../../src/budget/caps.ts";
import { NO_LOCKS } from "../../../src/ledger/ledger.ts";
import { createRunLocks } from "../../../src/ledger/run-lock.ts";
import { createSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { order } from "../../ledger/rig/test-ledger.ts";
import { clockAhead } from "../rig/set-clock.ts";
import { readHolds } from "../rig/read-ledger.ts";
import { type EndedProgram, runTopsheet } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";

const ACCEPTED = /--not-charged is accepted from (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC on/;

// `gone`: nothing is seen of its process but a lease; `stopped`: it is this one, and holds its lock.
test.concurrent.for(["gone", "stopped"] as const)(
  "does not settle an order as not charged that a %s process may still send",
  async (process, context) => {
    const cleanup = cleanUpAfter(context);
    const cwd = await cleanup.folder();
    const path = join(cwd, "ledger.sqlite");
    const locks = process === "gone" ? NO_LOCKS : createRunLocks(path);
    const around = { now: Date.now, newId: randomUUID, owner: "them", locks };
    const ledger = await createSqlite(path, "real", around);
    cleanup.atEnd(() => ledger.close());
    await ledger.agree("film", { timezone: "UTC", caps: NO_CAPS, approval: "optional" });
    const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
    const held = await ledger.reserve(run, order("a"));
    const id = held.is === "held" ? held.hold.id : "";
    const { hold } = await ledger.advance(id, { kind: "sending" });
    const from = (hold.sentAt ?? 0) + 180_000;

    const resolve = async (ms: number): Promise<EndedProgram> => {
      const said = ["resolve", "film/a~t1", "--not-charged", "--by", "Jo", "--why", "not there"];
      const args = [...said, "--ledger", "ledger.sqlite"];
      return await runTopsheet(cleanup, args, { cwd, env: clockAhead(ms) });
    };
    const early = await resolve(61_000);
    expect(early.code).toBe(2);
    const [, when = ""] = ACCEPTED.exec(early.err) ?? [];
    expect(when).toBe(new Date(from).toISOString().slice(0, 19).replace("T", " "));
    const state = process === "gone" ? "unknown" : "sending";
    expect((await readHolds(path, "film")).map((one) => one.state)).toEqual([state]);
    const status = await runTopsheet(cleanup, ["status", "--ledger", "ledger.sqlite"], { cwd });
    expect(status.err + status.out).toMatch(process === "gone" ? ACCEPTED : /being sent/);
    const settled = await resolve(181_000);
    expect(settled).toMatchObject({ code: 0 });
    expect(settled.err).toContain("not bought");
    expect((await readHolds(path, "film")).map((one) => one.state)).toEqual(["released"]);
  },
);
