/** A text someone wrote, by the name a person knows it under (`manifests/a.yaml`, `<stdin>`). */
export class SourceText {
  #lineStarts: readonly number[] | undefined;

  readonly name: string;
  readonly text: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** One-based line and column of an offset; columns count characters, not UTF-16 halves. */
  positionOf(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#starts();
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const column = Array.from(this.text.slice(starts[low] ?? 0, at)).length + 1;
    return { line: low + 1, column };
  }

  /** The text of a one-based line, without its line break. */
  line(number: number): string {
    const starts = this.#starts();
    const start = starts[number - 1] ?? this.text.length;
    const end = starts[number] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, "");
  }

  /** Found on the first complaint only: a clean manifest never pays for it. */
  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1)) {
        starts.push(at + 1);
      }
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}
