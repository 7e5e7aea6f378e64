/**
 * Singular values and eigenvalues, and their vectors, on TensorFlow, whose kernels are Eigen's: values come in LAPACK's order.
 *
 * Eigenvalues of a real matrix that is not symmetric stay embedded: TensorFlow computes them in complex numbers, which is slower
 * and takes conjugate pairs apart. Invariant: no number that is not finite gets there, for it would be told on standard error.
 */
import { LinAlgError } from "../../data/errors.js";
import type { Block, RoutineCall } from "../backend.js";
import type { EigParams } from "../routines/eig.js";
import type { EighParams } from "../routines/eigh.js";
import type { SvdParams } from "../routines/svd.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, attempt, isComplex, isEmpty, realOf, sideOf, writeIdentity } from "./matrices.js";
import type { Tensor, Tensors } from "./tensors.js";

/** The sides of real matrices from which on TensorFlow is faster: docs/design/0010. */
const smallest = { svd: 32, singularValues: 128, eigh: 32 } as const;

/** The first row with a number that is not finite, or −1. */
function wildRow(matrix: Block, tensors: Tensors): number {
  const view = tensors.view(matrix) as Float64Array;
  for (let i = 0; i < view.length; i++) {
    if (!Number.isFinite(view[i])) return Math.floor((i * matrix.shape[0]!) / view.length);
  }
  return -1;
}

/** The parts of what an operation gives in complex numbers, all of which are real. */
function realPart(tensor: Tensor, tensors: Tensors): Tensor {
  if (tensor.dtype !== "complex64" && tensor.dtype !== "complex128") return tensor;
  const real = realOf({ dtype: tensor.dtype });
  return tensors.run("Real", [tensor], [real], { Tout: real })[0]!;
}

/**
 * Runs an iteration on the input. Where it comes to no end, real matrices are left to the embedded routine, which may
 * or says why not.
 */
function iterate(
  call: RoutineCall,
  tensors: Tensors,
  operation: (matrix: Tensor) => readonly Tensor[],
): readonly Tensor[] | null {
  const matrix = call.inputs[0]!;
  const row = wildRow(matrix, tensors);
  const results = row < 0 ? attempt(() => operation(tensors.of(matrix))) : null;
  const converged = results !== null && !Number.isNaN(tensors.read(realPart(results[0]!, tensors))[0]!);
  if (converged) return results;
  if (!isComplex(matrix)) return null;
  const why = row < 0 ? "" : `: row ${row} holds a number that is not finite`;
  throw new LinAlgError(`${call.routine}: did not converge${why}`, {
    reason: "not converged",
    order: Math.max(0, row),
  });
}

/** Singular values are real also where the matrix is not. */
const isReal =
  (matrix: Block, place: number) =>
  (block: Block, i: number): boolean =>
    i === place && block.dtype === realOf(matrix);

/** U, S and Vᴴ, or S alone. */
export const svd: Implementation = {
  takes(call) {
    const { mode } = call.params as SvdParams;
    const [m = 0, n = 0] = call.inputs[0]!.shape;
    const k = Math.min(m, n);
    const [rows, columns] = mode === "complete" ? [m, n] : [k, k];
    const shapes = mode === "values" ? [[k]] : [[m, rows], [k], [columns, n]]; // biome-ignore format: a list
    return areMatrices(
      call,
      shapes,
      mode === "values" ? smallest.singularValues : smallest.svd,
      isReal(call.inputs[0]!, mode === "values" ? 0 : 1),
    );
  },
  run(call, tensors) {
    const { mode } = call.params as SvdParams;
    const { outputs } = call;
    if (isEmpty(call)) {
      if (mode !== "values") for (const block of [outputs[0]!, outputs[2]!]) writeIdentity(block, tensors);
      return true;
    }
    const attributes = { compute_uv: mode !== "values", full_matrices: mode === "complete" };
    const results = iterate(call, tensors, (matrix) => {
      const { dtype } = matrix;
      return tensors.run("Svd", [matrix], [dtype, dtype, dtype], attributes);
    });
    if (results === null) return false;
    const [s, u, v] = results as [Tensor, Tensor, Tensor];
    tensors.store(realPart(s, tensors), outputs[mode === "values" ? 0 : 1]!, { add: false });
    if (mode === "values") return true;
    tensors.store(u, outputs[0]!, { add: false });
    const turned = tensors.apply("ConjugateTranspose", [v, tensors.numbers([1, 0])]);
    tensors.store(turned, outputs[2]!, { add: false });
    return true;
  },
};

function eigenShapes({ inputs, params }: RoutineCall): readonly (readonly number[])[] {
  const n = sideOf(inputs[0]!);
  return (params as EighParams | EigParams).vectors ? [[n], [n, n]] : [[n]]; // biome-ignore format: a list
}

/** Eigenvalues of a symmetric or Hermitian matrix, of which the lower triangle is read, and their vectors in columns. */
export const eigh: Implementation = {
  takes: (call) => areMatrices(call, eigenShapes(call), smallest.eigh, isReal(call.inputs[0]!, 0)),
  run(call, tensors) {
    const { vectors } = call.params as EighParams;
    if (isEmpty(call)) return true;
    const results = iterate(call, tensors, (matrix) =>
      tensors.run("SelfAdjointEigV2", [matrix], [matrix.dtype, matrix.dtype], { compute_v: vectors }),
    );
    if (results === null) return false;
    tensors.store(realPart(results[0]!, tensors), call.outputs[0]!, { add: false });
    if (vectors) tensors.store(results[1]!, call.outputs[1]!, { add: false });
    return true;
  },
};

/** Gives every column length 1, and a largest component that is real. */
function normalizeColumns(block: Block, tensors: Tensors): void {
  const view = tensors.view(block) as Float64Array;
  const n = block.shape[0]!;
  for (let j = 0; j < 2 * n; j += 2) {
    let [largest, place, sum] = [-1, j, 0];
    for (let p = j; p < view.length; p += 2 * n) {
      const square = view[p]! ** 2 + view[p + 1]! ** 2;
      sum += square;
      if (square > largest) [largest, place] = [square, p];
    }
    const size = Math.sqrt(largest * sum);
    if (size === 0) continue;
    const [c, s] = [view[place]! / size, -view[place + 1]! / size];
    for (let p = j; p < view.length; p += 2 * n) {
      const [x, y] = [view[p]!, view[p + 1]!];
      view[p] = x * c - y * s;
      view[p + 1] = x * s + y * c;
    }
    view[place + 1] = 0;
  }
}

/** Eigenvalues of a complex matrix, and their vectors in columns. */
export const eig: Implementation = {
  complexOnly: true,
  takes: (call) => areMatrices(call, eigenShapes(call), Number.POSITIVE_INFINITY),
  run(call, tensors) {
    const { vectors } = call.params as EigParams;
    const { outputs } = call;
    if (isEmpty(call)) return true;
    const results = iterate(call, tensors, (matrix) => {
      const { dtype } = matrix;
      return tensors.run("Eig", [matrix], [dtype, dtype], { compute_v: vectors, Tout: dtype });
    });
    if (results === null) return false;
    tensors.store(results[0]!, outputs[0]!, { add: false });
    if (!vectors) return true;
    tensors.store(results[1]!, outputs[1]!, { add: false });
    normalizeColumns(outputs[1]!, tensors);
    return true;
  },
};
