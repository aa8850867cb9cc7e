export interface TextPosition {
  /** One-based. */
  readonly line: number;
  /** One-based; counts characters, not UTF-16 halves. */
  readonly column: number;
}

/** A text someone wrote, by the name a person knows it under (`manifests/a.yaml`, `<stdin>`). */
export class SourceText {
  readonly name: string;
  readonly text: string;
  #lineStarts: readonly number[] | undefined;
  /** The last column counted: complaints come in order, and a line can be megabytes long. */
  #counted = { start: 0, offset: 0, characters: 0 };

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  findPosition(offset: number): TextPosition {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const line = this.findLine(at);
    return { line, column: this.#countCharacters(this.findLineStart(line), at) + 1 };
  }

  /** The one-based line of an offset. */
  findLine(offset: number): number {
    const starts = this.#findStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The offset at which a one-based line starts; of the line after the last, the text's end. */
  findLineStart(line: number): number {
    return this.#findStarts()[line - 1] ?? this.text.length;
  }

  #countCharacters(start: number, offset: number): number {
    const known = this.#counted;
    const goesOn = known.start === start && known.offset <= offset;
    const from = goesOn ? known.offset : start;
    const more = Array.from(this.text.slice(from, offset)).length;
    const characters = (goesOn ? known.characters : 0) + more;
    this.#counted = { start, offset, characters };
    return characters;
  }

  /** Found when the first complaint asks for a line: a manifest without mistakes never needs it. */
  #findStarts(): readonly number[] {
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
