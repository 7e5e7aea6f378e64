/**
 * Solutions of linear systems, and inverses, on TensorFlow. It refuses a matrix with a pivot that is 0 or NaN; see
 * matrices.ts for what follows.
 */
import { isComplex } from "../../data/dtype.js";
import { at } from "../../data/lists.js";
import type { TriangularParams } from "../../program/routines/factorizations.js";
import type { Block, RoutineCall } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { load, loadedThreads } from "./library.js";
import { areMatrices, attempt, diagonalOf, sideOf } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of the smallest matrices for which TensorFlow is faster: docs/design/0010. */
const smallestSide = { solve: 48, inv: 32, solveTriangular: 64 } as const;
/** The fewest multiplications of a triangular system for which it is faster: one or two right sides are soon done. */
const fewestMultiplications = 2 ** 18;

/** The shape of a right side that fits a matrix. */
function rightShape(inputs: readonly Block[]): readonly [number, number] {
  const n = sideOf(at(inputs, 0));
  const b = inputs[1];
  return [b?.shape[0] === n ? n : -1, b?.shape[1] ?? -1];
}

/** Stores the result of an operation on a matrix that must have an inverse. */
function storeRegular(operation: string, { inputs, outputs }: RoutineCall, tensors: Tensors): boolean {
  const result = attempt(() =>
    tensors.apply(
      operation,
      inputs.map((block) => tensors.of(block)),
    ),
  );
  if (result !== null) tensors.store(result, at(outputs, 0), { add: false });
  return result !== null;
}

/** A · X = B. */
export const solve: Implementation = {
  takes: (call) => areMatrices(call, [rightShape(call.inputs)], smallestSide.solve),
  run: (call, tensors) => storeRegular("MatrixSolve", call, tensors),
};

/**
 * From this side on the embedded inverse, whose products have all threads, is faster than TensorFlow's, which has one.
 */
const embeddedSide = 2500;

function hasThreads(): boolean {
  load();
  return (loadedThreads() ?? 1) > 1;
}

/** The inverse of a matrix. */
export const inv: Implementation = {
  takes(call) {
    const n = sideOf(at(call.inputs, 0));
    return areMatrices(call, [[n, n]], smallestSide.inv) && !(n >= embeddedSide && hasThreads());
  },
  run: (call, tensors) => storeRegular("MatrixInverse", call, tensors),
};

/** True if the diagonal has a 0, which the embedded routine reports. */
function isSingular(matrix: Block, tensors: Tensors): boolean {
  const n = sideOf(matrix);
  const view = tensors.view(matrix);
  if (!isComplex(matrix.dtype)) return diagonalOf(view, n, 1).includes(0);
  const imaginary = diagonalOf(view.subarray(1), n, 2);
  return diagonalOf(view, n, 2).some((x, i) => x === 0 && imaginary[i] === 0);
}

/**
 * T · X = B, or Tᵀ · X = B. TensorFlow always reads the diagonal, so one that is known to be 1 is put there; it has Tᴴ
 * only.
 */
export const solveTriangular: Implementation = {
  takes(call) {
    const [n, r] = rightShape(call.inputs);
    const shapes: readonly [number, number][] = [[n, r]];
    return n * n * r >= fewestMultiplications && areMatrices(call, shapes, smallestSide.solveTriangular);
  },
  run(call, tensors) {
    const { inputs, outputs, params } = call;
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const { lower, unit, transposed } = params as TriangularParams;
    if (!unit && isSingular(a, tensors)) return false;
    const conjugated = transposed && isComplex(a.dtype);
    const turn = (tensor: Tensor): Tensor => (conjugated ? tensors.apply("Conj", [tensor]) : tensor);
    let matrix = tensors.of(a);
    if (unit) matrix = tensors.apply("MatrixSetDiag", [matrix, tensors.ones(matrix.dtype, sideOf(a))]);
    const x = tensors.apply("MatrixTriangularSolve", [matrix, turn(tensors.of(b))], { lower, adjoint: transposed });
    tensors.store(turn(x), at(outputs, 0), { add: false });
    return true;
  },
};
