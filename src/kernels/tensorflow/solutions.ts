/**
 * Solutions of linear systems, and inverses, on TensorFlow. It refuses a matrix of which a pivot is 0 or NaN; see matrices.ts
 * for what follows.
 */
import { isComplex } from "../../data/dtype.js";
import type { TriangularParams } from "../../program/routines/factorizations.js";
import type { Block, RoutineCall } from "../../routines/routine.js";
import type { Implementation } from "./implementation.js";
import { load, loadedThreads } from "./library.js";
import { areMatrices, attempt, diagonalOf, sideOf } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of matrices from which on TensorFlow is faster: docs/design/0010. */
const smallest = { solve: 48, inv: 32, solveTriangular: 64 } as const;
/** The same of the products that a triangular system takes: one or two right sides are soon done. */
const fewest = 2 ** 18;

/** The shape of a right side that fits a matrix. */
function rightShape([a, b]: readonly Block[]): readonly [number, number] {
  const n = sideOf(a!);
  return [b?.shape[0] === n ? n : -1, b?.shape[1] ?? -1];
}

/** Stores what an operation gives for a matrix that must have an inverse. */
function storeRegular(operation: string, { inputs, outputs }: RoutineCall, tensors: Tensors): boolean {
  const result = attempt(() =>
    tensors.apply(
      operation,
      inputs.map((block) => tensors.of(block)),
    ),
  );
  if (result !== null) tensors.store(result, outputs[0]!, { add: false });
  return result !== null;
}

/** A · X = B. */
export const solve: Implementation = {
  takes: (call) => areMatrices(call, [rightShape(call.inputs)], smallest.solve),
  run: (call, tensors) => storeRegular("MatrixSolve", call, tensors),
};

/** TensorFlow's inverse has one thread: from this side on, the embedded one, whose products have all threads, is faster. */
const largest = 2500;

function hasThreads(): boolean {
  load();
  return (loadedThreads() ?? 1) > 1;
}

/** The inverse of a matrix. */
export const inv: Implementation = {
  takes(call) {
    const n = sideOf(call.inputs[0]!);
    return areMatrices(call, [[n, n]], smallest.inv) && !(n >= largest && hasThreads());
  },
  run: (call, tensors) => storeRegular("MatrixInverse", call, tensors),
};

/** True where the diagonal has a 0, of which the embedded routine tells. */
function isSingular(matrix: Block, tensors: Tensors): boolean {
  const n = sideOf(matrix);
  const view = tensors.view(matrix);
  if (!isComplex(matrix.dtype)) return diagonalOf(view, n, 1).includes(0);
  const imaginary = diagonalOf(view.subarray(1), n, 2);
  return diagonalOf(view, n, 2).some((x, i) => x === 0 && imaginary[i] === 0);
}

/** T · X = B, or Tᵀ · X = B. TensorFlow reads every diagonal, so one that is known to be 1 is put there, and knows of Tᴴ only. */
export const solveTriangular: Implementation = {
  takes(call) {
    const [n, r] = rightShape(call.inputs);
    return n * n * r >= fewest && areMatrices(call, [[n, r]], smallest.solveTriangular); // biome-ignore format: a list
  },
  run(call, tensors) {
    const { inputs, outputs, params } = call;
    const [a, b] = inputs as [Block, Block];
    const { lower, unit, transposed } = params as TriangularParams;
    if (!unit && isSingular(a, tensors)) return false;
    const conjugated = transposed && isComplex(a.dtype);
    const turn = (tensor: Tensor): Tensor => (conjugated ? tensors.apply("Conj", [tensor]) : tensor);
    let matrix = tensors.of(a);
    if (unit) matrix = tensors.apply("MatrixSetDiag", [matrix, tensors.ones(matrix.dtype, a.shape[0]!)]);
    const x = tensors.apply("MatrixTriangularSolve", [matrix, turn(tensors.of(b))], { lower, adjoint: transposed });
    tensors.store(turn(x), outputs[0]!, { add: false });
    return true;
  },
};
