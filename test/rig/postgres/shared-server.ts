import { createServer, type Socket } from "node:net";
import type { TestProject } from "vitest/node";
import { startPostgres, type PostgresServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The port that sends the URL of PostgreSQL to whoever connects. */
    readonly postgresPort: number;
  }
}

/**
 * Runs one PostgreSQL for all tests of a run. It starts when the first of them asks; each process of vitest asks here for
 * its URL. TOPSHEET_TEST_PG names a server that is running already.
 */
export default async function shareServer(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | null = null;
  const open = new Set<Socket>();
  const answer = async (): Promise<string> => {
    const there = process.env["TOPSHEET_TEST_PG"];
    if (there !== undefined) return there;
    server ??= startPostgres("off");
    return (await server).url;
  };
  const listener = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    answer().then(
      (url) => socket.end(url),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  project.provide("postgresPort", address.port);
  return async () => {
    for (const socket of open) socket.destroy();
    listener.close();
    await (await server)?.remove();
  };
}
