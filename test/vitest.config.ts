import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import PlainCount from "./plain-count.ts";

// It would win over NO_COLOR, and the tests compare what a person sees to the letter.
delete process.env["FORCE_COLOR"];

const WHOLE = "test/whole/**/*.test.ts";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    env: { NO_COLOR: "1", TZ: "UTC" },
    restoreMocks: true,
    reporters: ["default", new PlainCount()],
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, WHOLE],
        },
      },
      {
        extends: true,
        test: {
          name: "whole",
          include: [WHOLE],
          globalSetup: "test/whole/build-once.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
