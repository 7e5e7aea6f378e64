/**
 * The part that the implementations of factorizations share: which blocks they take, and what follows when TensorFlow
 * refuses.
 *
 * TensorFlow does them from some size on. The embedded routine does smaller ones, and those for which TensorFlow finds
 * no answer.
 *
 * Invariant: a call that the embedded routine can do is never an error here. A matrix that TensorFlow finds singular is
 * tried again embedded, which either throws the typed error with the right order or has an answer (NaN, for example).
 */
import { factsOf, type TypedArray } from "../../data/dtype.js";
import { NativeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { Block, RoutineCall } from "../../routines/routine.js";

/** The dtype of the real parts of a block. */
export function realOf({ dtype }: Pick<Block, "dtype">): "float32" | "float64" {
  return dtype === "float32" || dtype === "complex64" ? "float32" : "float64";
}

/**
 * True for floating matrices of one dtype, whose sides are at least `smallest`, and outputs of these shapes. The
 * outputs have the same dtype, unless `isOther` allows another one.
 */
export function areMatrices(
  call: RoutineCall,
  shapes: readonly (readonly number[])[],
  smallest: number,
  isOther: (block: Block, index: number) => boolean = () => false,
): boolean {
  const { inputs, outputs, first } = call;
  const [matrix] = inputs;
  if (!first || matrix === undefined || outputs.length !== shapes.length) return false;
  const { kind } = factsOf(matrix.dtype);
  if (kind !== "float" && kind !== "complex") return false;
  if (Math.min(...matrix.shape) < smallest || isEmpty(call)) return false;
  return (
    inputs.every(({ dtype, shape }) => dtype === matrix.dtype && shape.length === 2) &&
    outputs.every((output, i) => {
      const { dtype, shape } = output;
      return (dtype === matrix.dtype || isOther(output, i)) && sizeOf(shape) === sizeOf(at(shapes, i));
    })
  );
}

/** The side of a square matrix; −1, which fits no block, for any other matrix. */
export function sideOf({ shape: [m, n] }: Block): number {
  return m !== undefined && m === n ? m : -1;
}

/** True where there is nothing to compute. */
function isEmpty({ inputs }: RoutineCall): boolean {
  return inputs.some(({ shape }) => shape.includes(0));
}

/** The result of an operation, or null if it refuses the numbers: a matrix that has no inverse, or holds NaN. */
export function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof NativeError && error.status === "INVALID_ARGUMENT") return null;
    throw error;
  }
}

/** The diagonal of a square matrix; numbers of the matrix are `width` numbers of the view. */
export function diagonalOf(view: TypedArray, side: number, width: number): Float64Array {
  return Float64Array.from({ length: side }, (_, i) => Number(view[width * i * (side + 1)]));
}
