import { findVendor } from "../../catalogue/models.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import type { Vendor } from "../../run/vendor.ts";
import type { Connection } from "../../vendors/connection.ts";
import { combineVendors } from "../../vendors/vendors.ts";
import type { Buying } from "../shell.ts";

/** The vendors that some lines are bought from, all of which can be reached. */
export interface Reach {
  /** The environment variable that may name the simulator's address. */
  readonly detour: string;
  /** Whether the simulator answers; null if nothing does. */
  isSimulated(): Promise<boolean | null>;
  /** `simulated`: whether only the simulator's answers count. */
  vendor(simulated: boolean): Vendor;
}

/** Returns the vendors of these endpoints, or says what has to be set to reach them. Without endpoints, one vendor is enough. */
export function reachVendors(
  { connections, fetch }: Pick<Buying, "connections" | "fetch">,
  endpoints: readonly string[],
): Result<Reach> {
  const whose = (endpoint: string): string => findVendor(endpoint).name;
  const needed = new Set(endpoints.map(whose));
  const all = [...connections];
  const ready = all.filter(([, { missing }]) => missing === null);
  const wanted = needed.size > 0 ? all.filter(([name]) => needed.has(name)) : ready;
  const [first = all[0]] = wanted;
  if (first === undefined) throw new Error("there is no vendor");
  const missing = [first, ...wanted].flatMap(([, connection]) => connection.missing ?? []);
  if (missing[0] !== undefined) return refused(missing[0]);
  const reached = wanted.map(([, connection]) => connection);
  return ok({
    detour: first[1].detour,
    isSimulated: async () => await isAnySimulated(reached, fetch),
    vendor: (simulated) =>
      combineVendors(whose, (name) => {
        const connection = connections.get(name);
        if (connection === undefined) return `there is no vendor ${name}`;
        return connection.missing ?? connection.open(fetch, simulated);
      }),
  });
}

async function isAnySimulated(
  reached: readonly Connection[],
  fetch: Buying["fetch"],
): Promise<boolean | null> {
  const answers = await Promise.all(reached.map(async (one) => await one.isSimulated(fetch)));
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}
