import { createServer, type RequestListener } from "node:http";
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
