import { createServer, type Socket } from "node:net";
import type { TestProject } from "vitest/node";
import { beginPostgres, type PostgresServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The port that tells the URL of PostgreSQL to whoever connects. */
    readonly postgresDesk: number;
  }
}

/**
 * One PostgreSQL for all tests of a run, started when the first of them asks: each process of vitest's comes to this
 * desk for its URL. TOPSHEET_TEST_PG names a server that is there.
 */
export default async function openDesk(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | null = null;
  const open = new Set<Socket>();
  const answer = async (): Promise<string> => {
    const there = process.env["TOPSHEET_TEST_PG"];
    if (there !== undefined) return there;
    server ??= beginPostgres();
    return (await server).url;
  };
  const desk = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    answer().then(
      (url) => socket.end(url),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => desk.listen(0, "127.0.0.1", resolve));
  const address = desk.address();
  if (address === null || typeof address === "string") throw new Error("the desk has no port");
  project.provide("postgresDesk", address.port);
  return async () => {
    for (const socket of open) socket.destroy();
    desk.close();
    await (await server)?.remove();
  };
}
