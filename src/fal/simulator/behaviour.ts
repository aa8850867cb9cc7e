import type { Outcome } from "./outcomes.ts";
import type { Ratio } from "./video.ts";

/**
 * What goes wrong with the answer to the POST. `reset`: none, the connection is dropped. `truncated`: half of the
 * JSON. `html`: 200 with a login page. `hang`: none, the connection stays open. A number: that status.
 */
export type SubmitFault = "reset" | "truncated" | "html" | "hang" | number;

/** The same for the answers about a job that exists; `fine` lets one pass. */
type AnswerFault = SubmitFault | "fine";

/** `slow`: ten pieces, half a simulated second apart. `cut`: dropped half way. */
type DownloadFault = "slow" | "cut" | "hang" | "fine" | number;

/** What may differ from the video that was asked for. */
export interface OtherVideo {
  /** Whole. */
  readonly seconds?: number;
  /** `another`: wide instead of square or tall, square instead of wide. */
  readonly ratio?: Ratio | "another";
  readonly audio?: boolean;
  /** Its address answers 404. */
  readonly gone?: boolean;
}

/** What happens to one POST and to the job it may become. Whatever is left out goes well. */
export interface Behaviour {
  readonly submit?: SubmitFault;
  /**
   * Whether a POST with a `submit` fault became a job all the same. Left out: it did for reset, truncated and hang,
   * and did not for html and a status.
   */
  readonly acceptedAnyway?: boolean;
  /** Of a 429, real seconds: the Retry-After header. */
  readonly retryAfterSeconds?: number;
  /** Simulated, as all seconds below. */
  readonly queueSeconds?: number;
  readonly generateSeconds?: number;
  readonly outcome?: Outcome;
  /** `cut`: ends after its first event. `silent`: opens, says nothing, never ends. `missing`: 404. */
  readonly stream?: "cut" | "silent" | "missing";
  /** What the first, second, … such request meets; those after the last go well. */
  readonly status?: readonly AnswerFault[];
  readonly result?: readonly AnswerFault[];
  readonly download?: readonly DownloadFault[];
  /** For so long after the POST fal knows nothing of the job: status, stream, result and cancel answer 404. */
  readonly lostSeconds?: number;
  /**
   * Left out: removed while queued, requested-finishes while running. The first two end the job at once, unbilled;
   * `already` and `not-found` answer so whatever the job does, and change nothing.
   */
  readonly cancel?: "removed" | "requested-stops" | "requested-finishes" | "already" | "not-found";
  /** The header and the bill; null: no header, billed all the same. */
  readonly billableUnits?: string | null;
  /** Billed above the seconds of the order. */
  readonly moreBilledSeconds?: number;
  readonly video?: OtherVideo;
  /** Without x-fal-simulated in any answer about it: to look like the real fal. */
  readonly simulatedHeader?: false;
}

const ACCEPTED_UNLESS_TOLD: ReadonlySet<SubmitFault> = new Set(["reset", "truncated", "hang"]);

export function isAccepted({ submit, acceptedAnyway }: Behaviour): boolean {
  return submit === undefined || (acceptedAnyway ?? ACCEPTED_UNLESS_TOLD.has(submit));
}
