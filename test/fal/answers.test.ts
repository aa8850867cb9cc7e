import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as answers from "../../src/fal/answers.ts";
import type { Exchange } from "../../src/fal/guarded-fetch.ts";

function answered(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Exchange {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { is: "answered", status, headers, text };
}

describe("an order was accepted where a 2xx has a request id, and nowhere else", () => {
  test.for([200, 201, 202, 299])("%d", (status) => {
    const urls = { status_url: "s", response_url: "r", cancel_url: "c" };
    const body = { request_id: "1", gateway_request_id: "2", queue_position: 0, ...urls };
    expect(answers.submissionOf(answered(status, body))).toEqual({
      is: "accepted",
      request: { id: "1", statusUrl: "s", responseUrl: "r", cancelUrl: "c" },
      simulated: false,
    });
  });

  test.for([{}, { status_url: null, response_url: null, cancel_url: null }])(
    "addresses may be missing: %j",
    (urls) => {
      const submission = answers.submissionOf(answered(200, { request_id: "1", ...urls }));
      expect(submission).toMatchObject({ is: "accepted", request: { id: "1", statusUrl: null } });
    },
  );

  test("one that says so is of the simulator", () => {
    const simulated = answered(200, { request_id: "1" }, { "x-fal-simulated": "1" });
    expect(answers.submissionOf(simulated)).toMatchObject({ is: "accepted", simulated: true });
    const refused = answered(401, { detail: "no" }, { "x-fal-simulated": "1" });
    expect(answers.submissionOf(refused)).toMatchObject({ is: "fault", simulated: true });
  });

  test.for([
    "",
    "null",
    "[]",
    "<html>",
    '"id"',
    { request_id: "" },
    { request_id: 42 },
    { request_id: null },
    { requestId: "1" },
    { request_id: "x".repeat(201) },
    { detail: "bad key" },
  ])("not in %j", (body) => {
    expect(answers.submissionOf(answered(200, body))).toMatchObject({
      is: "fault",
      fault: { kind: "no-request-id" },
    });
  });

  test("not in any other status, whatever its body", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }).filter((status) => status < 200 || status > 299),
        (status) => {
          const submission = answers.submissionOf(answered(status, { request_id: "1" }));
          expect(submission.is).toBe("fault");
        },
      ),
    );
  });

  test("nothing sent, nothing known", () => {
    expect(answers.submissionOf(null)).toMatchObject({ fault: { kind: "answer-lost" } });
    const lost = answers.submissionOf({ is: "lost", why: "reset" });
    expect(lost).toMatchObject({ fault: { kind: "answer-lost" }, simulated: null });
  });

  // Or a job that was accepted, and is known, would become unknown.
  test("an odd address does not lose the id", () => {
    const body = { request_id: "1", status_url: { href: "x" }, cancel_url: 7 };
    expect(answers.submissionOf(answered(200, body))).toMatchObject({ is: "accepted" });
  });
});

test("where an order may have been accepted, it is never said that it was not", () => {
  const sure = new Set(["not-connected", "too-many-requests", "bad-key", "locked-out"]);
  const refused = new Set([...sure, "no-such-endpoint", "order-refused"]);
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.string(), fc.json(), fc.constant('{"detail":"no"}')),
      (status, body) => {
        const submission = answers.submissionOf(answered(status, body));
        if (submission.is === "accepted") return;
        const definite = status >= 400 && status < 500 && status !== 408 && status !== 499;
        expect(refused.has(submission.fault.kind)).toBe(definite);
      },
    ),
    { numRuns: 2_000 },
  );
});

describe("a status", () => {
  test.for([
    [
      { status: "IN_QUEUE", queue_position: 3 },
      { stage: "queued", position: 3 },
    ],
    [{ status: "IN_QUEUE" }, { stage: "queued", position: null }],
    [
      { status: "IN_PROGRESS", logs: null },
      { stage: "generating", position: null },
    ],
  ] as const)("%j", ([body, progress]) => {
    for (const status of [200, 202]) {
      expect(answers.askedOf(answered(status, body))).toEqual({ is: "going", progress });
    }
  });

  test.for([
    [{}, null],
    [{ metrics: { inference_time: 1 } }, null],
    [{ error: null, error_type: null }, null],
    [{ error: "broken", error_type: "runner_server_error" }, "broken, runner_server_error"],
    [{ error_type: "runner_server_error" }, "runner_server_error"],
    [{ error: "broken" }, "broken"],
  ] as const)("COMPLETED with %j is done, and says of a failure: %s", ([more, failure]) => {
    expect(answers.askedOf(answered(200, { status: "COMPLETED", ...more }))).toEqual({
      is: "done",
      failure,
    });
  });

  test.for<readonly [status: number, body: unknown, kind: string]>([
    [404, { status: "NOT_FOUND" }, "not-found"],
    [200, { status: "NOT_FOUND" }, "not-found"],
    [404, "", "not-found"],
    [401, { detail: "no" }, "not-allowed"],
    [403, "", "not-allowed"],
    [302, "", "unreachable"],
    [429, { detail: "slow" }, "unreachable"],
    [500, { detail: "x" }, "unreachable"],
    [504, "", "unreachable"],
    [200, "<html>", "unreachable"],
    [200, "", "unreachable"],
    [200, { status: "FAILED" }, "unreachable"],
    [200, { status: "CANCELLED" }, "unreachable"],
    [200, { status: "completed" }, "unreachable"],
    [200, { detail: "bad key" }, "unreachable"],
    [500, { status: "COMPLETED" }, "unreachable"],
  ])("%d %j: %s", ([status, body, kind]) => {
    expect(answers.askedOf(answered(status, body))).toMatchObject({ is: "fault", fault: { kind } });
  });

  test("no answer says nothing", () => {
    for (const exchange of [
      null,
      { is: "lost", why: "x" },
      { is: "not-connected", why: "x" },
    ] as const) {
      expect(answers.askedOf(exchange)).toMatchObject({ fault: { kind: "unreachable" } });
    }
  });
});

const collected = (exchange: Exchange | null, failure: string | null = null) =>
  answers.collectedOf(exchange, failure);

describe("a result", () => {
  const video = { url: "https://v3b.fal.media/files/b/1/output.mp4" };

  test("is collected where it has a video's address", () => {
    const headers = {
      "x-fal-billable-units": "4.0",
      "x-fal-request-id": "1",
      "set-cookie": "secret",
      "content-type": "application/json",
    };
    const body = { video: { ...video, content_type: "video/mp4", file_size: 9_570_310 } };
    expect(collected(answered(200, body, headers))).toEqual({
      is: "video",
      url: video.url,
      size: 9_570_310,
      billableUnits: "4.0",
      headers: { "x-fal-billable-units": "4.0", "x-fal-request-id": "1" },
    });
  });

  test.for([{ video }, { video: { ...video, file_size: null } }, { video, seed: 1 }])(
    "its size may be missing: %j",
    (body) => {
      expect(collected(answered(200, body))).toMatchObject({ is: "video", size: null });
    },
  );

  // Or a video that was made and paid for would become a failure "without a video".
  test("an odd size does not lose the video", () => {
    const body = { video: { ...video, file_size: "9570310" } };
    expect(collected(answered(200, body))).toMatchObject({ is: "video", url: video.url });
  });

  test.for([{ video: null }, { video: {} }, { video: { url: "" } }, { video: [] }])(
    "that has no video where one should be has failed, and may have been billed: %j",
    (body) => {
      expect(collected(answered(200, body))).toMatchObject({
        is: "failed",
        fault: { kind: "no-video" },
        charge: "unknown",
      });
    },
  );

  test.for<readonly [status: number, body: unknown, kind: string]>([
    [200, "", "unreachable"],
    [200, "<html>", "unreachable"],
    [200, '{"video":{"url":"https://v3b', "unreachable"],
    [200, "[]", "unreachable"],
    [200, "null", "unreachable"],
    [200, {}, "unreachable"],
    [200, { videos: [video] }, "unreachable"],
    [200, { status: "IN_PROGRESS" }, "unreachable"],
    [200, { status: "NOT_FOUND" }, "not-found"],
    [200, { detail: "bad key" }, "unreachable"],
    [302, { detail: "Found" }, "unreachable"],
    [400, { detail: "Request is still in progress" }, "unreachable"],
    [401, { detail: "bad key" }, "not-allowed"],
    [403, "", "not-allowed"],
    [404, { status: "NOT_FOUND" }, "not-found"],
    [404, "", "not-found"],
    [408, { detail: [{ type: "x" }] }, "unreachable"],
    [422, "<html>", "unreachable"],
    [422, { detail: "somewhere else" }, "unreachable"],
    [422, { detail: [] }, "unreachable"],
    [429, { detail: [{ type: "x" }] }, "unreachable"],
    [500, "", "unreachable"],
    [503, { detail: "no runner", error_type: "runner_scheduling_failure" }, "unreachable"],
    [504, { detail: "time", error_type: "request_timeout" }, "unreachable"],
    [504, "<h1>Gateway</h1>", "unreachable"],
  ])("%d %j is not fal's word on the job: %s", ([status, body, kind]) => {
    const exchange = answered(status, body);
    expect(collected(exchange)).toMatchObject({ is: "fault", fault: { kind } });
  });

  const typed = { detail: [{ type: "generation_timeout", msg: "too long" }] };

  test.for<
    readonly [status: number, body: unknown, failure: string | null, kind: string, charge: string]
  >([
    [422, { detail: [{ type: "content_policy_violation" }] }, null, "refused", "unknown"],
    [400, typed, null, "refused", "unknown"],
    [200, typed, null, "refused", "unknown"],
    [499, typed, null, "cancelled", "unknown"],
    [500, typed, null, "maker-failed", "none"],
    [504, typed, null, "maker-failed", "none"],
    [500, { detail: "broken" }, "runner_server_error", "maker-failed", "none"],
    [503, { detail: "gone" }, "runner_disconnected", "maker-failed", "none"],
    [200, { detail: "broken" }, "runner_server_error", "refused", "unknown"],
    [499, { detail: "cancelled" }, "client_cancelled", "cancelled", "unknown"],
  ])("%d %j, and the status says %s: %s, charge %s", ([status, body, failure, kind, charge]) => {
    expect(collected(answered(status, body), failure)).toMatchObject({
      is: "failed",
      fault: { kind },
      charge,
    });
  });

  test.for<readonly [units: string, charge: string]>([
    ["0", "none"],
    ["0.0", "none"],
    ["0.00", "none"],
    ["0.1", "charged"],
    ["4.0", "charged"],
    ["", "unknown"],
    [" ", "unknown"],
    ["-4.0", "unknown"],
    ["NaN", "unknown"],
    ["four", "unknown"],
    ["Infinity", "unknown"],
  ])("units of %j: %s", ([units, charge]) => {
    const headers = { "x-fal-billable-units": units };
    const refusal = answered(422, { detail: [{ type: "content_policy_violation" }] }, headers);
    expect(collected(refusal)).toMatchObject({ is: "failed", charge });
    // Also of what by the pricing page is never billed.
    expect(collected(answered(500, typed, headers))).toMatchObject({ is: "failed", charge });
  });

  // What a program in floating point writes for a sum is more than nine decimals.
  test("units of 4.800000000000001 were charged", () => {
    const headers = { "x-fal-billable-units": "4.800000000000001" };
    expect(collected(answered(422, typed, headers))).toMatchObject({ charge: "charged" });
  });
});

describe("a cancel", () => {
  test.for<readonly [status: number, body: unknown, is: string]>([
    [200, { status: "OK" }, "removed"],
    [202, { status: "CANCELLATION_REQUESTED" }, "asked"],
    [400, { status: "ALREADY_COMPLETED" }, "too-late"],
    [404, { status: "NOT_FOUND" }, "not-found"],
    [200, { status: "ALREADY_COMPLETED" }, "too-late"],
    [200, "<html>", "fault"],
    [200, { detail: "no" }, "fault"],
    [401, { detail: "no" }, "fault"],
    [500, "", "fault"],
  ])("%d %j: %s", ([status, body, is]) => {
    expect(answers.cancelledOf(answered(status, body)).is).toBe(is);
  });

  test("without an answer proves nothing", () => {
    expect(answers.cancelledOf({ is: "lost", why: "reset" }).is).toBe("fault");
    expect(answers.cancelledOf(null).is).toBe("fault");
  });

  test("OK under an error proves nothing", () => {
    expect(answers.cancelledOf(answered(502, { status: "OK" })).is).toBe("fault");
  });
});

describe("what is said of a fault", () => {
  const why = (exchange: Exchange): string => {
    const submission = answers.submissionOf(exchange);
    return submission.is === "fault" ? submission.fault.why : "";
  };

  test("has fal's own words", () => {
    expect(why(answered(403, { detail: "User is locked. Reason: Exhausted balance" }))).toBe(
      "the order was answered 403: User is locked. Reason: Exhausted balance",
    );
    const detail = [{ loc: ["body", "prompt"], msg: "too long", type: "sequence_too_long" }];
    expect(why(answered(422, { detail }))).toBe(
      "the order was answered 422: too long (sequence_too_long at body.prompt)",
    );
    expect(why(answered(503, { detail: "no runner", error_type: "runner_disconnected" }))).toBe(
      "the order was answered 503: no runner (runner_disconnected)",
    );
  });

  test("is short, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.string({ maxLength: 5_000 }),
        (status, text) => {
          expect(why(answered(status, text)).length).toBeLessThan(400);
        },
      ),
    );
    expect(why(answered(500, "x".repeat(100_000))).length).toBeLessThan(400);
  });
});
