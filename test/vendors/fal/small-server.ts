import { createServer, type OutgoingHttpHeaders, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";

/** Starts a small server that ends with the test, for what the simulator never does. */
export async function startServer(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    started.closeAllConnections();
    await new Promise((resolve) => started.close(resolve));
  });
  const address = started.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

/** Returns an address at which nobody listens any more. */
export async function findClosedAddress(): Promise<string> {
  const started = createServer();
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  await new Promise((resolve) => started.close(resolve));
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

export interface EndlessServer {
  readonly url: string;
  /** Returns how many bytes were read from it. */
  readonly sent: () => number;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** Starts a server that repeats a text until the client stops reading, at most 300 MB. */
export async function startEndlessServer(
  headers: OutgoingHttpHeaders,
  piece: string,
  first: string = "",
): Promise<EndlessServer> {
  let sent = 0;
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const chunk = Buffer.from(piece.repeat(Math.ceil(64_000 / piece.length)));
  const url = await startServer((_, response) => {
    response.on("close", close);
    response.writeHead(200, headers).write(first);
    const more = (): void => {
      while (!response.destroyed && sent < 300_000_000) {
        sent += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", more);
    more();
  });
  return { url, sent: () => sent, closed };
}
