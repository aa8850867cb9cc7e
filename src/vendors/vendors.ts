import type { Fault } from "../run/faults.ts";
import type { Vendor } from "../run/vendor.ts";
import type { Connection } from "./connection.ts";

/*
 * Who makes the videos. A model names its vendor; VENDORS loads a vendor by its name, and `connect` in the vendor's folder
 * reads from the environment how it is reached. Another vendor is a folder here and a line in VENDORS.
 */

type Connect = (variable: (name: string) => string | null) => Connection;

/** By name. Each entry loads its vendor when it is called. */
export type Vendors = Readonly<Record<string, () => Promise<Connect>>>;

export const VENDORS: Vendors = {
  fal: async () => (await import("./fal/connection.ts")).connect,
};

/** Reads from the environment how each vendor is reached. */
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
 * Combines several vendors into one: each call goes to the vendor of its endpoint, which is opened by the first. A vendor
 * that cannot be reached refuses, so that nothing is bought from it, and nothing that was bought is forgotten.
 */
export function combineVendors(
  whose: (endpoint: string) => string,
  open: (name: string) => Promise<Vendor> | string,
): Vendor {
  const opened = new Map<string, Promise<Vendor>>();
  const find = async (endpoint: string): Promise<Vendor> => {
    const name = whose(endpoint);
    const there = opened.get(name) ?? Promise.resolve(open(name)).then(refuseIfUnreachable);
    opened.set(name, there);
    return await there;
  };
  return {
    submit: async (order, ...rest) => await (await find(order.endpoint)).submit(order, ...rest),
    watch: async (order, ...rest) => await (await find(order.endpoint)).watch(order, ...rest),
    ask: async (order, ...rest) => await (await find(order.endpoint)).ask(order, ...rest),
    collect: async (order, ...rest) => await (await find(order.endpoint)).collect(order, ...rest),
    cancel: async (order) => await (await find(order.endpoint)).cancel(order),
  };
}

function refuseIfUnreachable(vendor: Vendor | string): Vendor {
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
