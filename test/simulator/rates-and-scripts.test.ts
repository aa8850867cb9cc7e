import { describe, expect, test } from "vitest";
import { FAULTS, parseFaults } from "../../src/simulator/faults.ts";
import {
  always,
  ask,
  download,
  jobUrl,
  readRates,
  run,
  start,
  submit,
  videoUrl,
} from "./call-simulator.ts";

describe("rates of faults", () => {
  test.for<[text: string, problem: string]>([
    ["", '"" is not NAME:PERCENT%, as in reset:5%'],
    ["reset", '"reset" is not NAME:PERCENT%, as in reset:5%'],
    ["reset:5", '"reset:5" is not NAME:PERCENT%, as in reset:5%'],
    ["reset:-5%", '"reset:-5%" is not NAME:PERCENT%, as in reset:5%'],
    ["reset:5%,", '"" is not NAME:PERCENT%, as in reset:5%'],
    ["reset:5%, reset:6%", "reset is stated twice"],
    ["reset:100.5%", "reset:100.5% is more than 100%"],
    [
      "reset:60%,503:41%,422:9%",
      "a job has at most one of reset, 503, and together they exceed 100%",
    ],
  ])("%s: %s", ([text, problem]) => {
    expect(parseFaults(text)).toEqual({ problem });
  });

  test("name all faults, with what they do, if one is unknown", () => {
    const parsed = parseFaults("resett:5%");
    const lines = "problem" in parsed ? parsed.problem.split("\n") : [];
    expect(lines[0]).toBe('there is no fault "resett"; the faults are');
    expect(lines.slice(1).map((line) => line.trim().split(" ")[0])).toEqual([...FAULTS]);
    expect(lines[1]).toBe(
      "  reset       the job is accepted, the connection drops before the answer",
    );
  });

  test("are read from percentages", () => {
    expect(parseFaults("reset:5%, 422:2.5% ,slow:100%,gone:0%")).toEqual({
      rates: new Map([
        ["reset", 0.05],
        ["422", 0.025],
        ["slow", 1],
        ["gone", 0],
      ]),
    });
  });

  test("occur as often as asked for, and again alike with the same seed", async () => {
    const faults = readRates("429:30%,503:20%,422:25%");
    const turns = async (seed: number): Promise<string> => {
      const simulator = await start({ faults, seed });
      const told: string[] = [];
      for (let turn = 0; turn < 100; turn += 1) told.push(String((await submit(simulator)).status));
      return [...told, ...simulator.jobs.map(({ turn, outcome }) => `${turn} ${outcome}`)].join();
    };
    const first = await turns(1);
    expect(await turns(1)).toBe(first);
    expect(await turns(2)).not.toBe(first);
    for (const [what, least, most] of [
      [/429/g, 20, 40],
      [/503/g, 12, 28],
      [/content_policy/g, 8, 28],
    ] as const) {
      const often = first.match(what)?.length ?? 0;
      expect(often).toBeGreaterThanOrEqual(least);
      expect(often).toBeLessThanOrEqual(most);
    }
  });
});

describe("scripted faults", () => {
  test("are played turn by turn, and then the rates decide", async () => {
    const simulator = await start({
      faults: readRates("403:100%"),
      script: ({ turn, input }) => {
        if (turn === 1) return { submit: 503, acceptedAnyway: true };
        if (turn === 2) return { submit: 429, retryAfterSeconds: 7 };
        return input["prompt"] === "through" ? {} : undefined;
      },
    });
    expect((await submit(simulator)).status).toBe(503);
    expect((await submit(simulator)).headers.get("retry-after")).toBe("7");
    expect((await submit(simulator)).status).toBe(403);
    expect((await submit(simulator, { prompt: "through" })).status).toBe(200);
    expect(simulator.jobs.map(({ turn }) => turn)).toEqual([1, 4]);
  });

  test("fail answers in the order given", async () => {
    const simulator = await start(
      always({
        queueSeconds: 0,
        generateSeconds: 0,
        status: ["fine", 404, "html", "truncated", "reset"],
        result: ["truncated", 500],
        download: [403, "cut"],
      }),
    );
    await submit(simulator);
    const url = jobUrl(simulator);
    const statuses = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const { text } = await ask(`${url}/status`).catch(() => ({ text: "none" }));
      statuses.push(text.slice(0, 22));
    }
    expect(statuses).toEqual([
      '{"status":"COMPLETED",',
      '{"status":"NOT_FOUND"}',
      "<!doctype html><title>",
      '{"status":"COMPLETED",',
      "none",
      '{"status":"COMPLETED",',
    ]);
    const half = await ask(url);
    expect(half.text).toMatch(/^\{"video":/);
    expect(() => JSON.parse(half.text)).toThrow(SyntaxError);
    expect((await ask(url)).status).toBe(500);
    const file = videoUrl(await ask(url));
    expect((await download(file)).status).toBe(403);
    await expect(download(file)).rejects.toThrow("terminated");
    expect((await download(file)).status).toBe(200);
  });

  test("bill the units stated, even for a refusal, and can look like the real fal", async () => {
    const simulator = await start(
      always({
        outcome: "content_policy_violation",
        billableUnits: "4.0",
        simulatedHeader: false,
      }),
    );
    const { submitted, status, result } = await run(simulator);
    expect(result.headers.get("x-fal-billable-units")).toBe("4.0");
    expect(simulator.bill.dollars).toBe("0.56");
    for (const { headers } of [submitted, status, result]) {
      expect(headers.get("x-fal-simulated")).toBeNull();
    }
  });
});
