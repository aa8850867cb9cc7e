import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";

/** What a proof has started and made. All of it ends with the proof, however that went. */
export class Yard {
  /** Where its programs remember what a user of one machine has done; made by the first that has something to say. */
  readonly state = join(tmpdir(), `topsheet-state-${randomUUID()}`);
  readonly #ends: (() => void | Promise<void>)[] = [];

  /** To be done at the end, what came last first. */
  atEnd(end: () => void | Promise<void>): void {
    this.#ends.push(end);
  }

  async folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "topsheet-buying-"));
    this.atEnd(async () => await rm(path, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  }

  async clear(): Promise<void> {
    await rm(this.state, { recursive: true, force: true });
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }
}

/** A yard that is cleared when its test is over, also one that failed. */
export function yardOf({ onTestFinished }: TestContext): Yard {
  const yard = new Yard();
  onTestFinished(async () => await yard.clear());
  return yard;
}
