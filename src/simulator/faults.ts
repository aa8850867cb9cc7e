import type { Behaviour, Chance } from "./behaviour.ts";

/** Faults of one group exclude each other: a job has at most one of them. */
type Group = "submit" | "outcome" | "stream" | "status" | "result" | "file" | "units" | "known";

interface Fault {
  readonly group: Group;
  readonly name: string;
  readonly meaning: string;
  /** Returns what the fault does, by a coin from 0 to 1. */
  readonly play: (coin: number) => Behaviour;
}

const fault = (group: Group, name: string, meaning: string, behaviour: Behaviour): Fault => ({
  group,
  name,
  meaning,
  play: () => behaviour,
});

/** A status that does not tell whether the job exists: in half of the cases it does. */
const unclear = (status: number, meaning: string): Fault => ({
  group: "submit",
  name: String(status),
  meaning,
  play: (coin) => ({ submit: status, acceptedAnyway: coin < 0.5 }),
});

const TABLE: readonly Fault[] = [
  fault("submit", "reset", "the job is accepted, the connection drops before the answer", {
    submit: "reset",
  }),
  fault("submit", "refuse", "the connection drops, nothing is accepted", {
    submit: "reset",
    acceptedAnyway: false,
  }),
  fault("submit", "truncated", "the job is accepted, half of the answer arrives", {
    submit: "truncated",
  }),
  fault("submit", "hang", "the job is accepted, the answer never comes", { submit: "hang" }),
  fault("submit", "html", "200 with a login page, nothing is accepted", { submit: "html" }),
  fault("submit", "302", "a redirect to a login page, nothing is accepted", { submit: 302 }),
  fault("submit", "307", "a redirect that buys when followed", { submit: 307 }),
  fault("submit", "401", "the key is refused", { submit: 401 }),
  fault("submit", "403", "the balance is exhausted", { submit: 403 }),
  unclear(408, "time-out on the POST; half of these are accepted all the same"),
  fault("submit", "429", "too many requests with Retry-After, not accepted", { submit: 429 }),
  unclear(500, "error on the POST; half of these are accepted all the same"),
  unclear(502, "bad gateway on the POST; half of these are accepted all the same"),
  unclear(503, "unavailable on the POST; half of these are accepted all the same"),
  unclear(504, "gateway time-out on the POST; half of these are accepted all the same"),
  fault("outcome", "422", "the content is refused: 422 on the result, without units", {
    outcome: "content_policy_violation",
  }),
  fault("outcome", "422free", "the content is refused, and 0 units are billed", {
    outcome: "content_policy_violation",
    billableUnits: "0",
  }),
  fault("outcome", "error", "the run fails: error in the status, 500 on the result, no units", {
    outcome: "runner_server_error",
  }),
  fault("outcome", "errorfree", "the run fails like error, and 0 units are billed", {
    outcome: "runner_server_error",
    billableUnits: "0",
  }),
  fault("stream", "stream", "the status stream ends before the job does", { stream: "cut" }),
  fault("stream", "nostream", "the status stream answers 404", { stream: "missing" }),
  fault("stream", "silent", "the status stream sends nothing and never ends", { stream: "silent" }),
  fault("status", "status", "503 on the first status request", { status: [503] }),
  fault("known", "lost", "404 on everything for 5 s, though the job exists", { lostSeconds: 5 }),
  fault("result", "result", "504 on the first result request", { result: [504] }),
  fault("file", "slow", "the download takes 5 s", { download: ["slow"] }),
  fault("file", "cut", "the first download stops half way", { download: ["cut"] }),
  fault("file", "gone", "the file is 404", { video: { gone: true } }),
  // The shortest order has 3 seconds: one second is too short for all.
  fault("file", "short", "the video lasts 1 s", { video: { seconds: 1 } }),
  fault("file", "small", "the video has another aspect ratio", { video: { ratio: "another" } }),
  fault("file", "silentvideo", "the video has no audio track", { video: { audio: false } }),
  fault("units", "nobill", "no x-fal-billable-units", { billableUnits: null }),
  fault("units", "oddbill", "x-fal-billable-units that cannot be read", { billableUnits: "1e3" }),
  fault("units", "overbill", "a second more is billed than was ordered", {
    moreBilledSeconds: 1,
  }),
];

const GROUPS: readonly (readonly Fault[])[] = [...new Set(TABLE.map(({ group }) => group))].map(
  (group) => TABLE.filter((fault) => fault.group === group),
);

/** The names of all faults. */
export const FAULTS: ReadonlySet<string> = new Set(TABLE.map(({ name }) => name));

/** How likely each fault is, from 0 to 1, by name. */
export type FaultRates = ReadonlyMap<string, number>;

type Parsed = { readonly rates: FaultRates } | { readonly problem: string };

/** Reads `reset:5%,422:2.5%`. */
export function parseFaults(text: string): Parsed {
  const rates = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name, percent] = /^\s*([^:\s]+):(\d{1,3}(?:\.\d+)?)%\s*$/.exec(part) ?? [];
    if (name === undefined || percent === undefined) {
      return { problem: `"${part.trim()}" is not NAME:PERCENT%, as in reset:5%` };
    }
    if (!FAULTS.has(name))
      return { problem: `there is no fault "${name}"; the faults are\n${listFaults()}` };
    if (rates.has(name)) return { problem: `${name} is stated twice` };
    if (Number(percent) > 100) return { problem: `${name}:${percent}% is more than 100%` };
    rates.set(name, Number(percent) / 100);
  }
  for (const faults of GROUPS) {
    const rivals = faults.filter(({ name }) => rates.has(name));
    // In binary, 33.3% + 66.7% is a little above 1.
    if (sumRates(rivals, rates) > 1 + 1e-9) {
      const names = rivals.map(({ name }) => name).join(", ");
      return { problem: `a job has at most one of ${names}, and together they exceed 100%` };
    }
  }
  return { rates };
}

/** Draws what happens to a POST: the same for the same seed and turn. */
export function drawBehaviour(rates: FaultRates, chance: Chance): Behaviour {
  let drawn: Behaviour = {};
  for (const faults of GROUPS) {
    // Drawn whether or not the group has a rate, so that adding a rate changes nothing in the other groups.
    let left = chance();
    const coin = chance();
    for (const { name, play } of faults) {
      left -= rates.get(name) ?? 0;
      if (left >= 0) continue;
      drawn = { ...drawn, ...play(coin) };
      break;
    }
  }
  return drawn;
}

function listFaults(): string {
  return TABLE.map(({ name, meaning }) => `  ${name.padEnd(11)} ${meaning}`).join("\n");
}

function sumRates(faults: readonly Fault[], rates: FaultRates): number {
  return faults.reduce((sum, { name }) => sum + (rates.get(name) ?? 0), 0);
}
