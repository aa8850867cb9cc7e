import { add, type MicroUsd, NOTHING, subtract } from "../money.ts";

/**
 * Sums money from any moment on: a Fenwick tree over the moments at which money was held, in the order of time. Holds
 * come in that order unless a clock was set back; then all later ones move up by one.
 */
export class MoneySince {
  #moments: number[] = [];
  #amounts: MicroUsd[] = [];
  #tree: MicroUsd[] = [];

  /** Adds to what was held at a moment, in milliseconds UTC; a negative amount subtracts. */
  add(at: number, amount: MicroUsd): void {
    const index = this.#firstFrom(at);
    if (this.#moments[index] === at) {
      this.#amounts[index] = add(this.#amounts[index] ?? NOTHING, amount);
      this.#raise(index, amount);
      return;
    }
    this.#moments.splice(index, 0, at);
    this.#amounts.splice(index, 0, amount);
    if (index === this.#moments.length - 1) this.#append(index);
    else this.#plant();
  }

  /** Returns the sum from a moment on. */
  since(from: number): MicroUsd {
    return subtract(this.#before(this.#moments.length), this.#before(this.#firstFrom(from)));
  }

  #firstFrom(at: number): number {
    let [low, high] = [0, this.#moments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#moments[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #before(count: number): MicroUsd {
    let total = NOTHING;
    for (let node = count; node > 0; node -= node & -node) {
      total = add(total, this.#tree[node - 1] ?? NOTHING);
    }
    return total;
  }

  #raise(index: number, amount: MicroUsd): void {
    for (let node = index + 1; node <= this.#tree.length; node += node & -node) {
      this.#tree[node - 1] = add(this.#tree[node - 1] ?? NOTHING, amount);
    }
  }

  /** A node sums the amounts after its parent's last one, up to its own. */
  #append(index: number): void {
    const node = index + 1;
    const from = this.#before(node - (node & -node));
    const upTo = this.#before(index);
    this.#tree.push(add(subtract(upTo, from), this.#amounts[index] ?? NOTHING));
  }

  #plant(): void {
    this.#tree = [];
    for (const index of this.#moments.keys()) this.#append(index);
  }
}
