/**
 * The factors P · L · U of complex matrices, and their determinants, on TensorFlow. The embedded routines do real ones as fast.
 *
 * TensorFlow's own determinants are exponentials of a sum of logarithms, which are wrong in the last digits; so they are made
 * of the pivots here. Invariant: a singular matrix has factors, and the determinant 0.
 */
import type { Block, RoutineCall } from "../backend.js";
import { type ComplexFactors, eliminate } from "./elimination.js";
import type { Implementation } from "./implementation.js";
import { areMatrices, attempt, isComplex, isEmpty, realOf, sideOf, writeIdentity } from "./matrices.js";
import type { Tensors } from "./tensors.js";

/** The embedded routines are as fast for real matrices. */
const never = Number.POSITIVE_INFINITY;

/** The factors of a complex matrix. TensorFlow has them for square ones that are not singular. */
function factorsOf(matrix: Block, tensors: Tensors): ComplexFactors {
  const [m, n] = matrix.shape as [number, number];
  const tensor = tensors.of(matrix);
  const result = m === n ? attempt(() => tensors.run("Lu", [tensor], [tensor.dtype, "int32"])) : null;
  if (result === null) return eliminate(tensors.view(matrix) as Float64Array, m, n);
  const [factors, order] = result.map((part) => tensors.read(part));
  return { factors: factors as Float64Array, order: order as Int32Array };
}

/** P, or the order of the rows. */
function writeOrder(order: Int32Array, block: Block, tensors: Tensors): void {
  const view = tensors.view(block);
  if (block.dtype === "int64") return void (view as BigInt64Array).set(Array.from(order, BigInt));
  view.fill(0 as never);
  const width = isComplex(block) ? 2 : 1;
  for (const [i, row] of order.entries()) view[width * (row * order.length + i)] = 1;
}

/** P or the order of the rows, L and U. */
export const lu: Implementation = {
  complexOnly: true,
  takes(call) {
    const [m = 0, n = 0] = call.inputs[0]!.shape;
    const k = Math.min(m, n);
    const vector = call.outputs[0]?.dtype === "int64";
    const isPermutation = (block: Block, i: number): boolean =>
      i === 0 && (vector || block.dtype === realOf(call.inputs[0]!));
    return areMatrices(call, [vector ? [m] : [m, m], [m, k], [k, n]], never, isPermutation);
  },
  run(call, tensors) {
    const [permutation, lower, upper] = call.outputs as [Block, Block, Block];
    const [m, n] = call.inputs[0]!.shape as [number, number];
    if (isEmpty(call)) {
      writeOrder(
        Int32Array.from({ length: m }, (_, i) => i),
        permutation,
        tensors,
      );
      return true;
    }
    const { factors, order } = factorsOf(call.inputs[0]!, tensors);
    writeOrder(order, permutation, tensors);
    const [l, u] = [tensors.view(lower) as Float64Array, tensors.view(upper) as Float64Array];
    writeIdentity(lower, tensors);
    u.fill(0);
    const k = Math.min(m, n);
    for (let i = 0; i < m; i++) {
      const row = factors.subarray(2 * i * n, 2 * (i + 1) * n);
      l.set(row.subarray(0, 2 * Math.min(i, k)), 2 * i * k);
      if (i < k) u.set(row.subarray(2 * i), 2 * (i * n + i));
    }
    return true;
  },
};

/** The pivots, real and imaginary parts by turns, and the sign of the permutation. */
function pivotsOf(call: RoutineCall, tensors: Tensors): { pivots: Float64Array; sign: 1 | -1 } {
  if (isEmpty(call)) return { pivots: new Float64Array(0), sign: 1 };
  const n = sideOf(call.inputs[0]!);
  const { factors, order } = factorsOf(call.inputs[0]!, tensors);
  const pivots = Float64Array.from({ length: 2 * n }, (_, i) => factors[2 * (i >> 1) * (n + 1) + (i & 1)]!);
  let sign: 1 | -1 = 1;
  // every cycle of even length is an odd permutation
  const seen = new Uint8Array(n);
  for (let start = 0; start < n; start++) {
    for (let i = order[start]!; seen[start] === 0 && i !== start; i = order[i]!) {
      seen[i] = 1;
      sign = sign === 1 ? -1 : 1;
    }
  }
  return { pivots, sign };
}

/** The determinant of a complex matrix. */
export const det: Implementation = {
  complexOnly: true,
  takes: (call) => sideOf(call.inputs[0]!) >= 0 && areMatrices(call, [[1]], never),
  run(call, tensors) {
    const { pivots, sign } = pivotsOf(call, tensors);
    let [re, im]: [number, number] = [sign, 0];
    for (let i = 0; i < pivots.length; i += 2) {
      const [x, y] = [pivots[i]!, pivots[i + 1]!];
      [re, im] = [re * x - im * y, re * y + im * x];
    }
    (tensors.view(call.outputs[0]!) as Float64Array).set([re + 0, im + 0]); // not -0
    return true;
  },
};

/** The determinant's direction in the complex plane, 0 if it is 0, and the logarithm of its size, a real number. */
export const slogdet: Implementation = {
  complexOnly: true,
  takes: (call) =>
    sideOf(call.inputs[0]!) >= 0 &&
    areMatrices(call, [[1], [1]], never, (block, i) => i === 1 && block.dtype === realOf(call.inputs[0]!)), // biome-ignore format: a list
  run(call, tensors) {
    const { pivots, sign } = pivotsOf(call, tensors);
    let [re, im, log]: [number, number, number] = [sign, 0, 0];
    for (let i = 0; i < pivots.length; i += 2) {
      const size = Math.hypot(pivots[i]!, pivots[i + 1]!);
      const [x, y] = size === 0 ? [0, 0] : [pivots[i]! / size, pivots[i + 1]! / size];
      [re, im] = [re * x - im * y, re * y + im * x];
      log += Math.log(size);
    }
    const [direction, logarithm] = call.outputs.map((block) => tensors.view(block) as Float64Array);
    direction!.set([re + 0, im + 0]); // not -0
    logarithm!.fill(0);
    logarithm![0] = log;
    return true;
  },
};
