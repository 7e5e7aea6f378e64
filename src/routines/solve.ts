/** What follows from the factors P · L · U: solutions, the inverse, determinants. */
import type { Complex } from "../data/dtype.js";
import { LinAlgError } from "../data/errors.js";
import { checkBlocks, misfit, sideOf } from "./blocks.js";
import { numberAt, times } from "./complex/rows.js";
import { type Factors, factorize } from "./lu.js";
import {
  at,
  hasImaginaryParts,
  isZero,
  type Matrix,
  type MatrixKernels,
  type Multiply,
  part,
  store,
  storeColumns,
  Workspace,
  widthOf,
} from "./matrix.js";
import type { RoutineArguments, RoutineArray } from "./routine.js";
import { halfOf, solveTriangle } from "./triangular.js";

/** The factors of an input that must have an inverse. */
function regular(name: string, input: RoutineArray, space: Workspace, kernels: MatrixKernels): Factors {
  const result = factorize(space.load(input), space, kernels);
  const { factors } = result;
  for (let i = 0; i < factors.rows; i++) {
    if (!isZero(factors, i, i)) continue;
    throw new LinAlgError(`${name}: singular matrix: pivot ${i} is 0`, { reason: "singular", order: i });
  }
  return result;
}

function substitute(factors: Matrix, x: Matrix, kernels: MatrixKernels): void {
  solveTriangle(factors, x, { lower: true, unit: true }, kernels);
  solveTriangle(factors, x, { lower: false, unit: false }, kernels);
}

/** The routine `solve`: inputs [n, n] and [n, r], the output [n, r]. */
export function solve(call: RoutineArguments): void {
  const [a, b] = call.inputs;
  const n = sideOf("solve", a!);
  checkBlocks("solve", call);
  if (b!.shape[0] !== n) throw misfit("solve", call.inputs, call.outputs);
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const { factors, order } = regular("solve", a!, space, call);
  const x = space.load(b!, order);
  substitute(factors, x, call);
  store(x, call.outputs[0]!);
}

/** Triangles up to this are multiplied with the zeros above them: products of halves are less efficient. */
const WHOLE_TRIANGLE_ROWS = 512;

/** Subtracts A · T from C, where T is a lower triangle with zeros above it, which take no time. */
function subtractTriangular(c: Matrix, a: Matrix, t: Matrix, multiply: Multiply): void {
  const n = t.rows;
  if (n <= WHOLE_TRIANGLE_ROWS) return void multiply(c, a, t, -1);
  const half = halfOf(n);
  const [left, right] = [part(c, 0, 0, c.rows, half), part(c, 0, half, c.rows, n - half)];
  const [first, last] = [part(a, 0, 0, a.rows, half), part(a, 0, half, a.rows, n - half)];
  subtractTriangular(left, first, part(t, 0, 0, half, half), multiply);
  multiply(left, last, part(t, half, 0, n - half, half), -1);
  subtractTriangular(right, last, part(t, half, half, n - half, n - half), multiply);
}

/** Turns the identity into L⁻¹, by halves, so that the zeros above it take no time. */
function invertLower(l: Matrix, x: Matrix, kernels: MatrixKernels): void {
  const n = l.rows;
  if (kernels.solveSmall(l, x, { lower: true, unit: true })) return;
  const half = halfOf(n);
  const quarter = (of: Matrix, i: 0 | 1, j: 0 | 1): Matrix =>
    part(of, i * half, j * half, i === 0 ? half : n - half, j === 0 ? half : n - half);
  invertLower(quarter(l, 0, 0), quarter(x, 0, 0), kernels);
  invertLower(quarter(l, 1, 1), quarter(x, 1, 1), kernels);
  subtractTriangular(quarter(x, 1, 0), quarter(l, 1, 0), quarter(x, 0, 0), kernels.multiply);
  solveTriangle(quarter(l, 1, 1), quarter(x, 1, 0), { lower: true, unit: true }, kernels);
}

/** The routine `inv`: the input [n, n], the output of the same shape. */
export function inv(call: RoutineArguments): void {
  const n = sideOf("inv", call.inputs[0]!);
  checkBlocks("inv", call);
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const { factors, order } = regular("inv", call.inputs[0]!, space, call);
  const x = space.identity(n, n);
  invertLower(factors, x, call);
  solveTriangle(factors, x, { lower: false, unit: false }, call);
  // P · A = L · U, so the columns of U⁻¹ · L⁻¹ change their places
  storeColumns(x, order, call.outputs[0]!);
}

/** A pivot, with an imaginary part of 0 where the matrix is real. */
function pivotOf(factors: Matrix, i: number): Complex {
  return hasImaginaryParts(factors) ? numberAt(factors, i, i) : { re: at(factors, i, i), im: 0 };
}

function putNumber({ re, im }: Complex, to: RoutineArray): void {
  to.data[0] = re + 0; // not -0
  if (widthOf(to) === 2) to.data[1] = im + 0;
}

/** The sign of the determinant and the logarithm of its size: a product of many numbers leaves the range of floats. */
function logarithm(call: RoutineArguments): [sign: Complex, log: number] {
  const n = sideOf("slogdet", call.inputs[0]!);
  checkBlocks("slogdet", call);
  const space = new Workspace(call.workspace, call.inputs[0]!);
  const result = factorize(space.load(call.inputs[0]!), space, call);
  let [sign, log]: [Complex, number] = [{ re: result.sign, im: 0 }, 0];
  for (let i = 0; i < n; i++) {
    const { re, im } = pivotOf(result.factors, i);
    const size = im === 0 ? Math.abs(re) : Math.hypot(re, im);
    sign = times(sign, size === 0 ? { re: 0, im: 0 } : { re: re / size, im: im / size });
    log += Math.log(size);
  }
  return [sign, log];
}

/** The routine `slogdet`: the input [n, n]; the outputs, of one element each, are the sign and the logarithm. */
export function slogdet(call: RoutineArguments): void {
  const [sign, log] = logarithm(call);
  putNumber(sign, call.outputs[0]!);
  putNumber({ re: log, im: 0 }, call.outputs[1]!);
}

/** The routine `det`: the input [n, n], the output of one element. */
export function det(call: RoutineArguments): void {
  const n = sideOf("det", call.inputs[0]!);
  checkBlocks("det", call);
  const input = call.inputs[0]!;
  const space = new Workspace(call.workspace, input);
  const { factors, sign } = factorize(space.load(input), space, call);
  let product: Complex = { re: sign, im: 0 };
  for (let i = 0; i < n; i++) {
    const pivot = pivotOf(factors, i);
    product = hasImaginaryParts(factors) ? times(product, pivot) : { re: product.re * pivot.re, im: 0 };
  }
  putNumber(product, call.outputs[0]!);
}
