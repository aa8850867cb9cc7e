import type { OtherVideo } from "./behaviour.ts";
import { listFields, isRecord, requiredImage, type Wrong, wrong } from "./checks.ts";
import type { Model } from "./models.ts";
import type { Ratio, VideoKind } from "./video.ts";

/** What is made and billed. */
export interface Order {
  readonly seconds: number;
  readonly ratio: Ratio;
  readonly audio: boolean;
  readonly voice: boolean;
}

type ReadInput = { readonly order: Order } | { readonly wrong: readonly Wrong[] };

type Input = Readonly<Record<string, unknown>>;

/**
 * Holds an input against its model's page as fal does when the job runs. Null is absent. Whether fal refuses fields
 * it does not know was not found: they are ignored here.
 */
export function readInput(model: Model, body: unknown): ReadInput {
  if (!isRecord(body))
    return { wrong: [wrong([], "dict_type", "Input should be an object", body)] };
  const found = [...wrongFields(model, body), ...wrongTogether(model, body)];
  return found.length > 0 ? { wrong: found } : { order: readOrder(model, body) };
}

function* wrongFields(model: Model, input: Input): Generator<Wrong> {
  for (const [field, check] of Object.entries(listFields(model))) {
    const value = input[field] ?? null;
    if (value !== null) yield* check(value, [field]);
  }
  const image = requiredImage(model);
  if (image !== null && (input[image] ?? null) === null) {
    yield wrong([image], "missing", "Field required", input);
  }
}

// fal's pages say "either prompt or multi_prompt, not both", the lengths 3 to 15, and 1 to 6 shots for turbo. The shots'
// number and total elsewhere are Kling's own rules, and so are the elements'; which texts fal answers was not found.
function* wrongTogether(model: Model, input: Input): Generator<Wrong> {
  const shots = input["multi_prompt"] ?? null;
  // Whether fal takes an empty prompt for one was not found: no.
  const prompted = (input["prompt"] ?? "") !== "";
  if (shots === null && !prompted) yield wrong(["prompt"], "missing", "Field required", input);
  if (shots !== null && prompted) {
    const both = "Either prompt or multi_prompt must be provided, but not both";
    yield wrong(["prompt"], "value_error", both, input["prompt"]);
  }
  if (Array.isArray(shots)) {
    const total = sumSeconds(shots);
    if (shots.length === 0 || shots.length > 6) {
      yield wrong(["multi_prompt"], "value_error", "There must be 1 to 6 shots", shots);
    } else if (total < 3 || total > 15) {
      yield wrong(["multi_prompt"], "value_error", "The shots must last 3 to 15 seconds", shots);
    }
  }
  if (model.family !== "turbo" && model.from !== "text") yield* wrongElements(input);
}

function* wrongElements(input: Input): Generator<Wrong> {
  const elements = asList(input["elements"]).filter(isRecord);
  const videos = elements.filter((element) => (element["video_url"] ?? null) !== null).length;
  if (videos > 1) {
    yield wrong(["elements"], "value_error", "Only one video element is supported", elements);
  }
  const all = elements.length + asList(input["image_urls"]).length;
  const most = videos > 0 ? 4 : 7;
  if (all > most) {
    const text = `At most ${most} elements and reference images are supported`;
    yield wrong(["elements"], "sequence_too_long", text, elements, { max_length: most });
  }
}

/** When duration and shots disagree, fal's own example has the shots decide; what is billed then was not found. */
function readOrder(model: Model, input: Input): Order {
  const shots = input["multi_prompt"] ?? null;
  const ratio = input["aspect_ratio"];
  return {
    seconds: Array.isArray(shots) ? sumSeconds(shots) : Number(input["duration"] ?? 5),
    // From an image the video takes the image's ratio, which is not looked at here.
    ratio: (model.from !== "image" && (ratio === "9:16" || ratio === "1:1") && ratio) || "16:9",
    audio: hasAudio(model, input),
    voice: asList(input["elements"]).some(
      (element) => isRecord(element) && (element["voice_id"] ?? null) !== null,
    ),
  };
}

/** Left out, it is on for V3 and off for O3. Turbo has no such field, and its page tells of lipsync: sound is on. */
function hasAudio(model: Model, input: Input): boolean {
  if (model.family === "turbo") return true;
  const asked = input["generate_audio"] ?? null;
  return asked === null ? model.family === "v3" : asked === true;
}

function sumSeconds(shots: readonly unknown[]): number {
  return shots.reduce<number>(
    (total, shot) => total + Number((isRecord(shot) ? shot["duration"] : null) ?? 5),
    0,
  );
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What lies at the video's address: what was asked for, unless the behaviour says otherwise. */
export function chooseVideo(model: Model, order: Order, other: OtherVideo = {}): VideoKind {
  const ratio = other.ratio ?? order.ratio;
  return {
    seconds: other.seconds ?? order.seconds,
    ratio: ratio === "another" ? chooseAnother(order.ratio) : ratio,
    size: model.size,
    audio: other.audio ?? order.audio,
  };
}

function chooseAnother(ratio: Ratio): Ratio {
  return ratio === "16:9" ? "1:1" : "16:9";
}

/** Exact: tenths of a unit, whole. */
export function countUnits(model: Model, order: Order, moreSeconds = 0): string {
  const { rates } = model;
  const rate = order.audio ? (order.voice ? rates.voice : rates.audio) : rates.silent;
  const tenths = rate * (order.seconds + moreSeconds);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

export function areUnits(text: string): boolean {
  return /^\d+(?:\.\d{1,6})?$/.test(text);
}

/** Billionths of a dollar, from units in decimal text with at most six places. */
export function priceUnits(model: Model, units: string): bigint {
  const [whole = "", places = ""] = units.split(".");
  if (!areUnits(units)) throw new Error(`not billable units: ${units}`);
  return BigInt(whole + places.padEnd(6, "0")) * BigInt(model.unitPrice);
}

/** Dollars as decimal text, two places at least. */
export function writeDollars(billionths: bigint): string {
  const whole = billionths / 1_000_000_000n;
  const places = String(billionths % 1_000_000_000n).padStart(9, "0");
  return `${whole}.${places.slice(0, 2)}${places.slice(2).replace(/0+$/, "")}`;
}
