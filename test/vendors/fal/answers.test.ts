import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as answers from "../../../src/vendors/fal/answers.ts";
import type { Exchange } from "../../../src/vendors/fal/guarded-fetch.ts";
import { makeAnswer, REQUEST } from "./make-answer.ts";

describe("an order is accepted only if a 2xx has a request id", () => {
  test.for([200, 201, 202, 299])("accepts it after %d", (status) => {
    const urls = { status_url: "s", response_url: "r", cancel_url: "c" };
    const body = { request_id: "1", gateway_request_id: "2", queue_position: 0, ...urls };
    expect(answers.readSubmission(makeAnswer(status, body), false)).toEqual({
      is: "accepted",
      request: { id: "1", statusUrl: "s", responseUrl: "r", cancelUrl: "c" },
      astray: null,
    });
  });

  test.for([{}, { status_url: null, response_url: null, cancel_url: null }])(
    "accepts it without addresses: %j",
    (urls) => {
      const submission = answers.readSubmission(
        makeAnswer(200, { request_id: "1", ...urls }),
        false,
      );
      expect(submission).toMatchObject({ is: "accepted", request: { id: "1", statusUrl: null } });
    },
  );

  const FROM_SIMULATOR = { "x-fal-simulated": "1" };

  test("buys nothing if the simulator answers an order for real money", () => {
    const astray = "the simulator answered, and this ledger is for real purchases";
    for (const status of [200, 201, 401, 429, 503, 504]) {
      const exchange = makeAnswer(status, { request_id: "1" }, FROM_SIMULATOR);
      expect(answers.readSubmission(exchange, false)).toEqual({
        is: "fault",
        fault: { kind: "wrong-world", why: astray, retryAfter: null },
        astray,
      });
      expect(answers.readSubmission(exchange, true).astray).toBeNull();
    }
  });

  test("reads a real answer to a rehearsal's order as always, and reports that the wrong side answered", () => {
    const astray = "fal answered, and this ledger is for rehearsals";
    const accepted = answers.readSubmission(makeAnswer(200, { request_id: "1" }), true);
    expect(accepted).toMatchObject({ is: "accepted", request: { id: "1" }, astray });
    for (const status of [200, 302, 401, 429, 503]) {
      const exchange = makeAnswer(status, "no");
      const usually = answers.readSubmission(exchange, false);
      expect(usually.is).toBe("fault");
      expect(answers.readSubmission(exchange, true)).toEqual({ ...usually, astray });
    }
  });

  test.for([
    [true, {}, "lost"],
    [true, FROM_SIMULATOR, "answered"],
    [false, {}, "answered"],
    [false, FROM_SIMULATOR, "lost"],
  ] as const)(
    "reads an answer to a question, simulated: %s, headers %j: %s",
    ([simulated, headers, is]) => {
      expect(answers.ignoreWrongSide(makeAnswer(200, {}, headers), simulated)).toMatchObject({
        is,
      });
    },
  );

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
  ])("does not accept it after %j", (body) => {
    expect(answers.readSubmission(makeAnswer(200, body), false)).toMatchObject({
      is: "fault",
      fault: { kind: "no-request-id" },
    });
  });

  test("does not accept it after any other status, whatever the body", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }).filter((status) => status < 200 || status > 299),
        (status) => {
          const submission = answers.readSubmission(makeAnswer(status, { request_id: "1" }), false);
          expect(submission.is).toBe("fault");
        },
      ),
    );
  });

  test("counts as possibly accepted without an answer", () => {
    expect(answers.readSubmission({ is: "lost", why: "nothing sent" }, false)).toMatchObject({
      fault: { kind: "answer-lost" },
    });
    const lost = answers.readSubmission({ is: "lost", why: "reset" }, false);
    expect(lost).toMatchObject({ fault: { kind: "answer-lost" }, astray: null });
  });

  // Otherwise an accepted job, whose id is known, would become unknown.
  test("keeps the id if an address is malformed", () => {
    const body = { request_id: "1", status_url: { href: "x" }, cancel_url: 7 };
    expect(answers.readSubmission(makeAnswer(200, body), false)).toMatchObject({ is: "accepted" });
  });
});

test("never says that an order was not accepted if it may have been", () => {
  const sure = new Set(["not-connected", "too-many-requests", "bad-key", "locked-out"]);
  const refused = new Set([...sure, "no-such-endpoint", "order-refused"]);
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.string(), fc.json(), fc.constant('{"detail":"no"}')),
      (status, body) => {
        const submission = answers.readSubmission(makeAnswer(status, body), false);
        if (submission.is === "accepted") return;
        const definite = status >= 400 && status < 500 && ![408, 409, 499].includes(status);
        expect(refused.has(submission.fault.kind)).toBe(definite);
      },
    ),
    { numRuns: 2_000 },
  );
});

const asked = (exchange: Exchange) => answers.readStatusAnswer(exchange, REQUEST);

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
      expect(asked(makeAnswer(status, body))).toEqual({ is: "going", progress });
    }
  });

  test.for([
    [{}, null],
    [{ metrics: { inference_time: 1 } }, null],
    [{ error: null, error_type: null }, null],
    // This once counted as a stated failure, so that a plain 500 was free and bought again.
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
  ] as const)("is done after COMPLETED with %j, and states this failure: %s", ([more, failure]) => {
    expect(asked(makeAnswer(200, { status: "COMPLETED", ...more }))).toEqual({
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
    expect(asked(makeAnswer(status, body))).toMatchObject({ is: "fault", fault: { kind } });
  });

  test.for(["FAILED", "ERROR", "CANCELLED", "completed", "x"])(
    "reports the undocumented status %s as neither done nor in progress",
    (word) => {
      expect(asked(makeAnswer(200, { status: word }))).toEqual({ is: "unfamiliar", status: word });
    },
  );

  test.for(["COMPLETED", "IN_PROGRESS", "IN_QUEUE", "NOT_FOUND", "FAILED"])(
    "does not accept %s of another request",
    (word) => {
      const others = { status: word, request_id: "019da11f-0000" };
      expect(asked(makeAnswer(200, others))).toMatchObject({
        is: "fault",
        fault: { kind: "unreachable", why: "the status of another request came, 019da11f-0000" },
      });
      for (const own of [REQUEST, REQUEST.toUpperCase(), "", null, 7]) {
        const answer = asked(makeAnswer(200, { status: word, request_id: own }));
        expect(answer).toEqual(asked(makeAnswer(200, { status: word })));
      }
    },
  );

  test("is unknown without an answer", () => {
    for (const exchange of [
      { is: "lost", why: "nothing sent" },
      { is: "lost", why: "x" },
      { is: "not-connected", why: "x" },
    ] as const) {
      expect(asked(exchange)).toMatchObject({ fault: { kind: "unreachable" } });
    }
  });
});

const cancelled = (exchange: Exchange) => answers.readCancellation(exchange, REQUEST);

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
    expect(cancelled(makeAnswer(status, body)).is).toBe(is);
  });

  test("proves nothing without an answer", () => {
    expect(cancelled({ is: "lost", why: "reset" }).is).toBe("fault");
    expect(cancelled({ is: "lost", why: "nothing sent" }).is).toBe("fault");
  });

  test("proves nothing if an error status says OK", () => {
    expect(cancelled(makeAnswer(502, { status: "OK" })).is).toBe("fault");
  });
});

describe("the reason of a fault", () => {
  const why = (exchange: Exchange): string => {
    const submission = answers.readSubmission(exchange, false);
    return submission.is === "fault" ? submission.fault.why : "";
  };

  test("quotes fal", () => {
    expect(why(makeAnswer(403, { detail: "User is locked. Reason: Exhausted balance" }))).toBe(
      "the order was answered 403: User is locked. Reason: Exhausted balance",
    );
    const detail = [{ loc: ["body", "prompt"], msg: "too long", type: "sequence_too_long" }];
    expect(why(makeAnswer(422, { detail }))).toBe(
      "the order was answered 422: too long (sequence_too_long at body.prompt)",
    );
    expect(why(makeAnswer(503, { detail: "no runner", error_type: "runner_disconnected" }))).toBe(
      "the order was answered 503: no runner (runner_disconnected)",
    );
  });

  test("is short, whatever the answer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.string({ maxLength: 5_000 }),
        (status, text) => {
          expect(why(makeAnswer(status, text)).length).toBeLessThan(400);
        },
      ),
    );
    expect(why(makeAnswer(500, "x".repeat(100_000))).length).toBeLessThan(400);
  });
});
