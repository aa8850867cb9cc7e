/** How a job that failed tells it, by fal's own names for errors. */
interface Failure {
  readonly status: number;
  /**
   * `model`: a `detail` list in pydantic's shape. `app`: a `detail` of text alone. `request`: `{detail, error_type}`,
   * and so in the status answer.
   */
  readonly told: "model" | "app" | "request";
  readonly message: string;
  /** Of the header x-fal-billable-units. */
  readonly units: "0" | null;
}

// fal's class for what is refused at run time sends no units, and the platform may then bill its default. Units of 0
// come from pydantic's validation at the start and from a path that the app does not have. That Kling's apps are built
// on that class is a guess by the shape of their errors. 5xx is never billed, says the pricing page; units come with
// none of them.
const FAILURES = {
  content_policy_violation: {
    status: 422,
    told: "model",
    message: "The content could not be processed because it was flagged by a content checker.",
    units: null,
  },
  no_media_generated: {
    status: 422,
    told: "model",
    message: "The model generated no media for this input.",
    units: null,
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
  path_not_found: {
    status: 404,
    told: "app",
    message: "Path /v3/pro/text-to-video not found",
    units: "0",
  },
  // Of an app that lets itself be stopped; the others go on and deliver.
  client_cancelled: {
    status: 499,
    told: "app",
    message: "Request cancelled by the client.",
    units: null,
  },
} as const satisfies Readonly<Record<string, Failure>>;

export type FailureName = keyof typeof FAILURES;
export type Outcome = "video" | FailureName;

export function failure(name: FailureName): Failure {
  return FAILURES[name];
}
