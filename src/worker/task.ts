import * as z from "zod";
import { orderSchema } from "../ledger/entry.ts";
import { folded } from "../ledger/held-caps.ts";
import { isProven } from "../plan/proven.ts";

// What a job on the queue says. Anyone who can write to the database can write jobs: each is read as a stranger's.

const taskSchema = z.discriminatedUnion("is", [
  /** A line to buy; `turn` is its place in run order. */
  z.object({ is: z.literal("buy"), turn: z.int(), order: orderSchema }).readonly(),
  /** A hold that an earlier run left: in flight, or paid for and not here. */
  z
    .object({
      is: z.literal("take-up"),
      turn: z.int(),
      hold: z.string(),
      key: z.string(),
      endpoint: z.string(),
    })
    .readonly(),
]);

export type Task = z.output<typeof taskSchema>;

export function writtenTask(task: Task): object {
  return z.encode(taskSchema, task);
}

/** What a job says, of its batch's campaign where that is known; in words, what is wrong with one that is not as it was put on the queue. */
export function readTask(
  written: unknown,
  campaign: string | null,
): Task | { readonly wrong: string } {
  const read = z.safeParse(taskSchema, written);
  if (!read.success) return { wrong: "it cannot be read" };
  const task = read.data;
  if (task.is === "take-up") return task;
  const { order } = task;
  if (!isProven(order)) {
    return { wrong: `${order.key} has another input than its fingerprint says` };
  }
  const foreign = campaign !== null && folded(order.campaign) !== folded(campaign);
  return foreign ? { wrong: `${order.key} is of another campaign` } : task;
}

export function endpointOf(task: Task): string {
  return task.is === "buy" ? task.order.endpoint : task.endpoint;
}

const turnSchema = z.object({ turn: z.int() });

/** The place in run order that a job states; what states none comes first, to be refused. */
export function turnOf(written: unknown): number {
  const read = turnSchema.safeParse(written);
  return read.success ? read.data.turn : -1;
}
