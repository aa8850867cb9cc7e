/** Manifests of a given size, all valid. */

export function flat(shots: number): string {
  const text = Array.from(
    { length: shots },
    (_, index) => `  - id: shot-${index}
    scene: "${index % 40}"
    model: kling-v3-turbo-pro
    prompt: A neon-lit skyline at dusk number ${index}, slow dolly in, rain on glass, cinematic light.
    duration: ${3 + (index % 13)}
    tags: [draft]
`,
  );
  return `topsheet: 1\ncampaign: flat\nshots:\n${text.join("")}`;
}

/** Each shot a matrix of ten by ten by ten. */
export function multiplied(shots: number): string {
  const values = (letter: string): string =>
    Array.from({ length: 10 }, (_, index) => `${letter}${index}`).join(", ");
  const text = Array.from(
    { length: shots },
    (_, index) => `  - id: shot-${index}
    model: kling-v3-turbo-pro
    prompt: A \${{ matrix.colour }} skyline number ${index}, \${{ matrix.lens }} lens, \${{ matrix.light }} light.
    duration: ${3 + (index % 13)}
    matrix:
      colour: [${values("c")}]
      lens: [${values("l")}]
      light: [${values("d")}]
`,
  );
  return `topsheet: 1\ncampaign: multiplied\nshots:\n${text.join("")}`;
}
