import { execSync } from "node:child_process";

/** Builds dist once: the tests in test/program start dist/bin/cli.cjs, as a user would. */
export default function buildOnce(): void {
  execSync("npm run -s build", { stdio: ["ignore", "inherit", "inherit"] });
}
