import type { Vendor } from "../../../src/run/vendor.ts";
import type { Connection } from "../../../src/vendors/connection.ts";

/** The calls of the stub, in order. */
export const asked: string[] = [];

/** A vendor that makes one clip at once. A prompt that says "fail" fails, and is billed unless it says "unbilled". */
export function connect(variable: (name: string) => string | null): Connection {
  return {
    problem: null,
    missing: variable("STUB_KEY") === null ? "STUB_KEY is not set" : null,
    notice: null,
    detour: "STUB_URL",
    isSimulated: async () => false,
    open: async () => stubVendor(),
  };
}

function stubVendor(): Vendor {
  return {
    submit: async ({ endpoint, input }, _, clearance) => {
      const refusal = await clearance();
      if (refusal !== null) throw new Error(refusal);
      asked.push(`submit ${endpoint} ${JSON.stringify(input)}`);
      const id = `stub-${String(input["prompt"])}`;
      const request = { id, statusUrl: null, responseUrl: null, cancelUrl: null };
      return { is: "accepted", request, astray: null };
    },
    watch: async () => ({ is: "done", failure: null }),
    ask: async () => ({ is: "done", failure: null }),
    collect: async ({ request: { id } }) => {
      asked.push(`collect ${id}`);
      const bill = { billableUnits: "15", headers: { "x-stub-bill": "15" } };
      if (!id.includes("fail")) {
        return { is: "video", url: "https://stub.example/clip.mp4", size: null, ...bill };
      }
      const fault = {
        kind: "refused",
        why: "the stub does not make that",
        retryAfter: null,
      } as const;
      return id.includes("unbilled")
        ? { is: "failed", fault, charge: "unknown", billableUnits: null, headers: {} }
        : { is: "failed", fault, charge: "charged", ...bill };
    },
    cancel: async () => ({ is: "removed" }),
  };
}
