import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { folder, run } from "../rig/run-program.ts";

type Files = Readonly<Record<string, string>>;

// Nothing of this machine's own settings.
const GIT = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

/** A repository with a main branch and a pull request, as GitHub keeps it. */
export class GitOrigin {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async withMain(files: Files): Promise<GitOrigin> {
    const origin = new GitOrigin(await folder());
    await origin.#git("init", "--quiet", "--initial-branch", "main");
    await origin.#commit({ "README.md": "films\n", ...files });
    await origin.#git("branch", "change");
    return origin;
  }

  /** Commits to the pull request's branch, and merges it into main at refs/pull/7/merge, as GitHub does. */
  async push(files: Files): Promise<void> {
    await this.#git("checkout", "--quiet", "change");
    await this.#commit(files);
    await this.#git("checkout", "--quiet", "--detach", "main");
    await this.#git("merge", "--quiet", "--no-ff", "-m", "merged", "change");
    await this.#git("update-ref", "refs/pull/7/merge", "HEAD");
  }

  async pushToMain(files: Files): Promise<void> {
    await this.#git("checkout", "--quiet", "main");
    await this.#commit(files);
  }

  /** A new workspace, with as little history as actions/checkout fetches. */
  async checkedOut(ref: string, depth: number): Promise<string> {
    const path = await folder();
    await git(path, "init", "--quiet");
    await git(path, "fetch", "--quiet", `--depth=${depth}`, `file://${this.#path}`, ref);
    await git(path, "checkout", "--quiet", "--detach", "FETCH_HEAD");
    return path;
  }

  async #commit(files: Files): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#path, name);
      await mkdir(dirname(path), { recursive: true });
      if (text === "") await rm(path, { force: true });
      else await writeFile(path, text);
    }
    await this.#git("add", "--all");
    await this.#git("commit", "--quiet", "-m", "change");
  }

  async #git(...args: readonly string[]): Promise<void> {
    await git(this.#path, ...args);
  }
}

async function git(cwd: string, ...args: readonly string[]): Promise<void> {
  const { code, err } = await run("git", args, { cwd, env: GIT });
  expect([args[0], code, err]).toEqual([args[0], 0, ""]);
}
