/**
 * Singular values and eigenvalues, and their vectors, on TensorFlow, which uses the kernels of Eigen: values come in
 * LAPACK's order.
 *
 * Eigenvalues of matrices that are not symmetric stay embedded: TensorFlow computes those of real matrices in complex
 * numbers, which is slower and separates conjugate pairs. Invariant: TensorFlow gets finite numbers only, since it
 * reports others on standard error.
 */

import { isComplex } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { EigenParams, SvdParams } from "../../program/routines/factorizations.js";
import type { Block, RoutineCall } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, attempt, realOf, sideOf } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of the smallest matrices for which TensorFlow is faster: docs/design/0010. */
const smallestSide = { svd: 32, singularValues: 128, eigh: 32 } as const;

/** True if all numbers are finite. */
function isTame(matrix: Block, tensors: Tensors): boolean {
  for (const x of tensors.floats(matrix)) if (!Number.isFinite(x)) return false;
  return true;
}

/** The real part of a result that is complex, but whose numbers are all real. */
function realPart(tensor: Tensor, tensors: Tensors): Tensor {
  if (tensor.dtype !== "complex64" && tensor.dtype !== "complex128") return tensor;
  const real = realOf({ dtype: tensor.dtype });
  return at(tensors.run("Real", [tensor], [real], { Tout: real }), 0);
}

/** Stores real values into a block that may be complex. */
function storeValues(values: Tensor, block: Block, tensors: Tensors): void {
  tensors.store(isComplex(block.dtype) ? values : realPart(values, tensors), block, { add: false });
}

/**
 * Runs an iteration on the input. If it does not converge, the matrix is left to the embedded routine, which may
 * converge or says why it does not.
 */
function iterate(
  call: RoutineCall,
  tensors: Tensors,
  operation: (matrix: Tensor) => readonly Tensor[],
): readonly Tensor[] | null {
  const matrix = at(call.inputs, 0);
  const results = isTame(matrix, tensors) ? attempt(() => operation(tensors.of(matrix))) : null;
  const converged = results !== null && !Number.isNaN(Number(tensors.read(realPart(at(results, 0), tensors))[0]));
  return converged ? results : null;
}

/** Singular values are real even if the matrix is not. */
const isReal =
  (matrix: Block, place: number) =>
  (block: Block, i: number): boolean =>
    i === place && block.dtype === realOf(matrix);

/** U, S and Vᴴ, or S alone. */
export const svd: Implementation = {
  takes(call) {
    const { mode } = call.params as SvdParams;
    const [m = 0, n = 0] = at(call.inputs, 0).shape;
    const k = Math.min(m, n);
    const [rows, columns] = mode === "complete" ? [m, n] : [k, k];
    const shapes = mode === "values" ? [[k]] : [[m, rows], [k], [columns, n]]; // biome-ignore format: a list
    return areMatrices(
      call,
      shapes,
      mode === "values" ? smallestSide.singularValues : smallestSide.svd,
      isReal(at(call.inputs, 0), mode === "values" ? 0 : 1),
    );
  },
  run(call, tensors) {
    const { mode } = call.params as SvdParams;
    const { outputs } = call;
    const attributes = { compute_uv: mode !== "values", full_matrices: mode === "complete" };
    const results = iterate(call, tensors, (matrix) => {
      const { dtype } = matrix;
      return tensors.run("Svd", [matrix], [dtype, dtype, dtype], attributes);
    });
    if (results === null) return false;
    storeValues(at(results, 0), at(outputs, mode === "values" ? 0 : 1), tensors);
    if (mode === "values") return true;
    tensors.store(at(results, 1), at(outputs, 0), { add: false });
    const turned = tensors.apply("ConjugateTranspose", [at(results, 2), tensors.numbers([1, 0])]);
    tensors.store(turned, at(outputs, 2), { add: false });
    return true;
  },
};

function eigenShapes({ inputs, params }: RoutineCall): readonly (readonly number[])[] {
  const n = sideOf(at(inputs, 0));
  return (params as EigenParams).vectors ? [[n], [n, n]] : [[n]]; // biome-ignore format: a list
}

/**
 * Eigenvalues of a symmetric or Hermitian matrix, of which the lower triangle is read, and their vectors in columns.
 */
export const eigh: Implementation = {
  takes: (call) => areMatrices(call, eigenShapes(call), smallestSide.eigh, isReal(at(call.inputs, 0), 0)),
  run(call, tensors) {
    const { vectors } = call.params as EigenParams;
    const results = iterate(call, tensors, (matrix) =>
      tensors.run("SelfAdjointEigV2", [matrix], [matrix.dtype, matrix.dtype], { compute_v: vectors }),
    );
    if (results === null) return false;
    storeValues(at(results, 0), at(call.outputs, 0), tensors);
    if (vectors) tensors.store(at(results, 1), at(call.outputs, 1), { add: false });
    return true;
  },
};
