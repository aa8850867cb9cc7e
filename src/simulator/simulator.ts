import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Behaviour, createChance } from "./behaviour.ts";
import { isRecord } from "./checks.ts";
import {
  answerFault,
  answerJson,
  answerLogin,
  answerStatus,
  type Counts,
  createLog,
  type Exchange,
  FAL,
  type Headers,
  isAppFor,
  type Log,
  LOGIN,
  MOVED,
  type OpenRequest,
  type SeenRequest,
  unwrapProxied,
  type Target,
  parseTarget,
} from "./exchange.ts";
import { drawBehaviour, type FaultRates } from "./faults.ts";
import {
  answerCancel,
  answerFile,
  answerResult,
  answerJobStatus,
  streamStatus,
  submitBody,
} from "./job-answers.ts";
import { acceptJob, priceJob, type Job, type KeptJob, describeJob, type Latency } from "./job.ts";
import { MODELS } from "./models.ts";
import { createQueue, type Queue } from "./queue.ts";
import { writeDollars } from "./read-input.ts";

export interface SimulatorOptions {
  /** On 127.0.0.1 only. 0 takes any that is free. */
  readonly port?: number;
  /** How many times faster than real ones simulated seconds pass; 1 if left out. */
  readonly speed?: number;
  /** Makes faults and latencies repeatable. */
  readonly seed?: number;
  readonly faults?: FaultRates;
  /** The same for each job. If left out: by model, up to a fifth more or less. */
  readonly latency?: Latency;
  /** How many jobs run at once; unlimited if left out. */
  readonly concurrency?: number;
  /** Says what happens to each POST; `faults` decide if it returns undefined. */
  readonly script?: Script;
  /** Behind a proxy: answers 200 whatever the status was, with the same body. */
  readonly flatten?: boolean;
}

interface Bill {
  /** Exact decimals. */
  readonly dollars: string;
  readonly accepted: number;
  /** How many POSTs arrived, whatever came of them. */
  readonly submits: number;
}

export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** All jobs as they are now, oldest first. */
  readonly jobs: readonly Job[];
  /** The last 10,000 requests or a few more, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Of all requests. */
  readonly counts: Counts;
  readonly bill: Bill;
  /** Ends open connections and streams at once. */
  close(): Promise<void>;
}

/** Starts a server that plays fal's queue from fal's documents: it accepts, makes, delivers and bills, or fails as told. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { concurrency = Infinity, flatten = false } = options;
  const queue = createQueue(concurrency);
  const log = createLog();
  const server = createServer();
  // A status stream may outlive any time-out, and idle clients keep their connection.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  const port = await listenOn(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const state: SimulatorState = {
    queue,
    speed: options.speed ?? 1,
    seed: options.seed ?? Math.floor(Math.random() * 0x1_0000_0000),
    latency: options.latency ?? null,
    rates: options.faults ?? new Map(),
    script: options.script ?? null,
    url,
    turns: 0,
  };

  const jobs = (): readonly Job[] => queue.jobs.map((job) => describeJob(job, queue.state(job)));
  const bill = (): Bill => ({
    dollars: writeDollars(
      queue.jobs.reduce(
        (sum, job) => (queue.state(job) === "COMPLETED" ? sum + priceJob(job) : sum),
        0n,
      ),
    ),
    accepted: queue.jobs.length,
    submits: log.counts.submit,
  });

  const observe = (what: string): unknown => {
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

  const handling: RequestHandling = { state, log, flatten, observe };
  server.on("request", (request, response) => {
    handleRequest(request, response, handling).catch((cause: unknown) => {
      // A client left in the middle of its request, or a script threw: the latter must be seen.
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

async function listenOn(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address.port;
}

interface RequestHandling {
  readonly state: SimulatorState;
  readonly log: Log;
  readonly flatten: boolean;
  /** Returns what `/_simulator/…` shows; undefined if there is nothing of that name. */
  readonly observe: (what: string) => unknown;
}

/** Answers a request and records it. */
async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { state, log, flatten, observe }: RequestHandling,
): Promise<void> {
  const through = unwrapProxied(request);
  const target = parseTarget(request.method ?? "GET", through.target);
  const proxied = "refused" in through || through.proxied;
  const seen = recordRequest(request, through.target, target, proxied);
  const exchange: Exchange = {
    request,
    response,
    seen,
    base: proxied ? FAL : state.url,
    flatten: flatten && proxied,
    simulated: true,
  };
  // Requests of an observer are not counted.
  if (target.kind === "observe") {
    const shown = observe(target.what);
    return shown === undefined ? answerStatus(exchange, 404) : answerJson(exchange, 200, shown);
  }
  log.add(seen);
  if ("refused" in through) return answerJson(exchange, 412, through.refused);
  switch (target.kind) {
    case "other":
      return through.target === LOGIN ? answerLogin(exchange) : answerStatus(exchange, 404);
    case "file":
      return await answerAbout(exchange, target, state);
    case "submit":
      if (!proxied && !hasKey(request)) return answerStatus(exchange, 401);
      return await answerSubmit(exchange, target, state);
    case "status":
    case "stream":
    case "result":
    case "cancel":
      if (!proxied && !hasKey(request)) return answerStatus(exchange, 401);
      return await answerAbout(exchange, target, state);
  }
}

async function answerAbout(
  exchange: Exchange,
  target: Extract<Target, { requestId: string }>,
  { queue, speed, url }: SimulatorState,
): Promise<void> {
  const job = queue.find(target.requestId);
  if (job === undefined) return answerStatus(exchange, 404);
  exchange.simulated = job.behaviour.simulatedHeader ?? true;
  if (target.kind === "file") return await answerFile(exchange, job, speed);
  if (!isKnown(job, target.app, queue)) return answerStatus(exchange, 404);
  const asked = { logs: target.logs, speed };
  switch (target.kind) {
    case "status":
      return answerJobStatus(exchange, job, queue, asked);
    case "stream":
      if (job.behaviour.stream === "missing") return answerStatus(exchange, 404);
      return streamStatus(exchange, job, queue, asked);
    case "result":
      return await answerResult(exchange, job, queue, url);
    case "cancel":
      return answerCancel(exchange, job, queue);
  }
}

function isKnown(job: KeptJob, app: string, queue: Queue): boolean {
  if (!isAppFor(app, job.endpoint) || performance.now() < job.lostUntil) return false;
  return queue.state(job) !== "REMOVED";
}

function recordRequest(
  request: IncomingMessage,
  path: string,
  target: Target,
  proxied: boolean,
): OpenRequest {
  const asked = request.headers["x-app-fal-disable-fallback"];
  const disableFallback = asked === undefined ? null : String(asked);
  return {
    at: Date.now(),
    method: request.method ?? "GET",
    target: path,
    status: null,
    kind: target.kind === "observe" ? "other" : target.kind,
    requestId: "requestId" in target ? target.requestId : null,
    proxied,
    authorization: request.headers.authorization !== undefined,
    // fal's proxies forward only headers that begin with x-fal-.
    disableFallback: proxied ? null : disableFallback,
    disableFallbackDropped: proxied && disableFallback !== null,
  };
}

/** Whether a request has a key: any will do but `bad`. */
function hasKey(request: IncomingMessage): boolean {
  const key = /^Key (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  return key !== undefined && key !== "bad";
}

/** A POST to a model, as a script sees it. */
interface PostedOrder {
  /** Counts all POSTs to a known model from 1, whatever comes of them. */
  readonly turn: number;
  readonly endpoint: string;
  readonly input: Record<string, unknown>;
}

type Script = (order: PostedOrder) => Behaviour | undefined;

interface SimulatorState {
  readonly queue: Queue;
  readonly speed: number;
  readonly seed: number;
  readonly latency: Latency | null;
  readonly rates: FaultRates;
  readonly script: Script | null;
  /** The simulator's own address. */
  readonly url: string;
  turns: number;
}

/** Accepts an order, or does with it what its behaviour says. */
async function answerSubmit(
  exchange: Exchange,
  target: { readonly endpoint: string; readonly moved: boolean },
  state: SimulatorState,
): Promise<void> {
  const { endpoint } = target;
  const body = parseBody(await readBody(exchange.request));
  const model = MODELS.get(endpoint);
  // The text of fal's 404 for an endpoint that does not exist was not found.
  if (model === undefined) return answerJson(exchange, 404, { detail: `No such app: ${endpoint}` });
  state.turns += 1;
  const turn = state.turns;
  const input = isRecord(body) ? body : {};
  const chance = createChance(state.seed, turn);
  const drawn = drawBehaviour(state.rates, chance);
  const behaviour = state.script?.({ turn, endpoint, input }) ?? drawn;
  const order = { turn, endpoint, model, body, input };
  // A client that followed a 307 does not get another one.
  const { submit: fault, ...rest } = behaviour;
  const sound = fault === undefined || (target.moved && fault === 307);
  const job = acceptJob(order, sound ? rest : behaviour, { ...state, chance });
  exchange.simulated = behaviour.simulatedHeader ?? true;
  if (job !== null) {
    state.queue.add(job);
    exchange.seen.requestId = job.requestId;
  }
  const position = job === null ? 0 : state.queue.position(job);
  const answer = job === null ? null : submitBody(exchange.base, job, position);
  if (sound) answerJson(exchange, 200, answer);
  else answerFault(exchange, fault, answer, redirectHeaders(fault, endpoint, behaviour, state.url));
}

/** Returns the headers of a fault. Behind a proxy too, redirects lead to the simulator and never to the real fal. */
function redirectHeaders(
  fault: string | number,
  endpoint: string,
  behaviour: Behaviour,
  url: string,
): Headers {
  switch (fault) {
    case 429:
      return { "retry-after": behaviour.retryAfterSeconds ?? 1 };
    case 302:
      return { location: `${url}${LOGIN}` };
    case 307:
    case 308:
      return { location: `${url}${MOVED}/${endpoint}` };
    default:
      return {};
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Returns a body that is no JSON as text, which is a wrong input; what fal answers was not found. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
