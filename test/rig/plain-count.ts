import type { SerializedError } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Ends the output with a line `N passed, N failed`, which scripts and people can read. */
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
      // If a file does not load or a beforeAll throws, no test has failed, but something has.
      for (const group of [module, ...module.children.allSuites()]) {
        if (group.errors().length > 0) count.failed += 1;
      }
    }
    // A failed build, no test found, Ctrl-C: none of them is a failed test, but "0 failed" would be wrong.
    if (reason !== "passed" && count.failed === 0) count.failed = 1;
    const skipped = count.skipped + count.pending;
    this.#line = `${count.passed} passed, ${count.failed} failed`;
    if (skipped > 0) this.#line += `, ${skipped} skipped`;
  }
}
