import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bash, manifest } from "../rig/run-program.ts";
import { GitOrigin } from "./git-origin.ts";
import { DOWNLOADED, exampleWorkflow, type JobEnded, PullRequest, runJob } from "./run-job.ts";

// The example workflow for a user's own repository, its `run:` steps executed. A take is $0.70; the workflow lets a
// pull request cost 10 % more than its base.

const FILE = "manifests/aurora-launch.yaml";
const CHECKOUT = "actions/checkout@v4";
const NODE = "actions/setup-node@v4";
const film = (takes: number): Readonly<Record<string, string>> => ({
  [FILE]: manifest({ takes, cap: 60 }),
});

/** The plan job on the pull request as it stands now. */
async function runPlanJob(
  origin: GitOrigin,
  pullRequest: PullRequest,
  env: Readonly<Record<string, string>> = {},
): Promise<JobEnded> {
  const workflow = await exampleWorkflow();
  const depth = Number(workflow.jobs.plan.steps[0]?.with?.["fetch-depth"]);
  const workspace = await origin.checkedOut("refs/pull/7/merge", depth);
  return await runJob(workflow, "plan", workspace, { pullRequest, env });
}

const outcomes = (
  base: string,
  plan: string,
  comment: string,
): readonly (readonly [string, string])[] => [
  [CHECKOUT, "looked at"],
  [NODE, "looked at"],
  ["Install topsheet", "passed"],
  ["Plan the base", base],
  ["Plan the pull request", plan],
  ["Keep one comment up to date", comment],
];
const GREEN = outcomes("passed", "passed", "passed");

test("passes a cheap change and posts one comment, which a second push updates", async () => {
  const origin = await GitOrigin.withMain(film(10));
  const pullRequest = await PullRequest.opened({
    comments: [
      { id: 1, user: { login: "octocat" }, body: "<!-- topsheet:whole -->\nnot the job's" },
      { id: 2, user: { login: "github-actions[bot]" }, body: "<!-- topsheet:wholesale -->\nno" },
    ],
  });
  await origin.push(film(11));
  const first = await runPlanJob(origin, pullRequest);
  expect(first.steps).toEqual(GREEN);
  expect(first.log).not.toMatch(/^::(?:error|warning)/m);
  const posted = await pullRequest.seen();
  expect(posted.calls).toEqual([
    "GET repos/octo/films/issues/7/comments?per_page=100",
    "POST repos/octo/films/issues/7/comments",
  ]);
  expect(posted.comments).toHaveLength(3);
  const comment = posted.comments.at(-1)?.body ?? "";
  expect(comment).toMatch(/^<!-- topsheet:whole -->\n## whole: top sheet\n/);
  // 10 % of $7.00 to the cent: equal to the limit passes.
  expect(comment).toContain("- Passed: --max-increase of 10% holds: ");
  expect(comment).toContain("| a | changed | $7.00 | $7.70 | +$0.70 | 10 → 11 takes (+$0.70) |");
  expect(first.summary).toBe(`\n${comment.slice(comment.indexOf("\n") + 1)}`);

  await origin.push(film(9));
  expect((await runPlanJob(origin, pullRequest)).steps).toEqual(GREEN);
  const updated = await pullRequest.seen();
  expect(updated.comments).toHaveLength(3);
  expect(updated.calls.at(-1)).toBe("PATCH repos/octo/films/issues/comments/102");
  expect(updated.comments.at(-1)?.body).toContain("| $7.00 | $6.30 | -$0.70 |");
});

test("fails the plan step of a change that breaks the budget, and updates the comment", async () => {
  const origin = await GitOrigin.withMain(film(10));
  const pullRequest = await PullRequest.opened();
  await origin.push(film(11));
  await runPlanJob(origin, pullRequest);
  await origin.push(film(12));
  const { steps, log } = await runPlanJob(origin, pullRequest);
  expect(steps).toEqual(outcomes("passed", "failed", "passed"));
  const why =
    "--max-increase of 10%25 is exceeded by $0.70: the plan costs $8.40, $1.40 more than the $7.00 before; 10%25 allows $0.70";
  expect(log).toContain(`::error title=topsheet max-increase::${why}\n`);
  const { comments } = await pullRequest.seen();
  expect(comments).toHaveLength(1);
  expect(comments[0]?.body).toContain("- **Failed:** --max-increase of 10% is exceeded by $0.70: ");
});

test("annotates a manifest that becomes wrong, and updates the same comment once it is right", async () => {
  const origin = await GitOrigin.withMain({});
  const pullRequest = await PullRequest.opened();
  await origin.push({ [FILE]: "campaign: [whole\n" });
  const { steps, log } = await runPlanJob(origin, pullRequest);
  expect(steps).toEqual(outcomes("passed", "failed", "passed"));
  expect(log).toMatch(
    new RegExp(`^::error file=${FILE},line=\\d+,col=\\d+,title=topsheet yaml::`, "m"),
  );
  const wrong = await pullRequest.seen();
  expect(wrong.comments[0]?.body).toMatch(/^<!-- topsheet:- -->\n.*\n\n\*\*The manifest is wrong/);
  await origin.push(film(1));
  expect((await runPlanJob(origin, pullRequest)).steps).toEqual(GREEN);
  const mended = await pullRequest.seen();
  expect(mended.comments.map(({ id, body }) => [id, body.split("\n")[0]])).toEqual([
    [100, "<!-- topsheet:whole -->"],
  ]);
});

test.for([
  ["without manifests", {}],
  ["with wrong manifests", { [FILE]: "topsheet: 1\n" }],
] as const)("a base %s: a notice, no comparison, the other gates hold", async ([, base]) => {
  const origin = await GitOrigin.withMain(base);
  const pullRequest = await PullRequest.opened();
  await origin.push(film(100));
  const fits = await runPlanJob(origin, pullRequest, { MAX_USD: "70" });
  // 100 takes pass the manifest's cap of $60, which is no gate.
  expect(fits.steps).toEqual(outcomes("passed", "failed", "passed"));
  expect(fits.log).toContain("::notice title=topsheet::The base branch has no plan:");
  expect(fits.log).not.toContain("--max-usd");
  await origin.push(film(80));
  const passes = await runPlanJob(origin, pullRequest, { MAX_USD: "56", FAIL_ON: "" });
  expect(passes.steps).toEqual(GREEN);
  const dear = await runPlanJob(origin, pullRequest, { MAX_USD: "55.99", FAIL_ON: "" });
  expect(dear.steps).toEqual(outcomes("passed", "failed", "passed"));
  expect((await pullRequest.seen()).comments[0]?.body).toContain("--max-usd of $55.99 is exceeded");
});

test("plans every manifest of both branches that matches the pattern, whatever its name", async () => {
  const origin = await GitOrigin.withMain(film(10));
  const pullRequest = await PullRequest.opened();
  const other = (id: string): string => manifest({ cap: 60 }).replace("id: a", `id: ${id}`);
  await origin.push({
    "manifests/two words.yaml": other("b"),
    "manifests/$(touch owned).yaml": other("c"),
    "manifests/x\n::set-output name=a::b.yaml": other("d"),
    "-q.yaml": other("e"),
    "base.json": "{}",
    "comment.md": "<!-- topsheet:whole -->\nowned\n",
  });
  const env = { MANIFESTS: "manifests/*.yaml *.yaml", MAX_INCREASE: "2.80" };
  const { steps, log } = await runPlanJob(origin, pullRequest, env);
  expect(steps).toEqual(GREEN);
  expect(log).not.toMatch(/^\s*::(?!error|warning|notice)/m);
  const { comments } = await pullRequest.seen();
  expect(comments[0]?.body).toContain(
    "$2.80 more: $7.00 for 10 lines, 50 s before, $9.80 for 14 lines",
  );
});

test("passes a pull request that removes all manifests", async () => {
  const origin = await GitOrigin.withMain(film(1));
  const pullRequest = await PullRequest.opened();
  await origin.push({ [FILE]: "" });
  const { steps } = await runPlanJob(origin, pullRequest, { MANIFESTS: "manifests/*.yaml" });
  expect(steps).toEqual(GREEN);
  expect(await pullRequest.seen()).toMatchObject({ comments: [], calls: [] });
});

test("prints a notice if a fork's token may not comment, and fails the step on any other error", async () => {
  const origin = await GitOrigin.withMain(film(10));
  await origin.push(film(11));
  const fork = await runPlanJob(origin, await PullRequest.opened({ readOnly: true }));
  expect(fork.steps).toEqual(GREEN);
  expect(fork.log).toContain("::notice title=topsheet::This token may not comment;");
  expect(fork.log).toContain("Resource not accessible by integration (HTTP 403)");
  expect(fork.summary).toContain("## whole: top sheet");
  const broken = await runPlanJob(origin, await PullRequest.opened({ broken: true }));
  expect(broken.steps).toEqual(outcomes("passed", "passed", "failed"));
});

test("rehearses the batch on main, and leaves its report for the upload", async () => {
  const workflow = await exampleWorkflow();
  const origin = await GitOrigin.withMain(film(1));
  await origin.pushToMain(film(2));
  const workspace = await origin.checkedOut("refs/heads/main", 1);
  const pullRequest = await PullRequest.opened();
  const { steps, temp, log } = await runJob(workflow, "rehearse", workspace, { pullRequest });
  expect([steps, log.includes("error")]).toEqual([
    [
      [CHECKOUT, "looked at"],
      [NODE, "looked at"],
      ["Install topsheet", "passed"],
      ["Rehearse", "passed"],
      ["actions/upload-artifact@v4", "looked at"],
    ],
    false,
  ]);
  const report: unknown = JSON.parse(await readFile(join(temp, "rehearsal.json"), "utf8"));
  expect(report).toMatchObject({
    schema: "topsheet/run@1",
    campaign: "whole",
    lines: [{ state: "settled" }, { state: "settled" }],
  });
});

test("installs only the tarball whose SHA-256 is named", async () => {
  const origin = await GitOrigin.withMain({ "tools/topsheet.tgz": DOWNLOADED });
  const pullRequest = await PullRequest.opened();
  await origin.push({ "notes.md": "none of it is planned" });
  const sum = createHash("sha256").update(DOWNLOADED).digest("hex");
  const installed = async (TOPSHEET: string): Promise<readonly [string, string]> => {
    const { steps, temp } = await runPlanJob(origin, pullRequest, { TOPSHEET });
    const asked = await readFile(join(temp, "npm.txt"), "utf8").catch(() => "");
    const [, outcome = ""] = steps.find(([title]) => title === "Install topsheet") ?? [];
    return [outcome, asked.replaceAll(temp, "TEMP")];
  };
  const asked = "install --global TEMP/topsheet.tgz\n";
  for (const from of ["tools/topsheet.tgz", "https://example.com/topsheet-0.1.0.tgz"]) {
    expect(await installed(`${from}#sha256=${sum}`)).toEqual(["passed", asked]);
    expect(await installed(`${from}#sha256=${sum.replaceAll(/[a-f]/g, "0")}`)).toEqual([
      "failed",
      "",
    ]);
    expect(await installed(from)).toEqual(["failed", ""]);
  }
  expect(await installed(".")).toEqual(["passed", "ci\nrun --silent build\ninstall --global .\n"]);
});

test("has the expected parts that only GitHub can run", async () => {
  const { on, jobs, permissions } = await exampleWorkflow();
  expect(on).toEqual({ pull_request: null, push: { branches: ["main"] } });
  expect([permissions, jobs.plan.permissions, jobs.rehearse.permissions]).toEqual([
    { contents: "read" },
    { contents: "read", "pull-requests": "write" },
    undefined,
  ]);
  expect([jobs.plan.if, jobs.rehearse.if]).toEqual([
    "github.event_name == 'pull_request'",
    "github.event_name == 'push'",
  ]);
  const steps = [...jobs.plan.steps, ...jobs.rehearse.steps];
  // What a stranger can name must not become a script's text.
  for (const { run = "" } of steps) expect(run).not.toContain("${{");
  // What fails before `&&` does not end a script, whatever -e says.
  for (const { run = "" } of steps) expect(run).not.toContain("&&");
  expect(JSON.stringify(steps)).not.toContain("secrets.");
  for (const { uses } of steps) expect(uses ?? "actions/x@v4").toMatch(/^actions\/[a-z-]+@v4$/);
  const [first, second] = jobs.plan.steps;
  expect(first?.with).toEqual({ "fetch-depth": 2, "persist-credentials": false });
  expect(second?.with).toEqual({ "node-version": 22 });
  expect(jobs.rehearse.steps.at(-1)).toMatchObject({
    if: "${{ !cancelled() }}",
    with: { name: "rehearsal", path: "${{ runner.temp }}/rehearsal.json" },
  });
});

const jq = spawnSync("bash", ["-c", "type jq"]).status === 0;

test.runIf(jq)("jq reads the workflow's query as the made-up gh does", async () => {
  const { jobs } = await exampleWorkflow();
  const query = /--jq '([^']*)'/.exec(jobs.plan.steps.at(-1)?.run ?? "")?.[1] ?? "";
  const comment = (id: number, login: string, body: string): object => ({
    id,
    user: { login },
    body,
  });
  const input = JSON.stringify([
    comment(1, "octocat", "<!-- topsheet:film -->\nx"),
    comment(2, "github-actions[bot]", "<!-- topsheet:films -->\nx"),
    comment(3, "github-actions[bot]", "<!-- topsheet:film -->\r\nx"),
    comment(4, "github-actions[bot]", "<!-- topsheet:- -->\nx"),
    comment(5, "github-actions[bot]", "text <!-- topsheet:film -->"),
  ]);
  const env = { MARKER: "<!-- topsheet:film -->", QUERY: query };
  const { out, err } = await bash('jq "$QUERY"', { input, env });
  expect([out, err]).toEqual(["3\n4\n", ""]);
});
