import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../../rig/postgres/database.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { CampaignFolder } from "../rig/campaign-folder.ts";
import { Cleanup } from "../rig/cleanup.ts";

// A campaign outgrows its file: its ledger moves to a server, where it goes on, and comes back when it is done.

const THREE = manifest(shots(3), { budget: { cap: 20 } });

async function staged(): Promise<CampaignFolder> {
  const cleanup = new Cleanup();
  onTestFinished(async () => await cleanup.clear());
  return await CampaignFolder.set(cleanup, THREE, { speed: 200 });
}

/** A database whose URL has a password, which nothing may show. */
async function server(): Promise<{ readonly url: string; readonly shown: string }> {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const secret = new URL(url);
  secret.password = "geheim";
  const shown = new URL(url);
  shown.password = "";
  return { url: secret.href, shown: shown.href };
}

test("moves a ledger from a file to a server and back, buys nothing twice, and says in the file where it went", async () => {
  const stage = await staged();
  const { url, shown } = await server();
  const file = join(stage.cwd, "ledger.sqlite");
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(0);

  const there = await stage.topsheet(["ledger", "copy", "ledger.sqlite", url]);
  expect(there).toEqual({
    code: 0,
    signal: null,
    out: `proof: 8 entries, 1 hold, $0.42 spent, $0.00 held, moved to ${shown}.\n`,
    err: `ledger.sqlite is sealed for it: from now on name ${shown} with --ledger or TOPSHEET_LEDGER.\n`,
  });

  const complaint = `error: proof has moved to ${shown}: name that ledger with --ledger\n`;
  for (const args of [
    ["run", "shots.yaml", "--yes", "--max-usd", "9"],
    ["plan", "shots.yaml"],
  ]) {
    const refused = await stage.topsheet([...args, "--ledger", "ledger.sqlite"], {
      FAL_PROXY_URL: stage.proxyUrl ?? "",
    });
    expect(refused).toMatchObject({ code: 1, out: "", err: complaint });
  }
  const status = await stage.topsheet(["status", "--ledger", "ledger.sqlite"]);
  expect(status).toMatchObject({
    code: 0,
    err: `proof has moved to ${shown}: so it stood then.\n`,
  });

  const went = await stage.run({ options: ["--only", "s02", "--ledger", url] });
  expect(went.code).toBe(0);
  expect(went.out + went.err).not.toContain("geheim");
  const verified = await stage.topsheet(["ledger", "verify", "--ledger", url]);
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toBe(`${shown}: 17 entries, 2 holds, 4 cap checks, all in order.\n`);

  const back = await stage.topsheet(["ledger", "copy", url, "ledger.sqlite"]);
  expect(back).toMatchObject({
    code: 0,
    out: "proof: 15 entries, 2 holds, $0.84 spent, $0.00 held, moved to ledger.sqlite.\n",
  });
  const rest = await stage.run();
  expect(rest.code).toBe(0);
  const sealed = await stage.topsheet(["status", "--ledger", url]);
  expect(sealed.err).toBe(`proof has moved to ${file}: so it stood then.\n`);
  expect((await stage.simulator.bill()).submits).toBe(3);
});
