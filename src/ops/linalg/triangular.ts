/**
 * Triangular systems and Cholesky factors of matrices of any size, by columns of blocks.
 *
 *     ┌ L₀          ┐   a column of blocks: what is left of A after the columns before it,
 *     │ L₁₀ L₁      │   Pₖ = Aₖ − [Lₖ₀ … Lₖ,ₖ₋₁] · [top rows of it]ᴴ        one product, streamed along its inner axis
 *     └ L₂₀ L₂₁ L₂  ┘   Lₖ = cholesky(top of Pₖ), and below it Pₖ · Lₖ⁻ᴴ
 *
 * (Left-looking; Golub and Van Loan, 4.2.6.) A task holds some blocks. Matrices that fit into one block take one call.
 */

import type { DType } from "../../data/dtype.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { at } from "../../data/lists.js";
import { checkOptions } from "../../data/options.js";
import { shown } from "../../data/shown.js";
import type { FloatingOf } from "../../data/typed.js";
import { subtract } from "../arithmetic.js";
import { broadcastShapes, broadcastTo } from "../broadcast.js";
import { concat } from "../concat.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import { matmul } from "../products/matmul.js";
import { rechunk } from "../rechunk.js";
import { astype } from "../selection.js";
import { slice } from "../slice.js";
import { fullExpr } from "../sources.js";
import { expandDims, squeeze } from "../transpose.js";
import type { Floated, MadeArray, TypedHandle, WithDType } from "../typed-handle.js";
import {
  adjoint,
  asMatrices,
  asSquare,
  commonFloat,
  heightOf,
  matrixRoutine,
  sidesOf,
  widthOf,
} from "./whole-matrix.js";

/** The side of the blocks of a large matrix. */
const BLOCK_SIDE = 1024;
/** The side of the largest matrix that takes one call. */
const LARGEST_SINGLE_SIDE = 2048;

/** The options of {@link cholesky}. */
export interface CholeskyOptions {
  /** True for U = Lᴴ with A = Uᴴ · U. Default: false. */
  readonly upper?: boolean;
}

/** The options of {@link solveTriangular}. */
export interface TriangularOptions {
  /** True if the matrix is lower triangular. Default: false. */
  readonly lower?: boolean;
  /** True if the diagonal counts as 1. Default: false. */
  readonly unitDiagonal?: boolean;
}

/** Some rows and columns of matrices. */
export function submatrix<A extends Handle>(
  x: A,
  rows: readonly [number, number],
  columns: readonly [number, number],
): A {
  return slice(x, [...x.expr.meta.shape.slice(0, -2).map(() => null), rows, columns]);
}

/** Where the blocks of a side begin and end. */
function blocksOf(n: number, side = BLOCK_SIDE): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(n / side) }, (_, k) => [k * side, Math.min(n, (k + 1) * side)]);
}

/** Solves with triangular matrices, each in one block. */
export function triangularBlock<A extends Handle>(a: A, b: A, lower: boolean, unit: boolean): A {
  const [n, r] = sidesOf(b.expr.meta);
  const params = { lower, unit, transposed: false };
  return matrixRoutine([a, b], { name: "solveTriangular", params, columnsOf: 1, flops: n * n * r });
}

/** Solves in blocks of `side` rows: each subtracts the contribution of those before it. */
export function triangularBlocks<A extends Handle>(a: A, b: A, lower: boolean, unit: boolean, side = BLOCK_SIDE): A {
  const n = heightOf(a);
  const solved: A[] = [];
  const order = lower ? blocksOf(n, side) : blocksOf(n, side).reverse();
  for (const [from, to] of order) {
    const rows = submatrix(b, [from, to], [0, widthOf(b)]);
    const before = lower ? submatrix(a, [from, to], [0, from]) : submatrix(a, [from, to], [to, n]);
    const known = solved.length === 0 ? undefined : concat(lower ? solved : [...solved].reverse());
    const left = known === undefined ? rows : subtract(rows, matmul(before, known));
    solved.push(triangularBlock(submatrix(a, [from, to], [from, to]), left, lower, unit));
  }
  return concat(lower ? solved : solved.reverse());
}

/** Solves with matrices that are known to be triangular and of one dtype with the right side. */
export function solveTriangle<A extends Handle>(a: A, b: A, { lower, unit }: { lower: boolean; unit: boolean }): A {
  const large = a.expr.meta.shape.length === 2 && heightOf(a) > LARGEST_SINGLE_SIDE;
  return large ? triangularBlocks(a, b, lower, unit) : triangularBlock(a, b, lower, unit);
}

/**
 * The solution X of A · X = B with triangular A; the other triangle is ignored. B is a matrix or, with one axis, a
 * vector; stacks of A and of B broadcast.
 *
 * Accepts real and complex dtypes; integers become float64. Matrices beyond 2048 × 2048 are solved in blocks, the
 * columns of B by their chunks. Throws a ShapeError where the shapes do not match; computing rejects with a LinAlgError
 * where the diagonal has a 0.
 * @example linalg.solveTriangular(r, q.T.matmul(b))
 */
export const solveTriangular = takes<{
  <A extends TypedHandle>(a: A, b: TypedHandle<A["dtype"]>, options?: TriangularOptions): Floated<A>;
  <A extends TypedHandle>(
    a: A,
    b: TypedHandle | ArrayInput,
    options?: TriangularOptions,
  ): WithDType<A, FloatingOf<DType>>;
  (a: ArrayInput, b: ArrayInput, options?: TriangularOptions): MadeArray;
  <A extends Handle>(a: A | ArrayInput, b: A | ArrayInput, options?: TriangularOptions): A;
}>(
  "solveTriangular",
  { a: "array", b: "array", options: "value" },
  <A extends Handle>(a: A, b: A, options: TriangularOptions = {}): A => {
    checkOptions(options, ["lower", "unitDiagonal"], "solveTriangular");
    const { lower = false, unitDiagonal = false } = options;
    for (const flag of [lower, unitDiagonal]) {
      if (typeof flag !== "boolean")
        throw new ArgumentError(`solveTriangular: lower and unitDiagonal must be true or false; got ${shown(flag)}`);
    }
    const [matrix, right, isVector] = system(a, b, "solveTriangular");
    const x = solveTriangle(matrix, right, { lower, unit: unitDiagonal });
    return isVector ? squeeze(x, -1) : x;
  },
);

/**
 * Square matrices and right sides of one dtype and one stack, as matrices, and whether the right side was a vector: one
 * of a single axis.
 */
export function system<A extends Handle>(a: A, b: A, operation: string): [matrix: A, right: A, isVector: boolean] {
  const square = asSquare(a, operation);
  const isVector = b.expr.meta.shape.length === 1;
  const right = asMatrices(isVector ? expandDims(b, 1) : b, operation);
  if (heightOf(square) !== heightOf(right)) {
    const both = `[${a.expr.meta.shape.join(", ")}] and [${b.expr.meta.shape.join(", ")}]`;
    throw new ShapeError(`${operation}: ${both} do not fit; expected a side of n rows for each n × n matrix`);
  }
  const dtype = commonFloat([square.expr.meta.dtype, right.expr.meta.dtype]);
  return [...inOneStack(astype(square, dtype), astype(right, dtype), operation), isVector];
}

/** Two stacks of matrices repeated to their common stack. */
export function inOneStack<A extends Handle>(a: A, b: A, operation: string): [a: A, b: A] {
  const stack = broadcastShapes(
    [a, b].map(({ expr }) => expr.meta.shape.slice(0, -2)),
    operation,
  );
  const repeated = (x: A): A => {
    const { shape } = x.expr.meta;
    return shape.length - 2 === stack.length && stack.every((length, axis) => length === shape[axis])
      ? x
      : broadcastTo(x, [...stack, ...shape.slice(-2)]);
  };
  return [repeated(a), repeated(b)];
}

function choleskyBlocks<A extends Handle>(a: A): A {
  const n = heightOf(a);
  const columns: A[] = [];
  for (const [from, to] of blocksOf(n)) {
    const column = submatrix(a, [from, n], [from, to]);
    const before =
      columns.length === 0
        ? undefined
        : concat(
            columns.map((done, j) => submatrix(done, [from - j * BLOCK_SIDE, n - j * BLOCK_SIDE], [0, BLOCK_SIDE])),
            { axis: 1 },
          );
    const left =
      before === undefined
        ? column
        : subtract(column, matmul(before, adjoint(submatrix(before, [0, to - from], [0, from]))));
    const top = matrixRoutine([submatrix(left, [0, to - from], [0, to - from])], {
      name: "cholesky",
      params: { upper: false },
    });
    if (to === n) columns.push(top);
    else {
      const below = adjoint(
        triangularBlock(top, adjoint(submatrix(left, [to - from, n - from], [0, to - from])), true, false),
      );
      columns.push(concat([top, below]));
    }
  }
  const padded = columns.map((column, j) => {
    const { dtype, chunks } = column.expr.meta;
    const zeros = fullExpr(
      0,
      dtype,
      [j * BLOCK_SIDE, widthOf(column)],
      [new Array<number>(j).fill(BLOCK_SIDE), at(chunks, 1)],
    );
    return j === 0 ? column : concat([column.wrap(zeros), column]);
  });
  return concat(padded, { axis: 1 });
}

/**
 * The Cholesky factor L of symmetric or Hermitian positive definite matrices, A = L · Lᴴ. Only the lower triangle is
 * read.
 *
 * Accepts real and complex dtypes; integers become float64. Matrices beyond 2048 × 2048 are factored in blocks of 1024,
 * whatever their chunks and however large. Throws a ShapeError for matrices that are not square; computing rejects with
 * a LinAlgError for one that is not positive definite.
 * @example linalg.cholesky(a)
 */
export const cholesky = takes<{
  <A extends TypedHandle>(a: A, options?: CholeskyOptions): Floated<A>;
  (a: ArrayInput, options?: CholeskyOptions): MadeArray;
  <A extends Handle>(a: A | ArrayInput, options?: CholeskyOptions): A;
}>("cholesky", { a: "array", options: "value" }, <A extends Handle>(a: A, options: CholeskyOptions = {}): A => {
  checkOptions(options, ["upper"], "cholesky");
  const { upper = false } = options;
  if (typeof upper !== "boolean") throw new ArgumentError(`cholesky: upper must be true or false; got ${shown(upper)}`);
  const square = asSquare(a, "cholesky");
  const { shape } = square.expr.meta;
  const n = widthOf(square);
  const factor =
    shape.length === 2 && n > LARGEST_SINGLE_SIDE
      ? choleskyBlocks(rechunk(square, BLOCK_SIDE))
      : matrixRoutine([square], { name: "cholesky", params: { upper: false }, flops: n ** 3 / 3 });
  return upper ? adjoint(factor) : factor;
});
