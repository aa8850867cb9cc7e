// `gh api` for the calls of .github/workflows/topsheet.yml and no other; comments are kept in $FAKE_GH, a JSON file.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { FAKE_GH, GH_TOKEN, MARKER } = process.env;
const state = JSON.parse(readFileSync(FAKE_GH, "utf8"));

const fail = (problem) => {
  process.stderr.write(`gh: ${problem}\n`);
  process.exit(1);
};

if (GH_TOKEN !== "the job's token")
  fail("To use GitHub CLI in a GitHub Actions workflow, set GH_TOKEN");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    paginate: { type: "boolean" },
    silent: { type: "boolean" },
    method: { type: "string", default: "GET" },
    field: { type: "string" },
    jq: { type: "string" },
  },
});
const [command, path] = positionals;
const call = `${values.method} ${path}`;
state.calls.push(call);
const save = () => writeFileSync(FAKE_GH, JSON.stringify(state));
save();

if (command !== "api" || positionals.length !== 2) fail(`unknown command ${positionals.join(" ")}`);

const COMMENTS = "repos/octo/films/issues/7/comments";
const QUERY =
  '.[] | select(.user.login == "github-actions[bot]") | select(.body | startswith(env.MARKER) or startswith("<!-- topsheet:- -->")) | .id';

const body = () => {
  if (state.broken) fail("Server Error (HTTP 502)");
  if (state.readOnly) fail("Resource not accessible by integration (HTTP 403)");
  if (!values.field?.startsWith("body=@")) fail(`unknown field ${values.field}`);
  const text = readFileSync(values.field.slice("body=@".length), "utf8");
  if (text.length > 65_536) fail("Validation Failed (HTTP 422)");
  return text;
};

if (call === `GET ${COMMENTS}?per_page=100` && values.paginate && values.jq === QUERY) {
  const ids = state.comments
    .filter(({ user }) => user.login === "github-actions[bot]")
    .filter((it) => it.body.startsWith(MARKER) || it.body.startsWith("<!-- topsheet:- -->"))
    .map(({ id }) => `${id}\n`);
  process.stdout.write(ids.join(""));
} else if (call === `POST ${COMMENTS}`) {
  const id = 100 + state.comments.length;
  state.comments.push({ id, user: { login: "github-actions[bot]" }, body: body() });
  save();
} else {
  const comment = state.comments.find(
    ({ id }) => call === `PATCH repos/octo/films/issues/comments/${id}`,
  );
  if (comment === undefined) fail(`Not Found (HTTP 404): ${call} --jq ${values.jq}`);
  comment.body = body();
  save();
}
