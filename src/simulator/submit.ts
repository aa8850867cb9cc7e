import type { IncomingMessage } from "node:http";
import { type Behaviour, chanceOf } from "./behaviour.ts";
import { isRecord } from "./checks.ts";
import { answerFault, answerJson, type Exchange, type Headers, LOGIN, MOVED } from "./exchange.ts";
import { drawnBehaviour, type FaultRates } from "./faults.ts";
import { submitBody } from "./job-answers.ts";
import { acceptedJob } from "./job.ts";
import { MODELS } from "./models.ts";
import type { Queue } from "./queue.ts";

/** A POST to a model, as a script sees it. */
interface PostedOrder {
  /** From 1: all POSTs to a known model are counted, whatever comes of them. */
  readonly turn: number;
  readonly endpoint: string;
  readonly input: Record<string, unknown>;
}

export type Script = (order: PostedOrder) => Behaviour | undefined;

export interface Desk {
  readonly queue: Queue;
  readonly speed: number;
  readonly seed: number;
  readonly latency: { readonly queueSeconds: number; readonly generateSeconds: number } | null;
  readonly rates: FaultRates;
  readonly script: Script | null;
  /** The simulator's own address. */
  readonly url: string;
  turns: number;
}

/** Takes an order, or does to it what its behaviour says. */
export async function answerSubmit(
  exchange: Exchange,
  target: { readonly endpoint: string; readonly moved: boolean },
  desk: Desk,
): Promise<void> {
  const { endpoint } = target;
  const body = parsed(await textOf(exchange.request));
  const model = MODELS.get(endpoint);
  // The text of fal's 404 for an endpoint that does not exist was not found.
  if (model === undefined) return answerJson(exchange, 404, { detail: `No such app: ${endpoint}` });
  desk.turns += 1;
  const turn = desk.turns;
  const input = isRecord(body) ? body : {};
  const chance = chanceOf(desk.seed, turn);
  const drawn = drawnBehaviour(desk.rates, chance);
  const behaviour = desk.script?.({ turn, endpoint, input }) ?? drawn;
  const order = { turn, endpoint, model, body, input };
  // Whoever followed a 307 gets what it led to, not another one.
  const { submit: fault, ...rest } = behaviour;
  const sound = fault === undefined || (target.moved && fault === 307);
  const job = acceptedJob(order, sound ? rest : behaviour, { ...desk, chance });
  exchange.simulated = behaviour.simulatedHeader ?? true;
  if (job !== null) {
    desk.queue.add(job);
    exchange.seen.requestId = job.requestId;
  }
  const position = job === null ? 0 : desk.queue.position(job);
  const answer = job === null ? null : submitBody(exchange.base, job, position);
  if (sound) answerJson(exchange, 200, answer);
  else answerFault(exchange, fault, answer, headersOf(fault, endpoint, behaviour, desk.url));
}

/** Redirects point to the simulator behind a proxy too: nobody is to be led to the real fal. */
function headersOf(
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

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** What is no JSON is a wrong input like another one; what fal makes of it was not found. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
