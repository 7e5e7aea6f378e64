/**
 * Numbers of the blocks of a routine whose blocks of one shape all have the same steps, worked out once for each shape:
 * a product of a million small blocks has many million steps.
 */
import { chunkBox } from "../data/chunks.js";
import { countsOf } from "../data/region.js";
import type { Expr } from "../expr/expr.js";

/** Numbers by their owners and the shapes of blocks; see the head of this file. */
export class UniformNumbers<K extends object> {
  readonly #known = new WeakMap<K, Map<string, number>>();

  /** The number of a block of an expression. */
  of(owner: K, { meta }: Expr, block: readonly number[], workOut: () => number): number {
    let numbers = this.#known.get(owner);
    if (numbers === undefined) {
      numbers = new Map();
      this.#known.set(owner, numbers);
    }
    const shape = countsOf(chunkBox(meta.chunks, block)).join();
    const number = numbers.get(shape) ?? workOut();
    numbers.set(shape, number);
    return number;
  }
}
