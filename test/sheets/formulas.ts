import * as XLSX from "@e965/xlsx";

// Computes what our formulas need, by Excel's documentation: SUM, SUMPRODUCT, ROUND, and arithmetic cell by cell on
// ranges.

type Scalar = number | string | boolean;
type Value = Scalar | readonly Scalar[];

/** Computes a formula of a sheet as a spreadsheet does, from values alone: no cached result counts. */
export function computeFormula(workbook: XLSX.WorkBook, sheet: string, formula: string): number {
  const value = new Formula(workbook, sheet, formula).value();
  if (typeof value !== "number") throw new Error(`${formula} is ${JSON.stringify(value)}`);
  return value;
}

const TOKEN =
  /\s*(?:('(?:[^']|'')+'!)?(\$?[A-Z]+\$?\d+)(?::(\$?[A-Z]+\$?\d+))?|([A-Z]+)(?=\()|(\d+(?:\.\d+)?)|([-+*/=(),]))/y;

class Formula {
  readonly #workbook: XLSX.WorkBook;
  readonly #sheet: string;
  readonly #tokens: RegExpExecArray[] = [];
  #at = 0;

  constructor(workbook: XLSX.WorkBook, sheet: string, formula: string) {
    this.#workbook = workbook;
    this.#sheet = sheet;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < formula.length) {
      const from = TOKEN.lastIndex;
      const token = TOKEN.exec(formula);
      if (token === null) throw new Error(`cannot read ${formula.slice(from)}`);
      this.#tokens.push(token);
    }
  }

  value(): Value {
    const value = this.#compared();
    if (this.#at < this.#tokens.length) throw new Error("more than one value");
    return value;
  }

  #compared(): Value {
    let left = this.#added();
    // A spreadsheet ignores the case of text, and an empty cell equals an empty text.
    while (this.#took("="))
      left = applyToEach(left, this.#added(), (a, b) =>
        typeof a === "string" && typeof b === "string"
          ? a.toLowerCase() === b.toLowerCase()
          : a === b,
      );
    return left;
  }

  #added(): Value {
    let left = this.#multiplied();
    for (;;) {
      if (this.#took("+"))
        left = applyToEach(left, this.#multiplied(), (a, b) => Number(a) + Number(b));
      else if (this.#took("-"))
        left = applyToEach(left, this.#multiplied(), (a, b) => Number(a) - Number(b));
      else return left;
    }
  }

  #multiplied(): Value {
    let left = this.#single();
    while (this.#took("*"))
      left = applyToEach(left, this.#single(), (a, b) => Number(a) * Number(b));
    return left;
  }

  #single(): Value {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    const [text = "", sheet, from, to, name, number] = token ?? [];
    if (number !== undefined) return Number(number);
    if (from !== undefined) return this.#range(sheet, from, to);
    if (name === undefined && text.trim() !== "(") throw new Error(`unexpected ${text}`);
    if (name !== undefined) this.#took("(");
    const values = [this.#compared()];
    while (this.#took(",")) values.push(this.#compared());
    if (!this.#took(")")) throw new Error("a bracket that never closes");
    return name === undefined ? (values[0] ?? 0) : callFunction(name, values);
  }

  #took(text: string): boolean {
    if (this.#tokens[this.#at]?.[0].trim() !== text) return false;
    this.#at += 1;
    return true;
  }

  #range(sheet: string | undefined, from: string, to: string | undefined): Value {
    const name = sheet?.slice(1, -2).replaceAll("''", "'") ?? this.#sheet;
    const cells = this.#workbook.Sheets[name];
    if (cells === undefined) throw new Error(`no sheet ${name}`);
    const { s, e } = XLSX.utils.decode_range(`${from}:${to ?? from}`.replaceAll("$", ""));
    const values: Scalar[] = [];
    for (let row = s.r; row <= e.r; row += 1) {
      for (let column = s.c; column <= e.c; column += 1) {
        const cell: XLSX.CellObject | undefined =
          cells[XLSX.utils.encode_cell({ r: row, c: column })];
        if (cell?.f !== undefined) values.push(computeFormula(this.#workbook, name, cell.f));
        else if (cell?.v === undefined) values.push("");
        else if (cell.v instanceof Date) throw new Error("no formula of ours takes a date");
        else values.push(cell.v);
      }
    }
    return to === undefined ? (values[0] ?? "") : values;
  }
}

function applyToEach(left: Value, right: Value, by: (a: Scalar, b: Scalar) => Scalar): Value {
  const [a, b] = [left, right];
  if (isList(a)) return a.map((value, index) => by(value, isList(b) ? (b[index] ?? "") : b));
  return isList(b) ? b.map((value) => by(a, value)) : by(a, b);
}

function isList(value: Value): value is readonly Scalar[] {
  return typeof value === "object";
}

function callFunction(name: string, values: readonly Value[]): number {
  const numbers = values.flatMap((value) => value).map(Number);
  const [first = 0, second = 0] = numbers;
  if (name === "SUM" || name === "SUMPRODUCT") {
    if (values.length !== 1) throw new Error(`${name} of several`);
    return numbers.reduce((total, value) => total + value, 0);
  }
  if (name === "ROUND") return Math.round(first * 10 ** second) / 10 ** second;
  throw new Error(`no function ${name}`);
}
