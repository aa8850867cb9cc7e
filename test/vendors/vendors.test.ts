import "../rig/whole-catalogue.ts";
import { expect, test } from "vitest";
import type { Vendor } from "../../src/run/vendor.ts";
import { readConnections, VENDORS, combineVendors } from "../../src/vendors/vendors.ts";
import { MODELS } from "../../src/catalogue/models.ts";

const REQUEST = { id: "r-1", statusUrl: null, responseUrl: null, cancelUrl: null };

function stub(name: string, asked: string[]): Vendor {
  const note = (verb: string): void => {
    asked.push(`${name} ${verb}`);
  };
  return {
    submit: async () => {
      note("submit");
      return { is: "accepted", request: REQUEST, astray: null };
    },
    watch: async () => {
      note("watch");
      return { is: "ended" };
    },
    ask: async () => {
      note("ask");
      return { is: "done", failure: null };
    },
    collect: async () => {
      note("collect");
      const url = "https://example.org/a.mp4";
      return { is: "video", url, size: null, billableUnits: null, headers: {} };
    },
    cancel: async () => {
      note("cancel");
      return { is: "removed" };
    },
  };
}

const never = new AbortController().signal;
const placed = (endpoint: string) => ({ endpoint, request: REQUEST, seconds: 5 });

async function everyVerb(vendor: Vendor, endpoint: string): Promise<readonly string[]> {
  const answers = [
    await vendor.submit({ endpoint, input: {} }, never, async () => null),
    await vendor.watch(placed(endpoint), () => undefined, never),
    await vendor.ask(placed(endpoint), never),
    await vendor.collect(placed(endpoint), null, never),
    await vendor.cancel(placed(endpoint)),
  ];
  return answers.map((answer) => (answer.is === "fault" ? answer.fault.kind : answer.is));
}

test("calls each method on the vendor of the endpoint, and opens that vendor once", async () => {
  const asked: string[] = [];
  const opened: string[] = [];
  const vendor = combineVendors(
    (endpoint) => endpoint.split("/")[0] ?? "",
    async (name) => {
      opened.push(name);
      return stub(name, asked);
    },
  );
  await everyVerb(vendor, "red/film");
  await everyVerb(vendor, "blue/film");
  const verbs = ["submit", "watch", "ask", "collect", "cancel"];
  expect(asked).toEqual([
    ...verbs.map((verb) => `red ${verb}`),
    ...verbs.map((verb) => `blue ${verb}`),
  ]);
  expect(opened).toEqual(["red", "blue"]);
});

test("refuses orders and questions if a vendor cannot be reached", async () => {
  const vendor = combineVendors(
    () => "red",
    () => "RED_KEY is not set",
  );
  expect(await everyVerb(vendor, "red/film")).toEqual([
    "bad-key",
    "not-allowed",
    "not-allowed",
    "not-allowed",
    "not-allowed",
  ]);
});

test("has an entry in VENDORS for the vendor of every model", async () => {
  const none = await readConnections(VENDORS, () => null);
  for (const { vendor } of MODELS) expect([...none.keys()]).toContain(vendor.name);
});

test.for([
  [{}, "FAL_KEY is not set", null],
  [{ FAL_KEY: "id:secret" }, null, null],
  [{ FAL_KEY_ID: "id" }, "FAL_KEY is not set", null],
  [{ FAL_KEY_ID: "id", FAL_KEY_SECRET: "secret" }, null, null],
  [{ FAL_PROXY_URL: "https://proxy.example.org" }, null, null],
  [{ FAL_KEY: "a b" }, null, "FAL_KEY has characters"],
  [{ FAL_PROXY_URL: "proxy.example.org" }, null, "FAL_PROXY_URL is not an address"],
  [{ FAL_PROXY_URL: "https://me:word@proxy.example.org" }, null, "FAL_PROXY_URL has a name or"],
] as const)("reads fal's variables: %j", async ([variables, missing, problem]) => {
  const stated = new Map<string, string>(Object.entries(variables));
  const connection = (await readConnections(VENDORS, (name) => stated.get(name) ?? null)).get(
    "fal",
  );
  expect(connection?.missing?.slice(0, missing?.length) ?? null).toBe(missing);
  expect(connection?.problem?.slice(0, problem?.length) ?? null).toBe(problem);
});

test("never prints a secret in a problem", async () => {
  const secret = "5ecre7ha1fca11edf00d 5ecre7";
  for (const name of ["FAL_KEY", "FAL_KEY_SECRET", "FAL_PROXY_URL"]) {
    const all = await readConnections(VENDORS, (variable) =>
      variable === name ? secret : "other",
    );
    for (const { problem, missing, notice } of all.values()) {
      expect(`${problem} ${missing} ${notice}`).not.toContain("5ecre7");
    }
  }
});
