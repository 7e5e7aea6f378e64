/**
 * The factors of Cholesky and Q · R on TensorFlow, whose kernels are Eigen's.
 *
 * Eigen's Householder reflections have LAPACK's signs, with two exceptions that {@link isTame} keeps away: it takes −0 for
 * positive, and squares numbers without scaling them.
 */
import { isComplex, type TypedArray } from "../../data/dtype.js";
import type { CholeskyParams, QrParams } from "../../program/routines/factorizations.js";
import { isMuchTaller } from "../../routines/cholesky-qr.js";
import { storeIdentity } from "../../routines/matrix.js";
import type { Block } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, diagonalOf, realOf, sideOf } from "./matrices.js";
import type { Tensors } from "./tensors.js";

/** The sides of matrices from which on TensorFlow is faster: docs/design/0010. */
const smallest = { cholesky: 96, qr: 32 } as const;

/**
 * Whether there is a factor: where the matrix is not positive definite, TensorFlow leaves a triangle of NaN without a word, or of
 * zeros if it is complex.
 */
function isFactor(view: TypedArray, side: number, width: number): boolean {
  return diagonalOf(view, side, width).every((x) => x > 0);
}

/** L of A = L · Lᴴ, or U = Lᴴ. */
export const cholesky: Implementation = {
  takes(call) {
    const n = sideOf(call.inputs[0]!);
    return areMatrices(call, [[n, n]], smallest.cholesky);
  },
  run(call, tensors) {
    const [input, output] = [call.inputs[0]!, call.outputs[0]!];
    const matrix = tensors.of(input);
    const lower = tensors.apply("Cholesky", [matrix]);
    const { upper } = call.params as CholeskyParams;
    const factor = upper ? tensors.apply("ConjugateTranspose", [lower, tensors.numbers([1, 0])]) : lower;
    tensors.store(factor, output, { add: false });
    return isFactor(tensors.view(output), sideOf(output), isComplex(input.dtype) ? 2 : 1);
  },
};

/** Ranges of the largest number of a matrix in which squares neither overflow nor get lost; see the head of this file. */
const tame = { float32: [1e-10, 1e17], float64: [1e-130, 1e150] } as const;

/** True where Eigen's reflections and LAPACK's are the same. */
function isTame(matrix: Block, tensors: Tensors): boolean {
  const view = tensors.view(matrix) as Float64Array;
  let largest = 0;
  for (let i = 0; i < view.length; i++) {
    const x = view[i]!;
    if (Number.isNaN(x) || (x === 0 && 1 / x < 0)) return false;
    largest = Math.max(largest, Math.abs(x));
  }
  const [least, most] = tame[realOf(matrix)];
  return largest >= least && largest <= most;
}

/**
 * Q and R. TensorFlow always forms Q, so R alone is left to the embedded routine, as are matrices much taller than wide, of which that
 * makes products.
 */
export const qr: Implementation = {
  takes(call) {
    const { mode } = call.params as QrParams;
    const [m = 0, n = 0] = call.inputs[0]!.shape;
    const k = mode === "complete" ? m : Math.min(m, n);
    if (mode === "r" || (mode !== "complete" && isMuchTaller(call.inputs[0]!))) return false;
    return areMatrices(
      call,
      mode === "factored"
        ? [
            [m, k],
            [k, k],
            [k, n],
          ]
        : [
            [m, k],
            [k, n],
          ],
      smallest.qr,
    );
  },
  run(call, tensors) {
    const { mode } = call.params as QrParams;
    const matrix = call.inputs[0]!;
    if (!isTame(matrix, tensors)) return false;
    const tensor = tensors.of(matrix);
    const factors = tensors.run("Qr", [tensor], [tensor.dtype, tensor.dtype], { full_matrices: mode === "complete" });
    tensors.store(factors[0]!, call.outputs[0]!, { add: false });
    tensors.store(factors[1]!, call.outputs.at(-1)!, { add: false });
    const [, turn] = call.outputs;
    if (mode === "factored") storeIdentity({ ...turn!, data: tensors.view(turn!) });
    return true;
  },
};
