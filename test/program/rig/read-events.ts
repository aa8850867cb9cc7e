import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { RunningProgram } from "./start-program.ts";
import { waitUntil } from "./wait-until.ts";

/** A line of `--events FILE`, as far as the proofs look into it. */
const event = z.looseObject({
  at: z.iso.datetime(),
  event: z.string(),
  key: z.string().optional(),
  line: z.object({ key: z.string(), hold: z.string(), cost: z.string() }).optional(),
});

export type EventLine = z.output<typeof event>;

/** The lines of an events file that are whole; one that is half written at a kill is none. */
export async function readEvents(
  cwd: string,
  name = "events.jsonl",
): Promise<readonly EventLine[]> {
  const text = await readFile(join(cwd, name), "utf8").catch(() => "");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => event.parse(JSON.parse(line)));
}

/** Resolves when an event is there; fails where the process is over without it. */
export async function waitForEvent(
  going: RunningProgram,
  cwd: string,
  wanted: { readonly event: string; readonly key?: string; readonly times?: number },
  name = "events.jsonl",
): Promise<EventLine> {
  const { event: kind, key, times = 1 } = wanted;
  return await waitUntil(`the event ${kind}`, async () => {
    const over = going.over();
    const found = (await readEvents(cwd, name)).filter(
      (line) => line.event === kind && (key === undefined || (line.line?.key ?? line.key) === key),
    );
    const last = found[times - 1];
    if (last === undefined && over) throw new Error(`it ended without ${kind}: ${going.told.err}`);
    return last ?? null;
  });
}
