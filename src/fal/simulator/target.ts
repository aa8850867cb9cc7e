/** What a request is about, from its method and path. */
export type Target =
  | { readonly kind: "submit"; readonly endpoint: string; readonly moved: boolean }
  | {
      readonly kind: "status" | "stream" | "result" | "cancel";
      readonly app: string;
      readonly requestId: string;
      readonly logs: boolean;
    }
  | { readonly kind: "file"; readonly requestId: string }
  | { readonly kind: "observe"; readonly what: string }
  | { readonly kind: "other" };

export type RequestKind = Exclude<Target["kind"], "observe">;

/** Where a 307 points to: a path that takes the same POST. */
export const MOVED = "/_moved";
export const LOGIN = "/login";
const OBSERVE = "/_simulator/";

const OF_JOB = /^\/(.+)\/requests\/([^/]+)(\/response|\/status|\/status\/stream|\/cancel)?$/;
const FILE = /^\/files\/b\/([^/]+)\/output\.mp4$/;

export function targetOf(method: string, pathAndQuery: string): Target {
  const mark = pathAndQuery.indexOf("?");
  const path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const ofJob = OF_JOB.exec(path);
  if (ofJob !== null) {
    const [, app = "", requestId = "", rest = ""] = ofJob;
    const kind = askedBy(rest);
    if (kind === null || method !== (kind === "cancel" ? "PUT" : "GET")) return { kind: "other" };
    const logs = mark !== -1 && /[?&]logs=1(?:&|$)/.test(pathAndQuery.slice(mark));
    return { kind, app, requestId, logs };
  }
  const file = FILE.exec(path)?.[1];
  if (file !== undefined && (method === "GET" || method === "HEAD")) {
    return { kind: "file", requestId: file };
  }
  if (method === "GET" && path.startsWith(OBSERVE)) {
    return { kind: "observe", what: path.slice(OBSERVE.length) };
  }
  if (method !== "POST" || path === LOGIN) return { kind: "other" };
  const moved = path.startsWith(`${MOVED}/`);
  return { kind: "submit", endpoint: path.slice(moved ? MOVED.length + 1 : 1), moved };
}

function askedBy(rest: string): "result" | "status" | "stream" | "cancel" | null {
  switch (rest) {
    case "":
    case "/response":
      return "result";
    case "/status":
      return "status";
    case "/status/stream":
      return "stream";
    case "/cancel":
      return "cancel";
    default:
      return null;
  }
}

/** The paths about a job begin with owner and alias; documents show the full endpoint there too. */
export function isAppOf(app: string, endpoint: string): boolean {
  return app === appRoot(endpoint) || app === endpoint;
}

export function appRoot(endpoint: string): string {
  return endpoint.split("/", 2).join("/");
}
