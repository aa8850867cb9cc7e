import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./rig/longest-first.ts";
import PlainCount from "./rig/plain-count.ts";

// It would win over NO_COLOR, and the tests compare what a person sees to the letter.
delete process.env["FORCE_COLOR"];

const PROGRAM = "test/program/**/*.test.ts";
const root = fileURLToPath(new URL("..", import.meta.url));
// Nothing can be written there: no test leaves anything in the user's own state folder, nor for another test.
const env = { NO_COLOR: "1", TZ: "UTC", XDG_STATE_HOME: "/dev/null" };
// What hangs is found all the same; what is slow because the machine is busy is no fault.
const patient = {
  testTimeout: 900_000,
  hookTimeout: 900_000,
  expect: { poll: { timeout: 600_000 } },
};
// One more than CI has processors: many a test waits for a program, a server or a browser.
const WORKERS = 3;
const everywhere = { env, restoreMocks: true, ...patient };

export default defineConfig({
  root,
  test: {
    // Once for both projects: what is given here, projects that extend this one would each do again.
    globalSetup: "test/rig/postgres/shared-server.ts",
    reporters: ["default", new PlainCount()],
    sequence: { sequencer: LongestFirst },
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        root,
        test: {
          ...everywhere,
          name: "fast",
          setupFiles: ["test/rig/small-catalogue.ts"],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, PROGRAM],
        },
      },
      {
        root,
        test: {
          ...everywhere,
          name: "program",
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
          include: [PROGRAM],
          globalSetup: "test/program/rig/build.ts",
        },
      },
    ],
  },
});
