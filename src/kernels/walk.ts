/**
 * The way of a call through memory, without the places where it begins: counts and strides.
 *
 * Calls of one loop that have the same walk differ in their offsets only. So whatever follows from a walk, such as the
 * iteration shape, is worked out once for all tiles of a piece.
 */
import { sameEntries } from "../data/lists.js";
import type { LoopCall, LoopOperand } from "./backend.js";

/** See the head of this file. */
export class Walk {
  readonly #counts: readonly number[];
  /** One list for each operand, inputs first. */
  readonly #strides: readonly (readonly number[])[];

  /** Copies what it needs of a call, because callers reuse their lists. */
  constructor({ counts, inputs, results }: LoopCall) {
    this.#counts = [...counts];
    this.#strides = [...inputs, ...results].map(({ strides }) => [...strides]);
  }

  /** Whether a call, of the same loop, has this walk. */
  isOf({ counts, inputs, results }: LoopCall): boolean {
    return (
      sameEntries(this.#counts, counts) &&
      this.#areOf(inputs, 0) &&
      this.#areOf(results, this.#strides.length - results.length)
    );
  }

  #areOf(operands: readonly LoopOperand[], first: number): boolean {
    for (let k = 0; k < operands.length; k++) {
      if (!sameEntries(this.#strides[first + k]!, operands[k]!.strides)) return false;
    }
    return true;
  }
}
