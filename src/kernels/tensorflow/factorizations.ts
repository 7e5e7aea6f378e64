/**
 * The factors of Cholesky and Q · R on TensorFlow, whose kernels are Eigen's.
 *
 * Eigen's Householder reflections have LAPACK's signs, with two exceptions that {@link isTame} keeps away: it takes −0 for
 * positive, and squares numbers without scaling them.
 */
import type { TypedArray } from "../../data/dtype.js";
import { LinAlgError } from "../../data/errors.js";
import type { Block } from "../backend.js";
import type { CholeskyParams } from "../routines/cholesky.js";
import type { QrParams } from "../routines/qr.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, diagonalOf, isComplex, isEmpty, realOf, sideOf, writeIdentity } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of real matrices from which on TensorFlow is faster: docs/design/0010. */
const smallest = { cholesky: 96, qr: 32 } as const;

/**
 * Whether there is a factor: where the matrix is not positive definite, TensorFlow leaves a triangle of NaN without a word, or of
 * zeros if it is complex.
 */
function isFactor(view: TypedArray, side: number, width: number): boolean {
  return diagonalOf(view, side, width).every((x) => x > 0);
}

/** The order of the smallest leading minor that is not positive definite: all larger ones are not, either. */
function minorOf(matrix: Tensor, tensors: Tensors): number {
  const isDefinite = (order: number): boolean => {
    const size = [order, order];
    const minor = tensors.apply("Slice", [matrix, tensors.numbers([0, 0]), tensors.numbers(size)]);
    const factor = tensors.apply("Cholesky", [minor]);
    return isFactor(tensors.read(factor), order, 2);
  };
  let [definite, not] = [0, matrix.shape[0]!];
  while (not - definite > 1) {
    const middle = Math.floor((definite + not) / 2);
    if (isDefinite(middle)) definite = middle;
    else not = middle;
  }
  return not;
}

/** L of A = L · Lᴴ, or U = Lᴴ. */
export const cholesky: Implementation = {
  takes(call) {
    const n = sideOf(call.inputs[0]!);
    return areMatrices(call, [[n, n]], smallest.cholesky);
  },
  run(call, tensors) {
    if (isEmpty(call)) return true;
    const [input, output] = [call.inputs[0]!, call.outputs[0]!];
    const matrix = tensors.of(input);
    const lower = tensors.apply("Cholesky", [matrix]);
    const { upper } = call.params as CholeskyParams;
    const factor = upper ? tensors.apply("ConjugateTranspose", [lower, tensors.numbers([1, 0])]) : lower;
    tensors.store(factor, output, { add: false });
    const width = isComplex(input) ? 2 : 1;
    if (isFactor(tensors.view(output), sideOf(output), width)) return true;
    if (width === 1) return false;
    const order = minorOf(matrix, tensors);
    throw new LinAlgError(`cholesky: the leading minor of order ${order} is not positive definite`, {
      reason: "not positive definite",
      order,
    });
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

/** Q and R. TensorFlow always forms Q, so R alone is taken of complex matrices only. */
export const qr: Implementation = {
  takes(call) {
    const { mode } = call.params as QrParams;
    const [m = 0, n = 0] = call.inputs[0]!.shape;
    const k = mode === "complete" ? m : Math.min(m, n);
    const shapes = mode === "r" ? [[k, n]] : [[m, k], [k, n]]; // biome-ignore format: a list
    return areMatrices(call, shapes, mode === "r" ? Number.POSITIVE_INFINITY : smallest.qr);
  },
  run(call, tensors) {
    const { outputs } = call;
    const { mode } = call.params as QrParams;
    if (isEmpty(call)) {
      for (const block of outputs) writeIdentity(block, tensors);
      return true;
    }
    const matrix = call.inputs[0]!;
    // complex matrices have nowhere else to go
    if (!isComplex(matrix) && !isTame(matrix, tensors)) return false;
    const tensor = tensors.of(matrix);
    const factors = tensors.run("Qr", [tensor], [tensor.dtype, tensor.dtype], { full_matrices: mode === "complete" });
    for (const [i, block] of outputs.entries()) tensors.store(factors[mode === "r" ? 1 : i]!, block, { add: false });
    return true;
  },
};
