/** A shot of 3 s on turbo pro, $0.42. */
export interface Shot {
  readonly id: string;
  readonly prompt?: string;
  readonly takes?: number;
  readonly priority?: number;
  readonly duration?: number;
  readonly model?: string;
  readonly matrix?: Readonly<Record<string, readonly string[]>>;
}

export const COST = 420_000;

/** A manifest of the campaign `proof`. What is not stated is left out, so that what is remembered counts. */
export function manifest(
  shots: readonly Shot[],
  { budget, concurrency }: { readonly budget?: object; readonly concurrency?: number } = {},
): string {
  const written = {
    topsheet: 1,
    campaign: "proof",
    ...(budget === undefined ? {} : { budget }),
    ...(concurrency === undefined ? {} : { concurrency }),
    defaults: { model: "kling-v3-turbo-pro", duration: 3 },
    shots: shots.map((shot) => ({ prompt: `The prompt of ${shot.id}.`, ...shot })),
  };
  // JSON is YAML.
  return `${JSON.stringify(written, null, 2)}\n`;
}

/** As many shots, each with a prompt of its own: `s01`, `s02` and so on. */
export function shots(count: number, from = 1): readonly Shot[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `s${String(index + from).padStart(2, "0")}`,
  }));
}
