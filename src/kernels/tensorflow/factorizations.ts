/**
 * The factors of Cholesky and Q · R on TensorFlow, which uses the kernels of Eigen.
 *
 * Eigen's Householder reflections have LAPACK's signs, except that it takes −0 for positive, and squares numbers
 * without scaling them. {@link isTame} excludes both.
 */
import { isComplex, type TypedArray } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { CholeskyParams, QrParams } from "../../program/routines/factorizations.js";
import { isMuchTaller } from "../../routines/cholesky-qr.js";
import { storeIdentity } from "../../routines/matrix.js";
import type { Block } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, diagonalOf, realOf, sideOf } from "./matrices.js";
import type { Tensors } from "./tensors.js";

/** The sides of the smallest matrices for which TensorFlow is faster: docs/design/0010. */
const smallestSide = { cholesky: 96, qr: 32 } as const;

/**
 * Whether there is a factor. For a matrix that is not positive definite, TensorFlow silently leaves a triangle of NaN,
 * or of zeros if it is complex.
 */
function isFactor(view: TypedArray, side: number, width: number): boolean {
  return diagonalOf(view, side, width).every((x) => x > 0);
}

/** L of A = L · Lᴴ, or U = Lᴴ. */
export const cholesky: Implementation = {
  takes(call) {
    const n = sideOf(at(call.inputs, 0));
    return areMatrices(call, [[n, n]], smallestSide.cholesky);
  },
  run(call, tensors) {
    const [input, output] = [at(call.inputs, 0), at(call.outputs, 0)];
    const matrix = tensors.of(input);
    const lower = tensors.apply("Cholesky", [matrix]);
    const { upper } = call.params as CholeskyParams;
    const factor = upper ? tensors.apply("ConjugateTranspose", [lower, tensors.numbers([1, 0])]) : lower;
    tensors.store(factor, output, { add: false });
    return isFactor(tensors.view(output), sideOf(output), isComplex(input.dtype) ? 2 : 1);
  },
};

/**
 * The range of the largest number of a matrix in which squares neither overflow nor vanish; see the head of this file.
 */
const tameRange = { float32: [1e-10, 1e17], float64: [1e-130, 1e150] } as const;

/** True where Eigen's reflections and LAPACK's are the same. */
function isTame(matrix: Block, tensors: Tensors): boolean {
  let largest = 0;
  for (const x of tensors.floats(matrix)) {
    if (Number.isNaN(x) || (x === 0 && 1 / x < 0)) return false;
    largest = Math.max(largest, Math.abs(x));
  }
  const [least, most] = tameRange[realOf(matrix)];
  return largest >= least && largest <= most;
}

/**
 * Q and R. TensorFlow always forms Q, so R alone is left to the embedded routine, as are matrices much taller than
 * wide, which that routine turns into products.
 */
export const qr: Implementation = {
  takes(call) {
    const { mode } = call.params as QrParams;
    const [m = 0, n = 0] = at(call.inputs, 0).shape;
    const k = mode === "complete" ? m : Math.min(m, n);
    if (mode === "r" || (mode !== "complete" && isMuchTaller(at(call.inputs, 0)))) return false;
    const middle = mode === "factored" ? [[k, k]] : [];
    return areMatrices(call, [[m, k], ...middle, [k, n]], smallestSide.qr);
  },
  run(call, tensors) {
    const { mode } = call.params as QrParams;
    const matrix = at(call.inputs, 0);
    if (!isTame(matrix, tensors)) return false;
    const tensor = tensors.of(matrix);
    const factors = tensors.run("Qr", [tensor], [tensor.dtype, tensor.dtype], { full_matrices: mode === "complete" });
    const { outputs } = call;
    tensors.store(at(factors, 0), at(outputs, 0), { add: false });
    tensors.store(at(factors, 1), at(outputs, outputs.length - 1), { add: false });
    if (mode === "factored") storeIdentity({ ...at(outputs, 1), data: tensors.view(at(outputs, 1)) });
    return true;
  },
};
