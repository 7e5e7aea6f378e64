/**
 * Solutions of linear systems, and inverses, on TensorFlow. It refuses a matrix of which a pivot is 0 or NaN; see matrices.ts
 * for what follows.
 */
import { LinAlgError } from "../../data/errors.js";
import type { Block, RoutineCall } from "../backend.js";
import type { TriangularParams } from "../routines/triangular.js";
import { eliminate, zeroPivot } from "./elimination.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, attempt, diagonalOf, isComplex, isEmpty, sideOf } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of real matrices from which on TensorFlow is faster: docs/design/0010. */
const smallest = { solve: 48, inv: 32, solveTriangular: 64 } as const;
/** The same of the products that a triangular system takes: one or two right sides are soon done. */
const fewest = 2 ** 18;

/** The shape of a right side that fits a matrix. */
function rightShape([a, b]: readonly Block[]): readonly [number, number] {
  const n = sideOf(a!);
  return [b?.shape[0] === n ? n : -1, b?.shape[1] ?? -1];
}

/** Stores what an operation gives for a matrix that must have an inverse. */
function storeRegular(operation: string, call: RoutineCall, tensors: Tensors): boolean {
  const { routine, inputs, outputs } = call;
  if (isEmpty(call)) return true;
  const result = attempt(() =>
    tensors.apply(
      operation,
      inputs.map((block) => tensors.of(block)),
    ),
  );
  if (result !== null) tensors.store(result, outputs[0]!, { add: false });
  else if (isComplex(inputs[0]!)) refuse(routine, inputs[0]!, outputs[0]!, tensors);
  return result !== null || isComplex(inputs[0]!);
}

/** Says of a complex matrix what is wrong with it; one that holds NaN gives NaN. */
function refuse(name: string, matrix: Block, output: Block, tensors: Tensors): void {
  const n = sideOf(matrix);
  const numbers = tensors.view(matrix) as Float64Array;
  const order = zeroPivot(eliminate(numbers, n, n));
  if (order < 0 && !numbers.every(Number.isFinite)) return void (tensors.view(output) as Float64Array).fill(Number.NaN);
  // a pivot that is 0 by TensorFlow's rounding alone is the last one: all that come before divide
  const pivot = order < 0 ? n - 1 : order;
  throw new LinAlgError(`${name}: singular matrix: pivot ${pivot} is 0`, { reason: "singular", order: pivot });
}

/** A · X = B. */
export const solve: Implementation = {
  takes: (call) => areMatrices(call, [rightShape(call.inputs)], smallest.solve),
  run: (call, tensors) => storeRegular("MatrixSolve", call, tensors),
};

/** The inverse of a matrix. */
export const inv: Implementation = {
  takes(call) {
    const n = sideOf(call.inputs[0]!);
    return areMatrices(call, [[n, n]], smallest.inv);
  },
  run: (call, tensors) => storeRegular("MatrixInverse", call, tensors),
};

function checkDiagonal(matrix: Block, tensors: Tensors): void {
  const n = sideOf(matrix);
  const view = tensors.view(matrix);
  const width = isComplex(matrix) ? 2 : 1;
  const real = diagonalOf(view, n, width);
  const imaginary = width === 1 ? null : diagonalOf(view.subarray(1), n, width);
  const order = real.findIndex((x, i) => x === 0 && (imaginary === null || imaginary[i] === 0));
  if (order < 0) return;
  throw new LinAlgError(`solveTriangular: singular matrix: the diagonal is 0 at ${order}`, {
    reason: "singular",
    order,
  });
}

/** T · X = B, or Tᵀ · X = B. TensorFlow reads every diagonal, so one that is known to be 1 is put there, and knows of Tᴴ only. */
export const solveTriangular: Implementation = {
  takes(call) {
    const [n, r] = rightShape(call.inputs);
    const pays = isComplex(call.inputs[0]!) || n * n * r >= fewest;
    return pays && areMatrices(call, [[n, r]], smallest.solveTriangular); // biome-ignore format: a list
  },
  run(call, tensors) {
    const { inputs, outputs, params } = call;
    const [a, b] = inputs as [Block, Block];
    const { lower, unit, transposed } = params as TriangularParams;
    if (isEmpty(call)) return true;
    if (!unit) checkDiagonal(a, tensors);
    const conjugated = transposed && isComplex(a);
    const turn = (tensor: Tensor): Tensor => (conjugated ? tensors.apply("Conj", [tensor]) : tensor);
    let matrix = tensors.of(a);
    if (unit) matrix = tensors.apply("MatrixSetDiag", [matrix, tensors.ones(matrix.dtype, a.shape[0]!)]);
    const x = tensors.apply("MatrixTriangularSolve", [matrix, turn(tensors.of(b))], { lower, adjoint: transposed });
    tensors.store(turn(x), outputs[0]!, { add: false });
    return true;
  },
};
