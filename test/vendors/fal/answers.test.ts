import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as answers from "../../../src/vendors/fal/answers.ts";
import type { Exchange } from "../../../src/vendors/fal/guarded-fetch.ts";

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
    expect(answers.submissionOf(answered(status, body), false)).toEqual({
      is: "accepted",
      request: { id: "1", statusUrl: "s", responseUrl: "r", cancelUrl: "c" },
      astray: null,
    });
  });

  test.for([{}, { status_url: null, response_url: null, cancel_url: null }])(
    "addresses may be missing: %j",
    (urls) => {
      const submission = answers.submissionOf(answered(200, { request_id: "1", ...urls }), false);
      expect(submission).toMatchObject({ is: "accepted", request: { id: "1", statusUrl: null } });
    },
  );

  const FROM_SIMULATOR = { "x-fal-simulated": "1" };

  test("what the simulator says to an order of real money is that nothing was bought", () => {
    const astray = "the simulator answered, and this ledger is for real purchases";
    for (const status of [200, 201, 401, 429, 503, 504]) {
      const exchange = answered(status, { request_id: "1" }, FROM_SIMULATOR);
      expect(answers.submissionOf(exchange, false)).toEqual({
        is: "fault",
        fault: { kind: "wrong-world", why: astray, retryAfter: null },
        astray,
      });
      expect(answers.submissionOf(exchange, true).astray).toBeNull();
    }
  });

  test("what something real says to a rehearsal's order means what it always means, and is astray", () => {
    const astray = "fal answered, and this ledger is for rehearsals";
    const accepted = answers.submissionOf(answered(200, { request_id: "1" }), true);
    expect(accepted).toMatchObject({ is: "accepted", request: { id: "1" }, astray });
    for (const status of [200, 302, 401, 429, 503]) {
      const exchange = answered(status, "no");
      const usually = answers.submissionOf(exchange, false);
      expect(usually.is).toBe("fault");
      expect(answers.submissionOf(exchange, true)).toEqual({ ...usually, astray });
    }
  });

  test.for([
    [true, {}, "lost"],
    [true, FROM_SIMULATOR, "answered"],
    [false, {}, "answered"],
    [false, FROM_SIMULATOR, "lost"],
  ] as const)("to a question, simulated: %s, headers %j: %s", ([simulated, headers, is]) => {
    expect(answers.heard(answered(200, {}, headers), simulated)).toMatchObject({ is });
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
    expect(answers.submissionOf(answered(200, body), false)).toMatchObject({
      is: "fault",
      fault: { kind: "no-request-id" },
    });
  });

  test("not in any other status, whatever its body", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }).filter((status) => status < 200 || status > 299),
        (status) => {
          const submission = answers.submissionOf(answered(status, { request_id: "1" }), false);
          expect(submission.is).toBe("fault");
        },
      ),
    );
  });

  test("nothing sent, nothing known", () => {
    expect(answers.submissionOf(null, false)).toMatchObject({ fault: { kind: "answer-lost" } });
    const lost = answers.submissionOf({ is: "lost", why: "reset" }, false);
    expect(lost).toMatchObject({ fault: { kind: "answer-lost" }, astray: null });
  });

  // Or a job that was accepted, and is known, would become unknown.
  test("an odd address does not lose the id", () => {
    const body = { request_id: "1", status_url: { href: "x" }, cancel_url: 7 };
    expect(answers.submissionOf(answered(200, body), false)).toMatchObject({ is: "accepted" });
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
        const submission = answers.submissionOf(answered(status, body), false);
        if (submission.is === "accepted") return;
        const definite = status >= 400 && status < 500 && ![408, 409, 499].includes(status);
        expect(refused.has(submission.fault.kind)).toBe(definite);
      },
    ),
    { numRuns: 2_000 },
  );
});

const REQUEST = "019da11f-c23b-7e43-8dcd-be7b083ac160";
const asked = (exchange: Exchange | null) => answers.askedOf(exchange, REQUEST);

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
      expect(asked(answered(status, body))).toEqual({ is: "going", progress });
    }
  });

  test.for([
    [{}, null],
    [{ metrics: { inference_time: 1 } }, null],
    [{ error: null, error_type: null }, null],
    // Once taken for a stated failure, so that a plain 500 was free and bought again.
    [{ error: "" }, null],
    [{ error: "", error_type: "" }, null],
    [{ error: " \n", error_type: "-" }, null],
    [{ error: {}, error_type: [] }, null],
    [{ error: { message: "broken" } }, null],
    [{ error: 500, error_type: false }, null],
    [{ error: "null", error_type: "None" }, null],
    [{ error: null, error_type: 42 }, null],
    [{ queue_position: "next", error: "" }, null],
    [{ error: {}, error_type: "runner_disconnected" }, "runner_disconnected"],
    [{ error: " broken " }, "broken"],
    [{ error: "broken", error_type: "runner_server_error" }, "broken, runner_server_error"],
    [{ error_type: "runner_server_error" }, "runner_server_error"],
    [{ error: "broken" }, "broken"],
  ] as const)("COMPLETED with %j is done, and says of a failure: %s", ([more, failure]) => {
    expect(asked(answered(200, { status: "COMPLETED", ...more }))).toEqual({
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
    [200, { status: "" }, "unreachable"],
    [200, { status: 7 }, "unreachable"],
    [200, { detail: "bad key" }, "unreachable"],
    [500, { status: "COMPLETED" }, "unreachable"],
  ])("%d %j: %s", ([status, body, kind]) => {
    expect(asked(answered(status, body))).toMatchObject({ is: "fault", fault: { kind } });
  });

  test.for(["FAILED", "ERROR", "CANCELLED", "completed", "x"])(
    "%s is no word that fal documents: it says neither that it is done nor that it goes on",
    (word) => {
      expect(asked(answered(200, { status: word }))).toEqual({ is: "unfamiliar", status: word });
    },
  );

  test.for(["COMPLETED", "IN_PROGRESS", "IN_QUEUE", "NOT_FOUND", "FAILED"])(
    "%s of another request is no answer",
    (word) => {
      const others = { status: word, request_id: "019da11f-0000" };
      expect(asked(answered(200, others))).toMatchObject({
        is: "fault",
        fault: { kind: "unreachable", why: "the status of another request came, 019da11f-0000" },
      });
      for (const own of [REQUEST, REQUEST.toUpperCase(), "", null, 7]) {
        const answer = asked(answered(200, { status: word, request_id: own }));
        expect(answer).toEqual(asked(answered(200, { status: word })));
      }
    },
  );

  test("no answer says nothing", () => {
    for (const exchange of [
      null,
      { is: "lost", why: "x" },
      { is: "not-connected", why: "x" },
    ] as const) {
      expect(asked(exchange)).toMatchObject({ fault: { kind: "unreachable" } });
    }
  });
});

const collected = (exchange: Exchange | null, failure: string | null = null) =>
  answers.collectedOf(exchange, failure, REQUEST);

describe("a result", () => {
  const video = { url: "https://v3b.fal.media/files/b/1/output.mp4" };

  test("is collected where it has a video's address", () => {
    const headers = {
      "x-fal-billable-units": "4.0",
      "x-fal-request-id": REQUEST,
      "set-cookie": "secret",
      "content-type": "application/json",
    };
    const body = { video: { ...video, content_type: "video/mp4", file_size: 9_570_310 } };
    expect(collected(answered(200, body, headers))).toEqual({
      is: "video",
      url: video.url,
      size: 9_570_310,
      billableUnits: "4.0",
      headers: { "x-fal-billable-units": "4.0", "x-fal-request-id": REQUEST },
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
    "that has no video where one should be has failed if its status says so, and may have been billed: %j",
    (body) => {
      expect(collected(answered(200, body))).toMatchObject({ fault: { kind: "unreachable" } });
      expect(collected(answered(200, body), "broken")).toMatchObject({
        is: "failed",
        fault: { kind: "no-video" },
        charge: "unknown",
      });
    },
  );

  // A cache in between may hand one line's video, and its bill, to another.
  test.for([
    ["another's", "019da11f-0000", false],
    ["its own and another's", `${REQUEST}, 019da11f-0000`, false],
    ["its own", REQUEST, true],
    ["its own in capitals", REQUEST.toUpperCase(), true],
    ["its own twice", `${REQUEST}, ${REQUEST}`, true],
    ["none", "", true],
  ] as const)("is taken under the id of its own request only: %s", ([, id, taken]) => {
    const headers = { "x-fal-request-id": id, "x-fal-billable-units": "0" };
    for (const [code, body, failure] of [
      [200, { video }, null],
      [422, { detail: [{ type: "content_policy_violation" }] }, null],
      [404, { detail: "Path /v3 not found" }, null],
      [500, { detail: "broken" }, "runner_server_error"],
    ] as const) {
      const answer = collected(answered(code, body, headers), failure);
      const why = answer.is === "fault" ? answer.fault.why : null;
      expect([code, why]).toEqual([
        code,
        taken ? null : `the result of another request came, ${id}`,
      ]);
    }
  });

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
    [400, { detail: [{ type: "downstream_service_error" }] }, "unreachable"],
    [400, { detail: [{ type: "missing" }, { type: "internal_server_error" }] }, "unreachable"],
    [200, { detail: [{ type: "generation_timeout" }] }, "unreachable"],
    [409, { detail: [{ type: "x" }] }, "unreachable"],
    [413, { detail: [{ type: "x" }] }, "unreachable"],
    [404, { detail: "Path /v3/pro/text-to-video not found" }, "not-found"],
    [404, { detail: [{ type: "x" }] }, "not-found"],
    [499, "<h1>Client closed</h1>", "unreachable"],
    // Each of these was a free failure once, and bought again up to three times; the next look found a video.
    [500, { detail: [{ type: "internal_server_error" }] }, "unreachable"],
    [500, { detail: [{ type: "downstream_service_error" }] }, "unreachable"],
    [503, { detail: [{ type: "x" }] }, "unreachable"],
    [504, { detail: [{ type: "generation_timeout" }] }, "unreachable"],
    [500, { detail: "broken" }, "unreachable"],
    [500, { detail: "broken", error_type: "runner_server_error" }, "unreachable"],
    [429, { detail: [{ type: "x" }] }, "unreachable"],
    [500, "", "unreachable"],
    [503, { detail: "no runner", error_type: "runner_scheduling_failure" }, "unreachable"],
    [504, { detail: "time", error_type: "request_timeout" }, "unreachable"],
    [504, "<h1>Gateway</h1>", "unreachable"],
  ])("%d %j is not fal's word on the job: %s", ([status, body, kind]) => {
    const exchange = answered(status, body);
    expect(collected(exchange)).toMatchObject({ is: "fault", fault: { kind } });
  });

  const policy = { detail: [{ type: "content_policy_violation", msg: "refused" }] };
  const timeout = { detail: [{ type: "generation_timeout", msg: "too long" }] };

  // The answers that fal's own packages and recordings have, under the status that goes with each.
  test.for<
    readonly [
      status: number,
      body: unknown,
      units: string | null,
      failure: string | null,
      kind: string,
      charge: string,
    ]
  >([
    [422, policy, null, null, "refused", "unknown"],
    [422, policy, "0", null, "refused", "none"],
    [422, policy, "4.0", null, "refused", "charged"],
    [400, policy, null, null, "refused", "unknown"],
    [200, policy, null, null, "refused", "unknown"],
    [404, { detail: "Path /v3/pro/text-to-video not found" }, "0", null, "refused", "none"],
    [200, { detail: "Path /v3/pro/text-to-video not found" }, "0", null, "refused", "none"],
    [404, { detail: "Path /x not found" }, null, "Invalid status code: 404", "refused", "unknown"],
    [499, { detail: "Request cancelled by the client." }, null, null, "cancelled", "unknown"],
    [200, { detail: "Request cancelled by the client." }, null, null, "cancelled", "unknown"],
    [499, { detail: "x", error_type: "client_cancelled" }, null, null, "cancelled", "unknown"],
    [499, { detail: "x" }, null, "client_cancelled", "cancelled", "unknown"],
    [499, { detail: "x" }, "0", "client_cancelled", "cancelled", "none"],
    [500, timeout, null, "broken", "maker-failed", "unknown"],
    [504, timeout, null, "broken", "maker-failed", "unknown"],
    [504, timeout, "0", "broken", "maker-failed", "none"],
    [500, { detail: "broken" }, null, "runner_server_error", "maker-failed", "unknown"],
    [500, { detail: "broken" }, "0", "runner_server_error", "maker-failed", "none"],
    [503, { detail: "gone" }, null, "runner_disconnected", "maker-failed", "unknown"],
    [422, { detail: "too long" }, null, "broken", "refused", "unknown"],
    [200, { detail: "broken" }, null, "runner_server_error", "refused", "unknown"],
  ])(
    "%d %j, units %s, and the status says %s: %s, charge %s",
    ([status, body, units, failure, kind, charge]) => {
      const headers = units === null ? {} : { "x-fal-billable-units": units };
      expect(collected(answered(status, body, headers), failure)).toMatchObject({
        is: "failed",
        fault: { kind },
        charge,
        billableUnits: units,
      });
    },
  );

  test("nothing but units of nothing makes a failure free, and none of 5xx unless the status states it", () => {
    let free = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(200, 302, 400, 401, 404, 408, 422, 429, 499, 500, 502, 503, 504),
        fc.constantFrom<unknown>(
          policy,
          timeout,
          { detail: "x" },
          { detail: "Path /x not found" },
          {
            video: null,
          },
        ),
        fc.constantFrom(null, "0", "0.0", "4.0", "1e3", "-5", ""),
        fc.constantFrom(null, "broken"),
        (status, body, units, failure) => {
          const headers = units === null ? {} : { "x-fal-billable-units": units };
          const answer = collected(answered(status, body, headers), failure);
          if (answer.is !== "failed" || answer.charge !== "none") return;
          free += 1;
          expect(["0", "0.0"]).toContain(units);
          expect(status >= 500 && failure === null).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(free).toBeGreaterThan(50);
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
    ["1e3", "unknown"],
    ["50.0, 50.0", "unknown"],
    ["1".repeat(40), "unknown"],
    ["8.439999999999998", "charged"],
  ])("units of %j: %s", ([units, charge]) => {
    const headers = { "x-fal-billable-units": units };
    const refusal = answered(422, { detail: [{ type: "content_policy_violation" }] }, headers);
    expect(collected(refusal)).toMatchObject({ is: "failed", charge });
    // Also of what by the pricing page is never billed.
    const failed = collected(answered(500, timeout, headers), "broken");
    expect(failed).toMatchObject({ is: "failed", charge });
  });

  // What a program in floating point writes for a sum is more than nine decimals.
  test("units of 4.800000000000001 were charged", () => {
    const headers = { "x-fal-billable-units": "4.800000000000001" };
    expect(collected(answered(422, policy, headers))).toMatchObject({ charge: "charged" });
  });
});

const cancelled = (exchange: Exchange | null) => answers.cancelledOf(exchange, REQUEST);

describe("a cancel", () => {
  test.for<readonly [status: number, body: unknown, is: string]>([
    [200, { status: "OK" }, "removed"],
    [202, { status: "CANCELLATION_REQUESTED" }, "asked"],
    [400, { status: "ALREADY_COMPLETED" }, "too-late"],
    [404, { status: "NOT_FOUND" }, "not-found"],
    [200, { status: "ALREADY_COMPLETED" }, "too-late"],
    [200, { status: "OK", request_id: "019da11f-0000" }, "fault"],
    [200, { status: "OK", request_id: REQUEST }, "removed"],
    [200, "<html>", "fault"],
    [200, { detail: "no" }, "fault"],
    [401, { detail: "no" }, "fault"],
    [500, "", "fault"],
  ])("%d %j: %s", ([status, body, is]) => {
    expect(cancelled(answered(status, body)).is).toBe(is);
  });

  test("without an answer proves nothing", () => {
    expect(cancelled({ is: "lost", why: "reset" }).is).toBe("fault");
    expect(cancelled(null).is).toBe("fault");
  });

  test("OK under an error proves nothing", () => {
    expect(cancelled(answered(502, { status: "OK" })).is).toBe("fault");
  });
});

describe("what is said of a fault", () => {
  const why = (exchange: Exchange): string => {
    const submission = answers.submissionOf(exchange, false);
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
