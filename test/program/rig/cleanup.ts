import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { QUICK_DISK } from "../../rig/quick-disk.ts";

/** Everything that a test has started and made. All of it ends with the test, also if that fails. */
export class Cleanup {
  /** Where its programs keep the state of one user on one machine. The first that has something to keep makes it. */
  readonly state = join(tmpdir(), `topsheet-state-${randomUUID()}`);
  readonly #ends: (() => void | Promise<void>)[] = [];

  /** Registers what is to be done at the end. What was registered last is done first. */
  atEnd(end: () => void | Promise<void>): void {
    this.#ends.push(end);
  }

  async folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = await mkdtemp(join(QUICK_DISK, "topsheet-buying-"));
    this.atEnd(async () => await rm(path, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  }

  async clear(): Promise<void> {
    await rm(this.state, { recursive: true, force: true });
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }
}

/** Returns a cleanup that runs when the test is over, also if the test fails. */
export function cleanUpAfter({ onTestFinished }: TestContext): Cleanup {
  const cleanup = new Cleanup();
  onTestFinished(async () => await cleanup.clear());
  return cleanup;
}
