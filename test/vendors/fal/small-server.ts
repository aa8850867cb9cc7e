import { createServer, type OutgoingHttpHeaders, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";

/** A server of two lines that ends with the test, for what the simulator never does. */
export async function server(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    started.closeAllConnections();
    await new Promise((resolve) => started.close(resolve));
  });
  const address = started.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

/** An address at which nobody listens, any more. */
export async function nobody(): Promise<string> {
  const started = createServer();
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  await new Promise((resolve) => started.close(resolve));
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

export interface Endless {
  readonly url: string;
  /** Bytes that were taken from it. */
  readonly sent: () => number;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** A server that says the same again and again until nobody takes it any more, 300 MB at most. */
export async function endless(
  headers: OutgoingHttpHeaders,
  piece: string,
  first: string = "",
): Promise<Endless> {
  let sent = 0;
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const chunk = Buffer.from(piece.repeat(Math.ceil(64_000 / piece.length)));
  const url = await server((_, response) => {
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
