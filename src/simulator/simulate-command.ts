import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import type { Shell } from "../cli/shell.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import type { SimulateOptions } from "./options.ts";

/** Runs the simulator as a server until it is interrupted. */
export async function simulate(shell: Shell, options: SimulateOptions): Promise<number> {
  const no = (problem: string): number => refuse(shell, problem);
  const [port, speed, seed] = [options.port, options.speed, options.seed ?? "1"].map(Number);
  if (port === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    return no(`--port takes a number from 0 to 65535, not ${JSON.stringify(options.port)}`);
  }
  if (speed === undefined || !(speed > 0 && speed <= 10_000)) {
    return no(`--speed takes a number up to 10000, not ${JSON.stringify(options.speed)}`);
  }
  if (seed === undefined || !Number.isSafeInteger(seed)) {
    return no(`--seed takes a whole number, not ${JSON.stringify(options.seed)}`);
  }
  const { startSimulator } = await import("./simulator.ts");
  const { parseFaults } = await import("./faults.ts");
  const faults = options.faults === undefined ? { rates: new Map() } : parseFaults(options.faults);
  if ("problem" in faults) return no(faults.problem);
  const buying = await shell.buying();
  const ended = new Promise<void>((resolve) => {
    const off = buying.onSignal(() => {
      off();
      resolve();
    });
  });
  try {
    const simulator = await startSimulator({
      port,
      speed,
      faults: faults.rates,
      flatten: options.flatten === true,
      ...(options.seed === undefined ? {} : { seed }),
    });
    shell.out(`${simulator.url}\n`);
    shell.err(
      `Plays queue.fal.run at ${simulator.url}, and fal's proxy convention at any path of it:\n  topsheet ledger init --rehearsal rehearsal.sqlite\n  FAL_PROXY_URL=${simulator.url}/api/fal/proxy topsheet run … --ledger rehearsal.sqlite\nCtrl-C ends it.\n`,
    );
    await ended;
    await simulator.close();
    return EXIT.done;
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    shell.err(`error: no server at port ${port}: ${toPrintable(cause.message)}\n`);
    return EXIT.failed;
  }
}
