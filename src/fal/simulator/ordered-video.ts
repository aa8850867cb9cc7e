import type { OtherVideo } from "./behaviour.ts";
import type { Model } from "./models.ts";
import type { Order } from "./read-input.ts";
import type { Ratio, VideoKind } from "./video.ts";

/** What lies at the video's address: what was asked for, unless the behaviour says otherwise. */
export function videoKind(model: Model, order: Order, other: OtherVideo = {}): VideoKind {
  const ratio = other.ratio ?? order.ratio;
  return {
    seconds: other.seconds ?? order.seconds,
    ratio: ratio === "another" ? anotherThan(order.ratio) : ratio,
    size: model.size,
    audio: other.audio ?? order.audio,
  };
}

function anotherThan(ratio: Ratio): Ratio {
  return ratio === "16:9" ? "1:1" : "16:9";
}
