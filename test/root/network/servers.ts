import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";

/** A file beside this one: see make-certificates.sh. */
export function pem(name: "authority" | "server" | "expired" | "server.key"): string {
  return readFileSync(new URL(`${name}.pem`, import.meta.url), "utf8");
}

export interface Listening {
  readonly port: number;
  /** What each connection received in the clear: over TLS without the handshake. */
  readonly heard: readonly string[];
}

/** Called with each connection and all that it received so far, whenever more arrives. */
export interface Behaviour {
  readonly opened?: (socket: Socket) => void;
  readonly heard?: (said: string, socket: Socket) => void;
}

/** Starts a server of bytes, for what no HTTP server does. */
export async function plain(behaviour: Behaviour): Promise<Listening> {
  const heard: string[] = [];
  const server = createServer((socket) => listen(socket, heard, behaviour));
  return { port: await port(server), heard };
}

/** Starts the same behind TLS: its connections are those whose handshake is complete. */
export async function secure(behaviour: Behaviour, options: TlsOptions = {}): Promise<Listening> {
  const heard: string[] = [];
  const own = { key: pem("server.key"), cert: pem("server") };
  const server = createSecureServer({ ...own, ...options }, (socket) =>
    listen(socket, heard, behaviour),
  );
  server.on("tlsClientError", () => undefined);
  return { port: await port(server), heard };
}

function listen(socket: Socket, heard: string[], behaviour: Behaviour): void {
  const index = heard.push("") - 1;
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    heard[index] += data.toString();
    behaviour.heard?.(heard[index] ?? "", socket);
  });
  behaviour.opened?.(socket);
}

async function port(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const ACCEPTED = JSON.stringify({ request_id: "request-1" });

/** Accepts every order. */
export const accepting: Behaviour = {
  heard: (said, socket) => {
    // Each body ends so: a further end is the next request on the same connection.
    if (!said.endsWith("}")) return;
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${ACCEPTED.length}\r\n\r\n${ACCEPTED}`);
  },
};

/** A proxy that connects everyone to one port. */
export function tunnelTo(target: number): Behaviour {
  return {
    heard: (said, socket) => {
      if (!said.endsWith("\r\n\r\n") || socket.listenerCount("data") > 1) return;
      const onward = connect(target, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward);
        onward.pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("close", () => onward.destroy());
    },
  };
}

/** A proxy that answers every CONNECT with this. */
export function answering(answer: string): Behaviour {
  return {
    heard: (said, socket) => {
      if (said.endsWith("\r\n\r\n")) socket.end(`${answer}\r\n\r\n`);
    },
  };
}
