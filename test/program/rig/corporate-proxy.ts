import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { join } from "node:path";
import { runOther } from "./start-program.ts";
import { portOf, textOf } from "./recording-proxy.ts";
import type { Cleanup } from "./cleanup.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface CorporateProxy {
  /** For the program: a corporate proxy, and the authority that signed what is behind it. */
  readonly env: Readonly<Record<string, string>>;
  /** Hosts that the program asked the proxy for. */
  readonly connected: readonly string[];
  /** What came to queue.fal.run. */
  readonly seen: readonly Seen[];
}

/**
 * The simulator in the place of https://queue.fal.run, for a program that reaches the world through a corporate
 * proxy. `frank`: its answers say that they are simulated; without, it is the real fal as far as anyone can tell.
 */
export async function startCorporateProxy(
  cleanup: Cleanup,
  simulatorUrl: string,
  // `delay`: every request connects anew, and its connection takes so many milliseconds.
  { frank, delay }: { readonly frank: boolean; readonly delay?: () => number },
): Promise<CorporateProxy> {
  const folder = await cleanup.folder();
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=queue.fal.run", "-addext", "subjectAltName=DNS:queue.fal.run"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const made = ["-keyout", key, "-out", cert, "-days", "2", ...subject];
  const told = await runOther(cleanup, "openssl", ["req", "-x509", ...curve, ...made], {
    cwd: folder,
  });
  if (told.code !== 0) throw new Error(`no certificate: ${told.err}`);
  const seen: Seen[] = [];
  const fal = createSecureServer({ key: await readFile(key), cert: await readFile(cert) });
  fal.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.on("error", () => undefined);
    seen.push({
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
    });
    if (delay !== undefined) outgoing.setHeader("connection", "close");
    void passOn(simulatorUrl, incoming, outgoing, frank).catch(() => outgoing.destroy());
  });
  const connected: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on("connect", (incoming: IncomingMessage, socket) => {
    connected.push(incoming.url ?? "");
    socket.on("error", () => socket.destroy());
    if (incoming.url !== "queue.fal.run:443") {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    setTimeout(() => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      fal.emit("connection", socket);
    }, delay?.() ?? 0);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  cleanup.atEnd(() => {
    proxy.close();
    proxy.closeAllConnections();
    fal.closeAllConnections();
  });
  const url = `http://127.0.0.1:${portOf(proxy.address())}`;
  return { env: { HTTPS_PROXY: url, NODE_EXTRA_CA_CERTS: cert }, connected, seen };
}

async function passOn(
  url: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  frank: boolean,
): Promise<void> {
  const body = await textOf(incoming);
  const { host: _, connection: __, ...headers } = incoming.headers;
  const { method = "GET", url: path = "/" } = incoming;
  const request = ask(`${url}${path}`, { method, headers, agent: false });
  request.on("error", () => outgoing.destroy());
  request.on("response", (answer) => {
    const { "x-fal-simulated": mark, ...plain } = answer.headers;
    const told = frank && mark !== undefined ? { ...plain, "x-fal-simulated": mark } : plain;
    outgoing.writeHead(answer.statusCode ?? 502, told);
    answer.on("error", () => outgoing.destroy());
    outgoing.on("close", () => answer.destroy());
    answer.pipe(outgoing);
  });
  request.end(body);
}
