import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { startChild } from "../rig/start-child.ts";
import { World } from "../rig/test-ledger.ts";
import { folder } from "../rig/sqlite-ledgers.ts";

/** What a child that has filled its disk reports. */
const filled = z.object({
  held: z.int(),
  last: z.string(),
  again: z.string(),
  positions: z.int(),
});

/** A shell in a namespace in which it may mount file systems, which disappear with it. */
const OWN_WORLD = ["unshare", "--user", "--map-root-user", "--mount"] as const;

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

const [own, ...alone] = OWN_WORLD;
const mounts = succeeds(own, ...alone, "sh", "-c", "mount -t tmpfs none /mnt");
const limits = succeeds("prlimit", "--version") && succeeds("bash", "-c", "ulimit -S -f 1000");

test.skipIf(!limits)(
  "a file that cannot grow is a fault that changes nothing, and the ledger works once it can (skipped without prlimit)",
  async () => {
    const path = join(folder(), "ledger.sqlite");
    const filling = startChild(["fill", path], (command) => [
      "bash",
      "-c",
      'ulimit -S -f 800 && exec "$@"',
      "bash",
      process.execPath,
      ...command,
    ]);
    const full = filled.parse(await filling.says());
    expect(full).toMatchObject({ last: "failed", again: "failed" });
    expect(full.positions).toBe(full.held);
    expect(full.held).toBeGreaterThan(3);
    expect(await filling.says()).toBe("ready");
    expect(succeeds("prlimit", `--pid=${filling.pid}`, "--fsize=unlimited:")).toBe(true);
    filling.go();
    expect(await filling.says()).toEqual({ after: "held", positions: full.held + 1 });
    expect(await filling.ended).toBe(0);
    const ledger = await openSqlite(path, "read", new World().as("a"));
    const { problems, holds } = await verifyLedger(ledger);
    ledger.close();
    expect(problems).toEqual([]);
    expect(holds).toBe(full.held + 1);
  },
);

test.skipIf(!mounts)(
  "a full disk is reported as such, and the ledger works once there is room (skipped if nothing can be mounted)",
  async () => {
    const disk = folder();
    const filling = startChild(["fill", join(disk, "ledger.sqlite")], (command) => [
      ...OWN_WORLD,
      "sh",
      "-c",
      // The ballast is removed when the child may continue: the child hears of it after this shell.
      `mount -t tmpfs -o size=2m none "$0" && head -c 1500000 /dev/zero > "$0/ballast" &&
        { read go && rm "$0/ballast" && echo "$go"; } | "$@"`,
      disk,
      process.execPath,
      ...command,
    ]);
    const full = filled.parse(await filling.says());
    expect(full).toMatchObject({ last: "full", again: "full" });
    expect(full.positions).toBe(full.held);
    expect(full.held).toBeGreaterThan(3);
    expect(await filling.says()).toBe("ready");
    filling.go();
    expect(await filling.says()).toEqual({ after: "held", positions: full.held + 1 });
    expect(await filling.ended).toBe(0);
  },
);

test.skipIf(!limits)(
  "a ledger that cannot be created leaves nothing behind, and can be created once there is room",
  async () => {
    const path = join(folder(), "ledger.sqlite");
    const making = startChild(["make twice", path]);
    expect(await making.says()).toBe("ready");
    expect(succeeds("prlimit", `--pid=${making.pid}`, "--fsize=4096:")).toBe(true);
    making.go();
    expect(await making.says()).toBe("failed");
    expect(await making.says()).toBe("ready");
    expect(succeeds("prlimit", `--pid=${making.pid}`, "--fsize=unlimited:")).toBe(true);
    making.go();
    expect(await making.says()).toBe("made");
  },
);
