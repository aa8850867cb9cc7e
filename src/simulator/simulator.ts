import { createServer, type Server } from "node:http";
import { dollars } from "./read-input.ts";
import type { FaultRates } from "./faults.ts";
import { billed, type Job, seenFromOutside } from "./job.ts";
import { createQueue } from "./queue.ts";
import { receive, type Reception } from "./reception.ts";
import { type Counts, createLog, type SeenRequest } from "./exchange.ts";
import type { Desk, Script } from "./submit.ts";

export interface SimulatorOptions {
  /** 0: any that is free. On 127.0.0.1 only. */
  readonly port?: number;
  /** Simulated seconds pass so many times faster than real ones; 1 unless given. */
  readonly speed?: number;
  /** Makes rates and latencies repeatable. */
  readonly seed?: number;
  readonly faults?: FaultRates;
  /** The same for each job; left out, by model, a fifth more or less. */
  readonly latency?: { readonly queueSeconds: number; readonly generateSeconds: number };
  /** How many run at once; the rest wait in line. Unlimited unless given. */
  readonly concurrency?: number;
  /** What happens to each POST; undefined leaves it to `faults`. */
  readonly script?: Script;
  /** Behind a proxy: 200 whatever the status was, the body unchanged. */
  readonly flatten?: boolean;
}

interface Bill {
  /** Decimal text, exact. */
  readonly dollars: string;
  readonly accepted: number;
  /** POSTs seen, whatever came of them. */
  readonly submits: number;
}

export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** All of them, oldest first, as they stand now. */
  readonly jobs: readonly Job[];
  /** The last 10,000 or a few more, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Of all requests. */
  readonly counts: Counts;
  readonly bill: Bill;
  /** Ends open connections and streams at once. */
  close(): Promise<void>;
}

/** Plays fal's queue over HTTP, from fal's documents: accepts, makes, delivers and bills, or fails as told. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { concurrency = Infinity, flatten = false } = options;
  const queue = createQueue(concurrency);
  const log = createLog();
  const server = createServer();
  // A streamed status may outlive any time-out; idle clients keep their connection.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  const port = await listening(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const desk: Desk = {
    queue,
    speed: options.speed ?? 1,
    seed: options.seed ?? Math.floor(Math.random() * 0x1_0000_0000),
    latency: options.latency ?? null,
    rates: options.faults ?? new Map(),
    script: options.script ?? null,
    url,
    turns: 0,
  };

  const jobs = (): readonly Job[] =>
    queue.jobs.map((job) => seenFromOutside(job, queue.state(job)));
  const bill = (): Bill => ({
    dollars: dollars(
      queue.jobs.reduce(
        (sum, job) => (queue.state(job) === "COMPLETED" ? sum + billed(job) : sum),
        0n,
      ),
    ),
    accepted: queue.jobs.length,
    submits: log.counts.submit,
  });

  const observed = (what: string): unknown => {
    switch (what) {
      case "jobs":
        return jobs();
      case "bill":
        return bill();
      case "requests":
        return { counts: log.counts, requests: log.last };
      default:
        return undefined;
    }
  };

  const reception: Reception = { desk, log, flatten, observed };
  server.on("request", (request, response) => {
    receive(request, response, reception).catch((cause: unknown) => {
      // A client that left in the middle of its request, or a script that threw: that must be seen.
      if (response.headersSent || request.socket.destroyed) request.socket.destroy();
      else response.writeHead(500).end(`simulator: ${String(cause)}`);
    });
  });

  return {
    url,
    port,
    get jobs() {
      return jobs();
    },
    requests: log.last,
    counts: log.counts,
    get bill() {
      return bill();
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address.port;
}
