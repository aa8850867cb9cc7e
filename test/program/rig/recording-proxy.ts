import { createServer, type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Cleanup } from "./cleanup.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

interface Order {
  /** What it asks for, as fal's prompt. */
  readonly body: string;
  /** From 1. */
  readonly turn: number;
}

/** What passed, whole: a proof that a secret was not sent looks in here. */
export interface Passed {
  readonly method: string;
  readonly target: string;
  readonly headers: string;
  readonly body: string;
}

/** What to do with an order: `forward` gives it to the simulator. Null drops the connection. */
export type Treatment = (order: Order, forward: () => Promise<Answer>) => Promise<Answer | null>;

/** A proxy in front of the simulator, by fal's convention, that sees everything and meddles with orders. */
export class RecordingProxy {
  readonly passed: Passed[] = [];
  readonly proxyUrl: string;
  /** As fal, no answer says that it is simulated: what is bought is real to the program. May change on the way. */
  as: "simulator" | "fal";
  /** What is asked about jobs is answered after this. */
  #answering: Promise<void> = Promise.resolve();
  #turns = 0;

  private constructor(port: number, as: "simulator" | "fal") {
    this.as = as;
    this.proxyUrl = `http://127.0.0.1:${port}/proxy`;
  }

  static async open(
    cleanup: Cleanup,
    simulatorUrl: string,
    treat: Treatment = async (_, forward) => await forward(),
    as: "simulator" | "fal" = "simulator",
  ): Promise<RecordingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.atEnd(() => {
      server.close();
      server.closeAllConnections();
    });
    const board = new RecordingProxy(portOf(server.address()), as);
    server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      // A client that was killed takes its connection with it.
      outgoing.on("error", () => undefined);
      void board.#serve(incoming, outgoing, simulatorUrl, treat).catch(() => outgoing.destroy());
    });
    return board;
  }

  /** Holds back all that is asked about jobs; returns how to let it through. */
  holdBack(): () => void {
    let answer = (): void => undefined;
    this.#answering = new Promise((resolve) => (answer = resolve));
    return () => answer();
  }

  #marked<Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> {
    const { "x-fal-simulated": mark, ...plain } = headers;
    return this.as === "fal" || mark === undefined ? plain : { ...plain, "x-fal-simulated": mark };
  }

  async #serve(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    simulatorUrl: string,
    treat: Treatment,
  ): Promise<void> {
    const body = await textOf(incoming);
    const { method = "GET", rawHeaders } = incoming;
    const target = String(incoming.headers["x-fal-target-url"] ?? incoming.url);
    this.passed.push({ method, target, headers: rawHeaders.join("\n"), body });
    if (method !== "POST") {
      // A run asks for a job that does not exist to see who answers.
      if (!target.includes("/00000000-")) await this.#answering;
      const answer = await forwarded(simulatorUrl, incoming, body);
      outgoing.writeHead(answer.statusCode ?? 502, this.#marked(answer.headers));
      answer.on("error", () => outgoing.destroy());
      outgoing.on("close", () => answer.destroy());
      answer.pipe(outgoing);
      return;
    }
    this.#turns += 1;
    const answer = await treat({ body, turn: this.#turns }, async () => {
      const response = await forwarded(simulatorUrl, incoming, body);
      const { statusCode: status = 502, headers } = response;
      return { status, headers, body: await textOf(response) };
    });
    if (answer === null) {
      incoming.socket.resetAndDestroy();
      return;
    }
    const { "transfer-encoding": _, ...headers } = this.#marked(answer.headers);
    outgoing.writeHead(answer.status, {
      ...headers,
      "content-length": Buffer.byteLength(answer.body),
    });
    outgoing.end(answer.body);
  }
}

async function forwarded(
  url: string,
  { method, headers }: IncomingMessage,
  body: string,
): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const { host: _, connection: __, ...rest } = headers;
    const request = ask(`${url}/proxy`, { method: method ?? "GET", headers: rest, agent: false });
    request.on("response", resolve).on("error", reject).end(body);
  });
}

export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address.port;
}
