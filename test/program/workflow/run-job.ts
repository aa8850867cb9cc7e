import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { readProjectFile } from "../../rig/in-process.ts";
import { CLI, folder, run } from "../rig/run-program.ts";

// As much of GitHub's runner as the example workflow needs. What it does not know it refuses.

const env = z.record(z.string(), z.string()).default({});
const step = z.strictObject({
  name: z.string().optional(),
  if: z.literal("${{ !cancelled() }}").optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  env,
  run: z.string().optional(),
});
const job = z.strictObject({
  if: z.string(),
  "runs-on": z.literal("ubuntu-latest"),
  "timeout-minutes": z.number(),
  permissions: z.record(z.string(), z.string()).optional(),
  steps: z.array(step),
});
const schema = z.strictObject({
  name: z.string(),
  on: z.unknown(),
  env,
  permissions: z.record(z.string(), z.string()),
  concurrency: z.unknown(),
  defaults: z.strictObject({ run: z.strictObject({ shell: z.literal("bash") }) }),
  jobs: z.strictObject({ plan: job, rehearse: job }),
});

export type Workflow = z.output<typeof schema>;

export async function exampleWorkflow(): Promise<Workflow> {
  return schema.parse(parse(await readProjectFile(".github/workflows/topsheet.yml")));
}

/** What the steps find of GitHub, in a folder of its own. */
export interface Hub {
  readonly comments: readonly { readonly id: number; readonly body: string }[];
  readonly calls: readonly string[];
}

const hubSchema = z.object({
  comments: z.array(
    z.object({ id: z.number(), body: z.string(), user: z.object({ login: z.string() }) }),
  ),
  calls: z.array(z.string()),
  readOnly: z.boolean().default(false),
  broken: z.boolean().default(false),
});

/** GitHub's side of one pull request: comments in a file, kept between jobs. */
export class PullRequest {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  static async opened(has: Partial<z.input<typeof hubSchema>> = {}): Promise<PullRequest> {
    const path = join(await folder(), "hub.json");
    await writeFile(path, JSON.stringify({ comments: [], calls: [], ...has }));
    return new PullRequest(path);
  }

  get path(): string {
    return this.#path;
  }

  async seen(): Promise<Hub> {
    return hubSchema.parse(JSON.parse(await readFile(this.#path, "utf8")));
  }
}

/** What is at every address. */
export const DOWNLOADED = "a tarball";

type Outcome = "passed" | "failed" | "skipped" | "looked at";

export interface JobEnded {
  /** Each step's name, or the action it uses. */
  readonly steps: readonly (readonly [string, Outcome])[];
  readonly log: string;
  readonly summary: string;
  /** RUNNER_TEMP, in which steps leave files. */
  readonly temp: string;
}

/** Runs the `run:` steps of a job in a checked-out workspace, each as GitHub does. */
export async function runJob(
  workflow: Workflow,
  name: keyof Workflow["jobs"],
  workspace: string,
  around: { readonly pullRequest: PullRequest; readonly env?: Readonly<Record<string, string>> },
): Promise<JobEnded> {
  const temp = await folder();
  const bin = join(temp, "bin");
  await mkdir(bin);
  await writeShim(join(bin, "topsheet"), CLI);
  await writeShim(join(bin, "gh"), fileURLToPath(new URL("fake-gh.mjs", import.meta.url)));
  // These would reach for the network: what npm was asked for is only written down, and each address has the same.
  await writeScript(join(bin, "npm"), 'echo "$*" >> "$RUNNER_TEMP/npm.txt"');
  await writeScript(join(bin, "curl"), `[ "$5" = --output ] && printf '%s' "${DOWNLOADED}" > "$6"`);
  const ended: [string, Outcome][] = [];
  const told = { log: "", summary: "" };
  let failed = false;
  for (const [index, part] of workflow.jobs[name].steps.entries()) {
    const title = part.name ?? part.uses ?? "";
    if (failed && part.if === undefined) ended.push([title, "skipped"]);
    else if (part.run === undefined) ended.push([title, "looked at"]);
    else {
      const script = join(temp, `step-${index}.sh`);
      const summary = join(temp, `summary-${index}.md`);
      await writeFile(script, part.run);
      await writeFile(summary, "");
      const { code, out, err } = await run(
        "bash",
        ["--noprofile", "--norc", "-eo", "pipefail", script],
        {
          cwd: workspace,
          env: {
            ...workflow.env,
            ...around.env,
            ...Object.fromEntries(
              Object.entries(part.env).map(([key, value]) => [key, fillIn(value)]),
            ),
            PATH: `${bin}:${process.env["PATH"] ?? ""}`,
            CI: "true",
            GITHUB_ACTIONS: "true",
            GITHUB_REPOSITORY: "octo/films",
            GITHUB_WORKSPACE: workspace,
            GITHUB_STEP_SUMMARY: summary,
            RUNNER_TEMP: temp,
            FAKE_GH: around.pullRequest.path,
          },
        },
      );
      told.log += out + err;
      told.summary += await readFile(summary, "utf8");
      failed ||= code !== 0;
      ended.push([title, code === 0 ? "passed" : "failed"]);
    }
  }
  return { steps: ended, ...told, temp };
}

function fillIn(value: string): string {
  return value.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    if (expression === "github.token") return "the job's token";
    if (expression === "github.event.pull_request.number") return "7";
    throw new Error(`this runner does not know ${expression}`);
  });
}

async function writeShim(path: string, program: string): Promise<void> {
  await writeScript(path, `exec "$NODE" "${program}" "$@"`);
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
