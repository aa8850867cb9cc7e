import { BaseSequencer, type TestSpecification } from "vitest/node";

// Half a minute each, mostly of waiting for a server, a browser or npm. vitest begins with the largest files: these are
// small ones, and begun last they would run alone.
const LONG = [
  "ledger/contract/postgres.test.ts",
  "ledger/processes/processes.test.ts",
  "program/docs.test.ts",
  "program/killed/at-each-step.test.ts",
  "program/package.test.ts",
  "program/workers/killed.test.ts",
  "program/workflow/workflow.test.ts",
];

/** Begins with the files that take longest, so that none of them is left alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
