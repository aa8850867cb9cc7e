/** JSON is YAML: any text can be written into a manifest of these shots. */
export function manifestOf(shots: readonly object[], head: object = {}): string {
  const all = shots.map((shot, index) => ({
    id: `s${index}`,
    model: "kling-v3-turbo-pro",
    prompt: "Lake.",
    ...shot,
  }));
  return JSON.stringify({ topsheet: 1, campaign: "film", ...head, shots: all });
}
