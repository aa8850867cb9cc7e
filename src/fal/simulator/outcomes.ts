/** How a job that failed tells it, by fal's own names for errors. */
interface Failure {
  readonly status: number;
  /** `model`: a `detail` list in pydantic's shape. `request`: `{detail, error_type}`, and so in the status answer. */
  readonly told: "model" | "request";
  readonly message: string;
  /** Of the header x-fal-billable-units. */
  readonly units: "0" | null;
}

// fal's own input errors carry units of 0. Whether a refusal by Kling does was not found: as theirs. 5xx is never
// billed; that it comes without the header is our guess.
const FAILURES = {
  content_policy_violation: {
    status: 422,
    told: "model",
    message: "The content could not be processed because it was flagged by a content checker.",
    units: "0",
  },
  no_media_generated: {
    status: 422,
    told: "model",
    message: "The model generated no media for this input.",
    units: "0",
  },
  downstream_service_error: {
    status: 500,
    told: "model",
    message: "The downstream service failed.",
    units: null,
  },
  generation_timeout: {
    status: 504,
    told: "model",
    message: "The generation took too long.",
    units: null,
  },
  runner_server_error: {
    status: 500,
    told: "request",
    message: "The runner answered with an error.",
    units: null,
  },
  runner_disconnected: {
    status: 503,
    told: "request",
    message: "The runner disconnected.",
    units: null,
  },
  client_cancelled: {
    status: 499,
    told: "request",
    message: "The request was cancelled.",
    units: null,
  },
} as const satisfies Readonly<Record<string, Failure>>;

export type FailureName = keyof typeof FAILURES;
export type Outcome = "video" | FailureName;

export function failure(name: FailureName): Failure {
  return FAILURES[name];
}
