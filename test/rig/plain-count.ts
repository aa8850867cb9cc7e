import type { SerializedError } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Ends the output with `N passed, N failed`, alone on a line, for a script (and a person) to read. */
export default class PlainCount implements Reporter {
  #line: string | undefined;

  onInit(): void {
    // The coverage table and the default reporter's summary come after onTestRunEnd.
    process.once("exit", () => {
      if (this.#line !== undefined) process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that does not load, or a beforeAll that throws, has no failed test to show for it.
      for (const group of [module, ...module.children.allSuites()]) {
        if (group.errors().length > 0) count.failed += 1;
      }
    }
    // A build that fails, no test found, Ctrl-C: none of them is a test, and "0 failed" would be a lie.
    if (reason !== "passed" && count.failed === 0) count.failed = 1;
    const skipped = count.skipped + count.pending;
    this.#line = `${count.passed} passed, ${count.failed} failed`;
    if (skipped > 0) this.#line += `, ${skipped} skipped`;
  }
}
