import type { IncomingMessage } from "node:http";

export const FAL = "https://queue.fal.run";

/** What a request asks for once the proxy, if it came to be one, has looked at it. */
export type Proxied =
  | { readonly target: string; readonly proxied: boolean }
  | { readonly refused: string; readonly target: string };

// fal's own proxies let these through, and answer 412 to the rest, as fal's documents ask of any proxy.
const FAL_HOST = /(?:\.|^)fal\.(?:run|ai)$/;

/** Any path will do: a request is meant for a proxy when it carries a target in x-fal-target-url. */
export function seenThroughProxy(request: IncomingMessage): Proxied {
  const target = request.headers["x-fal-target-url"];
  if (target === undefined) return { target: request.url ?? "/", proxied: false };
  const text = String(target);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !FAL_HOST.test(url.host)) {
    return { refused: "Invalid x-fal-target-url header", target: text };
  }
  return { target: url.pathname + url.search, proxied: true };
}
