import { join } from "node:path";
import { counted, printable } from "../../diagnostics/printable.ts";
import type { Order } from "../../ledger/entry.ts";
import { LedgerFault } from "../../ledger/ledger.ts";
import { cents, dollars, sum } from "../../money/usd.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { diagnosticsText } from "../../report/diagnostics-text.ts";
import { planTable } from "../../report/plan-table.ts";
import { runJson, runReport } from "../../report/run-report.ts";
import { runTable } from "../../report/run-table.ts";
import { ordersOf } from "../../run/orders.ts";
import { EXIT } from "../exit-codes.ts";
import { type HeldPlan, heldPlan, termsInWords } from "../held-plan.ts";
import { ledgerComplaint } from "../ledger-complaint.ts";
import { ledgerPath } from "../ledger-path.ts";
import { loadManifests, loadPrices } from "../load.ts";
import { exitOfRun } from "../run-exit.ts";
import { rehearsalFolder, startRehearsal } from "../rehearsal.ts";
import { type RunOptions, runSettings, type RunSettings } from "../run-options.ts";
import { runLive } from "../run-live.ts";
import type { Buying, Shell } from "../shell.ts";
import { wallClock } from "../wall-clock.ts";
import type { World } from "../world.ts";

export async function run(
  shell: Shell,
  files: readonly string[],
  options: RunOptions,
): Promise<number> {
  const settings = runSettings(options);
  if ("problem" in settings) return refuse(shell, settings.problem);
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const { plan, diagnostics } = makePlan({ manifests, prices, only: options.only });
  if (plan === null) {
    shell.err(diagnosticsText(diagnostics, shell.errScreen.colour));
    return EXIT.wrong;
  }
  const buying = await shell.buying();
  const world = await worldOf(shell, buying, files, options, settings);
  if ("exit" in world) return world.exit;
  try {
    const { retryFailed = false } = options;
    const before = await heldPlan(plan, world.ledger, { retryFailed, now: world.clock.now() });
    const consent = await consentTo(shell, buying, world, before, options, settings);
    if ("exit" in consent) return consent.exit;
    await world.ledger.agree(plan.campaign.name, before.agreed.terms);
    const { orders } = consent;
    const live = await runLive(shell, buying, world, {
      plan: before.plan,
      orders,
      options,
      settings,
    });
    const after = await heldPlan(plan, world.ledger, {
      retryFailed: false,
      now: world.clock.now(),
    });
    const holds = await world.ledger.holds(plan.campaign.name);
    // A ledger becomes a rehearsal's when the simulator answers, through whatever proxy.
    const rehearsal = (await world.ledger.purpose()) === "rehearsal";
    const report = runReport(after.plan, holds, rehearsal);
    if (options.format === "json") shell.out(runJson(report));
    else shell.out(runTable(report, shell.outScreen, world.shownLedger));
    return exitOfRun(report, live);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, world.ledgerPath)}\n`);
    return EXIT.failed;
  } finally {
    await world.close();
  }
}

function refuse(shell: Shell, problem: string, exit: number = EXIT.wrong): number {
  shell.err(`error: ${problem}\n`);
  return exit;
}

type Refused = { readonly exit: number };

/** The ledger, the clock and whoever makes the videos: real, or a rehearsal's. */
async function worldOf(
  shell: Shell,
  buying: Buying,
  files: readonly string[],
  options: RunOptions,
  settings: RunSettings,
): Promise<World | Refused> {
  try {
    return options.rehearse === true
      ? await rehearsalWorld(shell, buying, options, settings)
      : await realWorld(shell, buying, files, options);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    const path = (await ledgerPath(shell, options.ledger, files))?.path ?? "the ledger";
    return { exit: refuse(shell, ledgerComplaint(cause, path), EXIT.failed) };
  }
}

async function rehearsalWorld(
  shell: Shell,
  buying: Buying,
  options: RunOptions,
  { speed, seed }: RunSettings,
): Promise<World | Refused> {
  const faults = options.faults ?? null;
  const rehearsal = await startRehearsal({ speed, faults, seed });
  if ("problem" in rehearsal) return { exit: refuse(shell, rehearsal.problem) };
  const folder = rehearsalFolder(options.out, shell.now(), buying.random);
  const path = options.ledger ?? join(folder, "ledger.sqlite");
  const { clock } = rehearsal;
  const there = await shell.ledgers.exists(path);
  const ledger = there
    ? await shell.ledgers.open(path, "write", clock.now)
    : await shell.ledgers.create(path, "rehearsal", clock.now);
  if (!(await ledger.claim("rehearsal"))) {
    ledger.close();
    await rehearsal.close();
    return {
      exit: refuse(
        shell,
        `${printable(path)} is for real purchases: a rehearsal has a ledger of its own`,
      ),
    };
  }
  return {
    rehearsal: true,
    ledger,
    ledgerPath: path,
    shownLedger: path,
    clock,
    out: folder,
    access: {
      credentials: "rehearsal",
      proxyUrl: null,
      queueUrl: rehearsal.url,
      fetch: buying.fetch,
      silence: silence(speed),
    },
    close: async () => {
      ledger.close();
      await rehearsal.close();
    },
  };
}

async function realWorld(
  shell: Shell,
  buying: Buying,
  files: readonly string[],
  options: RunOptions,
): Promise<World | Refused> {
  if (buying.falKey === null && buying.proxyUrl === null) {
    const hint = "set it to your fal key, or add --rehearse to try everything without one";
    return { exit: refuse(shell, `FAL_KEY is not set: ${hint}`) };
  }
  const found = await ledgerPath(shell, options.ledger, files);
  const path = found?.path ?? join(".topsheet", "ledger.sqlite");
  const there = await shell.ledgers.exists(path);
  // A ledger that is lost and made anew would buy everything again, with no one there to wonder.
  const mayMake = found?.by === "option" || (found === null && buying.interactive);
  if (!there && !mayMake) {
    const problem = `there is no ledger ${printable(path)}, and without one everything would be bought again: \`topsheet ledger init\` makes it`;
    return { exit: refuse(shell, problem, EXIT.notApproved) };
  }
  const ledger = there
    ? await shell.ledgers.open(path, "write")
    : await shell.ledgers.create(path, null);
  if (!there) shell.err(`${printable(path)} made: it remembers what was bought. Keep it.\n`);
  if ((await ledger.purpose()) === "rehearsal" && buying.proxyUrl === null) {
    ledger.close();
    return {
      exit: refuse(
        shell,
        `${printable(path)} is a rehearsal's ledger: nothing real is bought under it`,
      ),
    };
  }
  return {
    rehearsal: false,
    ledger,
    ledgerPath: path,
    shownLedger: found?.by === "option" ? path : null,
    clock: wallClock(1),
    out: options.out,
    access: {
      credentials: buying.falKey,
      proxyUrl: buying.proxyUrl,
      queueUrl: null,
      fetch: buying.fetch,
      silence: silence(1),
    },
    close: async () => ledger.close(),
  };
}

function silence(speed: number): { readonly first: number; readonly between: number } {
  return { first: Math.max(1_000, 15_000 / speed), between: Math.max(1_000, 60_000 / speed) };
}

/** Says what will be bought, for how much, under which caps; asks where someone can answer. */
async function consentTo(
  shell: Shell,
  buying: Buying,
  world: World,
  { plan, agreed }: HeldPlan,
  options: RunOptions,
  { maxUsd }: RunSettings,
): Promise<{ readonly orders: readonly Order[] } | Refused> {
  const { interactive } = buying;
  const asks = interactive && options.yes !== true && !world.rehearsal;
  tellWhatComes(shell, buying, world, { plan, agreed }, { asks, quiet: options.quiet === true });
  // What was bought with other input is bought again only when someone means it.
  const rebuy = asks || options.rebuy === true;
  const orders = ordersOf(plan, { rebuy });
  const total = sum(orders.map((order) => order.cost));
  // Taking up what is in flight and fetching what is paid for costs nothing.
  if (world.rehearsal || orders.length === 0) return { orders };
  if (!interactive && (options.yes !== true || maxUsd === null)) {
    const problem = `${counted(orders.length, "line")} for ${dollars(total)}, and no one to ask: add --yes --max-usd USD`;
    return { exit: refuse(shell, problem, EXIT.notApproved) };
  }
  if (!interactive && agreed.raised.length > 0 && options.raiseCaps !== true) {
    const problem = "that could spend more than before: add --raise-caps if it is meant to";
    return { exit: refuse(shell, problem, EXIT.overBudget) };
  }
  if (!asks) return { orders };
  const changed = plan.lines.filter((line) => line.state === "changed").length;
  const again = changed === 0 ? "" : `, ${changed} of them again because their input changed`;
  const limit = maxUsd === null ? "" : `, spending at most ${cents(maxUsd)}`;
  const question = `Buy ${counted(orders.length, "line")} for ${cents(total)}${again}${limit}? [y/N] `;
  if (await buying.ask(question)) return { orders };
  shell.err("Nothing was bought.\n");
  return { exit: EXIT.notApproved };
}

function tellWhatComes(
  shell: Shell,
  { proxyUrl }: Buying,
  world: World,
  { plan, agreed }: HeldPlan,
  { asks, quiet }: { readonly asks: boolean; readonly quiet: boolean },
): void {
  if (asks) shell.err(planTable(plan, shell.errScreen));
  const told = quiet ? [] : plan.diagnostics;
  shell.err(diagnosticsText(told, shell.errScreen.colour));
  if (quiet) return;
  if (world.rehearsal) shell.err("REHEARSAL: the simulator plays fal, nothing is bought.\n");
  else if (proxyUrl !== null) {
    shell.err(
      "Through a proxy: fal's own proxies leave out the header that forbids a fallback to another endpoint, and one of them answers 200 to everything.\n",
    );
  }
  for (const line of termsInWords(agreed)) shell.err(`${line}\n`);
}
