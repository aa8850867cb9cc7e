import type { Fault } from "../run/faults.ts";
import type { Vendor } from "../run/vendor.ts";
import type { Connection } from "./connection.ts";

/*
 * Who makes the videos. A model names its vendor; VENDORS says how a vendor of that name is loaded, and `connect` in the
 * vendor's folder reads from the environment how it is reached. Another vendor is a folder here and a line in VENDORS.
 */

type Connect = (variable: (name: string) => string | null) => Connection;

/** By name. Each entry loads its vendor when it is asked for. */
export type Vendors = Readonly<Record<string, () => Promise<Connect>>>;

export const VENDORS: Vendors = {
  fal: async () => (await import("./fal/connection.ts")).connect,
};

/** All connections by vendor, as the environment states them. */
export async function readConnections(
  vendors: Vendors,
  variable: (name: string) => string | null,
): Promise<ReadonlyMap<string, Connection>> {
  const named = Object.entries(vendors).map(
    async ([name, load]) => [name, (await load())(variable)] as const,
  );
  return new Map(await Promise.all(named));
}

/**
 * Several vendors as one: whatever is asked about an endpoint is asked of the vendor that has it, which is opened then.
 * A vendor that is not reached refuses, so that nothing is bought from it and nothing is forgotten that was.
 */
export function combineVendors(
  whose: (endpoint: string) => string,
  open: (name: string) => Promise<Vendor> | string,
): Vendor {
  const opened = new Map<string, Promise<Vendor>>();
  const of = async (endpoint: string): Promise<Vendor> => {
    const name = whose(endpoint);
    const there = opened.get(name) ?? Promise.resolve(open(name)).then(refuseIfUnreached);
    opened.set(name, there);
    return await there;
  };
  return {
    submit: async (order, ...rest) => await (await of(order.endpoint)).submit(order, ...rest),
    watch: async (order, ...rest) => await (await of(order.endpoint)).watch(order, ...rest),
    ask: async (order, ...rest) => await (await of(order.endpoint)).ask(order, ...rest),
    collect: async (order, ...rest) => await (await of(order.endpoint)).collect(order, ...rest),
    cancel: async (order) => await (await of(order.endpoint)).cancel(order),
  };
}

function refuseIfUnreached(vendor: Vendor | string): Vendor {
  if (typeof vendor !== "string") return vendor;
  const fault = (kind: Fault["kind"]): { readonly is: "fault"; readonly fault: Fault } => {
    return { is: "fault", fault: { kind, why: vendor, retryAfter: null } };
  };
  return {
    submit: async () => ({ ...fault("bad-key"), astray: null }),
    watch: async () => fault("not-allowed"),
    ask: async () => fault("not-allowed"),
    collect: async () => fault("not-allowed"),
    cancel: async () => fault("not-allowed"),
  };
}
