import type { OtherVideo } from "./behaviour.ts";
import { listFields, isRecord, requiredImage, type Wrong, wrong } from "./checks.ts";
import type { Model } from "./models.ts";
import type { Ratio, VideoKind } from "./video.ts";

/** What an input orders: this is made and billed. */
export interface Order {
  readonly seconds: number;
  readonly ratio: Ratio;
  readonly audio: boolean;
  readonly voice: boolean;
}

type ReadInput = { readonly order: Order } | { readonly wrong: readonly Wrong[] };

type Input = Readonly<Record<string, unknown>>;

/**
 * Checks an input against its model's page, as fal does when the job runs. Null means absent. Whether fal refuses fields
 * that it does not know was not found: they are ignored here.
 */
export function readInput(model: Model, body: unknown): ReadInput {
  if (!isRecord(body))
    return { wrong: [wrong([], "dict_type", "Input should be an object", body)] };
  const found = [...checkFields(model, body), ...checkTogether(model, body)];
  return found.length > 0 ? { wrong: found } : { order: readOrder(model, body) };
}

function* checkFields(model: Model, input: Input): Generator<Wrong> {
  for (const [field, check] of Object.entries(listFields(model))) {
    const value = input[field] ?? null;
    if (value !== null) yield* check(value, [field]);
  }
  const image = requiredImage(model);
  if (image !== null && (input[image] ?? null) === null) {
    yield wrong([image], "missing", "Field required", input);
  }
}

// fal's pages say "either prompt or multi_prompt, not both", the lengths 3 to 15, and 1 to 6 shots for turbo. The number
// and total of shots elsewhere, and the limits of elements, are Kling's own rules. The texts that fal answers with were
// not found.
function* checkTogether(model: Model, input: Input): Generator<Wrong> {
  const shots = input["multi_prompt"] ?? null;
  // Whether an empty prompt counts for fal was not found: it does not here.
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
  if (model.family !== "turbo" && model.from !== "text") yield* checkElements(input);
}

function* checkElements(input: Input): Generator<Wrong> {
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

/** Reads an order. If duration and shots disagree, the shots decide, as in fal's example; what fal bills was not found. */
function readOrder(model: Model, input: Input): Order {
  const shots = input["multi_prompt"] ?? null;
  const ratio = input["aspect_ratio"];
  return {
    seconds: Array.isArray(shots) ? sumSeconds(shots) : Number(input["duration"] ?? 5),
    // A video from an image has the image's ratio, which is not looked up here.
    ratio: (model.from !== "image" && (ratio === "9:16" || ratio === "1:1") && ratio) || "16:9",
    audio: hasAudio(model, input),
    voice: asList(input["elements"]).some(
      (element) => isRecord(element) && (element["voice_id"] ?? null) !== null,
    ),
  };
}

/** Whether it has sound. If left out: yes on V3, no on O3. Turbo has no such field; its page speaks of lipsync: yes. */
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

/** Returns which video is delivered: the one ordered, unless the behaviour says otherwise. */
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

/** Counts units exactly: they are whole tenths. */
export function countUnits(model: Model, order: Order, moreSeconds = 0): string {
  const { rates } = model;
  const rate = order.audio ? (order.voice ? rates.voice : rates.audio) : rates.silent;
  const tenths = rate * (order.seconds + moreSeconds);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

export function areUnits(text: string): boolean {
  return /^\d+(?:\.\d{1,6})?$/.test(text);
}

/** Returns billionths of a dollar, from units in decimals with at most six places. */
export function priceUnits(model: Model, units: string): bigint {
  const [whole = "", places = ""] = units.split(".");
  if (!areUnits(units)) throw new Error(`not billable units: ${units}`);
  return BigInt(whole + places.padEnd(6, "0")) * BigInt(model.unitPrice);
}

/** Writes dollars as decimals, with at least two places. */
export function writeDollars(billionths: bigint): string {
  const whole = billionths / 1_000_000_000n;
  const places = String(billionths % 1_000_000_000n).padStart(9, "0");
  return `${whole}.${places.slice(0, 2)}${places.slice(2).replace(/0+$/, "")}`;
}
