import type { Connection } from "../connection.ts";
import type { FalAccess, FalAddress } from "./fal-vendor.ts";

const KEY = "FAL_KEY";
const PROXY = "FAL_PROXY_URL";

/** Reads the environment. `variable` returns null if a variable is not set. The client is loaded when it is used. */
export function connect(variable: (name: string) => string | null): Connection {
  const [id, secret] = [variable("FAL_KEY_ID"), variable("FAL_KEY_SECRET")];
  const credentials = variable(KEY) ?? (id === null || secret === null ? null : `${id}:${secret}`);
  const proxyUrl = variable(PROXY);
  const missing = credentials === null && proxyUrl === null;
  const address = (fetch: FalAddress["fetch"]): FalAddress => {
    return { credentials, proxyUrl, queueUrl: null, fetch };
  };
  return {
    problem: keyProblem(credentials) ?? proxyProblem(proxyUrl),
    missing: missing
      ? `${KEY} is not set: set it to your fal key (or ${PROXY} to a server that has one)`
      : null,
    notice:
      proxyUrl === null
        ? null
        : "Through a proxy: fal's own proxies drop the header that forbids a fallback to another endpoint, and one of them answers 200 to everything.",
    detour: PROXY,
    isSimulated: async (fetch) => {
      if (proxyUrl === null) return false;
      const { isSimulatorAt } = await import("./fal-vendor.ts");
      return await isSimulatorAt(address(fetch));
    },
    open: async (fetch, simulated) => {
      const { falVendor, silenceAt } = await import("./fal-vendor.ts");
      const access: FalAccess = { ...address(fetch), silence: silenceAt(1), simulated };
      return falVendor(access);
    },
  };
}

// A key that cannot be sent is found before money is held for a line. A problem never prints a secret.
function keyProblem(key: string | null): string | null {
  return key === null || /^[\x21-\x7e]+$/.test(key)
    ? null
    : `${KEY} has characters that a key cannot have: copy it again, without quotes`;
}

function proxyProblem(address: string | null): string | null {
  if (address === null) return null;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return `${PROXY} is not an address: it has to start with http:// or https://`;
  }
  return url.username === "" && url.password === ""
    ? null
    : `${PROXY} has a name or password in it, which fal's proxies do not accept`;
}
