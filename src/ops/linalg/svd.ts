/**
 * Singular values: A = U · diag(S) · Vᴴ.
 *
 *     tall       A = Q R (in blocks of rows),  R = U' S Vᴴ (small),  U = Q U'
 *     wide       the same of Aᴴ
 *     any size   a sketch: Y = A · random, Q = qr(Y), B = Qᴴ A (small), B = U' S Vᴴ, U = Q U'
 *
 * The sketch is Halko, Martinsson and Tropp's ("Finding structure with randomness", 2011, algorithms 4.4 and 5.1).
 */
import { axesText } from "../../data/axes.js";
import { cut } from "../../data/chunks.js";
import { factsOf } from "../../data/dtype.js";
import { ArgumentError } from "../../data/errors.js";
import { checkOptions } from "../../data/options.js";
import { sizeOf } from "../../data/region.js";
import { shown } from "../../data/shown.js";
import { makeExpr } from "../../expr/expr.js";
import type { Meta } from "../../expr/meta.js";
import { divide, multiply } from "../arithmetic.js";
import { greater } from "../comparison.js";
import { concat } from "../concat.js";
import { type Handle, isHandle, type Operand } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { operandFrom, takes } from "../parameters.js";
import { matmul } from "../products/matmul.js";
import { normalOp, type RandomParams } from "../random.js";
import { max, sum } from "../reductions.js";
import { astype, where } from "../selection.js";
import { slice } from "../slice.js";
import { countedExpr } from "../sources.js";
import { expandDims } from "../transpose.js";
import type { Floated, FloatedOrReal, Given, MadeArray, RealFloated, TypedHandle } from "../typed-handle.js";
import { qr, tallQr } from "./qr.js";
import {
  adjoint,
  asMatrices,
  matrixRoutine,
  realPart,
  rowsFrom,
  sidesOf,
  transposed,
  withoutRow,
} from "./whole-matrix.js";

/** The result of {@link svd}. */
export interface Svd<A> {
  /** The left singular vectors, in columns. */
  readonly u: A;
  /** The singular values, descending. */
  readonly s: A;
  /** The right singular vectors, in rows. */
  readonly vh: A;
}

/** The options of {@link svd}. */
export interface SvdOptions {
  /** True for all of the basis: U [m, m] and Vᴴ [n, n]. The Array API's default is true, this one, as Dask's, false. */
  readonly fullMatrices?: boolean;
}

/** From this ratio of sides on, a matrix is factored into Q and R first. */
const TALL_RATIO = 2;

/** Of matrices at least as tall as wide, each in one block. */
function direct<A extends Handle>(x: A): Svd<A> {
  const [m, n] = sidesOf(x.expr.meta);
  const block = matrixRoutine([x], { name: "svd", params: { mode: "reduced" }, flops: 10 * m * n * n });
  return { u: rowsFrom(block, 0, m), s: realPart(withoutRow(rowsFrom(block, m, 1))), vh: rowsFrom(block, m + 1, n) };
}

/**
 * The singular value decomposition: U [m, k], S [k] and Vᴴ [k, n] with k = min(m, n), or U and Vᴴ square.
 *
 * Accepts real and complex dtypes; integers become float64. A matrix much taller than wide (or wider than tall) may be
 * of any size: it goes through {@link qr} in blocks; others have a matrix in a block, as stacks do, and the full
 * matrices of the longer side. Throws a ShapeError for fewer than two axes.
 * @example const { u, s, vh } = linalg.svd(x)
 */
export const svd = takes<{
  <A extends TypedHandle>(x: A, options?: SvdOptions): Svd<FloatedOrReal<A>>;
  (x: ArrayInput, options?: SvdOptions): Svd<MadeArray>;
  <A extends Handle>(x: A | ArrayInput, options?: SvdOptions): Svd<A>;
}>("svd", { x: "array", options: "value" }, <A extends Handle>(x: A, options: SvdOptions = {}): Svd<A> => {
  checkOptions(options, ["fullMatrices"], "svd");
  const { fullMatrices = false } = options;
  if (typeof fullMatrices !== "boolean")
    throw new ArgumentError(`svd: fullMatrices must be true or false; got ${shown(fullMatrices)}`);
  const matrices = asMatrices(x, "svd");
  const { shape } = matrices.expr.meta;
  const [m, n] = sidesOf({ shape });
  if (m < n) {
    const { u, s, vh } = svd(adjoint(matrices), options);
    return { u: adjoint(vh), s, vh: adjoint(u) };
  }
  const { u, s, vh } = reduced(matrices);
  return { u: fullMatrices && m > n ? filled(u) : u, s, vh };
});

/** Of matrices at least as tall as wide. */
function reduced<A extends Handle>(matrices: A): Svd<A> {
  const { shape } = matrices.expr.meta;
  const [m, n] = sidesOf({ shape });
  if (shape.length > 2 || m < TALL_RATIO * n || sizeOf(shape) === 0) return direct(matrices);
  const { r, times } = tallQr(matrices);
  const small = direct(r);
  return { ...small, u: times(small.u) };
}

/** Columns at right angles to each other, and behind them more of them, as many as there are rows. */
function filled<A extends Handle>(u: A): A {
  const { shape } = u.expr.meta;
  const [m, n] = sidesOf({ shape });
  const { q } = qr(u, { mode: "complete" });
  return concat([u, slice(q, [...shape.slice(0, -1).map(() => null), [n, m]])], { axis: -1 });
}

/**
 * The singular values alone, descending; of a tall or a wide matrix in one pass over it.
 *
 * Accepts real and complex dtypes; integers become float64. Throws the same errors as {@link svd}.
 * @example linalg.svdvals(x)
 */
export const svdvals = takes<{
  <A extends TypedHandle>(x: A): RealFloated<A>;
  (x: ArrayInput): MadeArray;
  <A extends Handle>(x: A | ArrayInput): A;
}>("svdvals", { x: "array" }, <A extends Handle>(x: A): A => {
  const matrices = asMatrices(x, "svdvals");
  const { shape, dtype } = matrices.expr.meta;
  const [m, n] = sidesOf({ shape });
  if (m < n) return svdvals(transposed(matrices));
  const inOne = shape.length > 2 || m < TALL_RATIO * n || sizeOf(shape) === 0;
  const square = inOne ? matrices : qr(matrices, { mode: "r" }).r;
  const flops = 4 * m * n * n;
  return withoutRow(
    matrixRoutine([square], { name: "svd", params: { mode: "values" }, dtype: factsOf(dtype).part, flops }),
  );
});

/** Normally distributed real numbers, in the dtype of a matrix. */
function randomFor<A extends Handle>(a: A, rows: number, columns: number, seed: number): A {
  const positions = countedExpr([rows, columns], [cut(rows, 2 ** 20 / columns), [columns]]);
  const more: RandomParams = { seed: BigInt(seed), dtype: "float64", from: 0, scale: 1 };
  return astype(a.wrap(makeExpr(normalOp, [positions], { slots: [null], more })), a.expr.meta.dtype);
}

/** The options of {@link svdCompressed}. */
export interface CompressedOptions {
  /** The number of columns of the sketch beyond the wanted singular values. Default: 10. */
  readonly oversampling?: number;
  /** The number of further passes over the matrix, which make slowly falling values exact. Default: 0. */
  readonly powerIterations?: number;
  /** The seed of the random numbers: equal seeds give equal results. Default: 0. */
  readonly seed?: number;
}

/**
 * The largest k singular values and their vectors, by a random sketch: of a matrix of any size, chunked in any way, in
 * two passes over it (and two more for each power iteration).
 *
 * Accepts real and complex dtypes; integers become float64. Exact up to the singular values that are left out: where
 * these fall slowly, one or two power iterations help. Throws a ShapeError for other than two axes, an ArgumentError
 * for a k below 1.
 * @example const { u, s, vh } = linalg.svdCompressed(x, 5, { powerIterations: 2 })
 */
export const svdCompressed = takes<{
  <A extends TypedHandle>(x: A, k: number, options?: CompressedOptions): Svd<FloatedOrReal<A>>;
  (x: ArrayInput, k: number, options?: CompressedOptions): Svd<MadeArray>;
  <A extends Handle>(x: A | ArrayInput, k: number, options?: CompressedOptions): Svd<A>;
}>(
  "svdCompressed",
  { x: "array", k: "value", options: "value" },
  <A extends Handle>(x: A, k: number, options: CompressedOptions = {}): Svd<A> => {
    checkOptions(options, ["oversampling", "powerIterations", "seed"], "svdCompressed");
    const { oversampling = 10, powerIterations = 0, seed = 0 } = options;
    const a = asMatrices(x, "svdCompressed");
    const [m, n] = sidesOf(a.expr.meta);
    for (const [name, value, least] of [
      ["k", k, 1],
      ["oversampling", oversampling, 0],
      ["powerIterations", powerIterations, 0],
      ["seed", seed, 0],
    ] as const) {
      if (!Number.isInteger(value) || value < least)
        throw new ArgumentError(
          `svdCompressed: ${name} must be a whole number of at least ${least}; got ${shown(value)}`,
        );
    }
    if (a.expr.meta.shape.length !== 2)
      throw new ArgumentError(`svdCompressed: takes one matrix; got an array of ${axesText(a.expr.meta.shape.length)}`);
    const width = Math.min(k + oversampling, m, n);
    let basis = qr(matmul(a, randomFor(a, n, width, seed))).q;
    for (let i = 0; i < powerIterations; i++) basis = qr(matmul(a, qr(matmul(adjoint(a), basis)).q)).q;
    const small = svd(matmul(adjoint(basis), a));
    const most = Math.min(k, width);
    return {
      u: matmul(basis, slice(small.u, [null, [0, most]])),
      s: slice(small.s, [[0, most]]),
      vh: slice(small.vh, [[0, most]]),
    };
  },
);

/** Singular values below this share of the largest count as 0: numpy.linalg's. */
const toleranceFor = ({ shape, dtype }: Pick<Meta, "shape" | "dtype">): number =>
  Math.max(...sidesOf({ shape })) * (factsOf(dtype).part === "float32" ? 2 ** -23 : 2 ** -52);

/** The options of {@link matrixRank} and {@link pinv}. */
export interface RankOptions {
  /**
   * Singular values up to this share of the largest count as 0: a number, or an array with one for each matrix of the
   * stack. Default: the longer side times the precision of the dtype.
   */
  readonly rtol?: Operand<Handle>;
}

function cutoff<A extends Handle>(s: A, matrices: A, options: RankOptions, operation: string): A {
  checkOptions(options, ["rtol"], operation);
  const { rtol = toleranceFor(matrices.expr.meta) } = options;
  if (s.expr.meta.shape.at(-1) === 0) return greater(s, 0);
  const share = operandFrom(rtol, operation);
  if (!isHandle(share) && !(typeof share === "number" && share >= 0))
    throw new ArgumentError(`${operation}: rtol must be a number of at least 0 or an array; got ${shown(rtol)}`);
  // one for each matrix
  const factor = isHandle(share) ? s.wrap(expandDims(share, -1).expr) : share;
  return greater(s, multiply(max(s, -1, { keepdims: true }), factor));
}

/**
 * The ranks of matrices: how many singular values are not 0 up to rounding.
 *
 * Accepts real and complex dtypes. Throws the same errors as {@link svd}.
 * @example linalg.matrixRank(x)
 */
export const matrixRank = takes<{
  <A extends TypedHandle>(x: A, options?: RankOptions): Given<A, "int64">;
  (x: ArrayInput, options?: RankOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: RankOptions): A;
}>("matrixRank", { x: "array", options: "value" }, <A extends Handle>(x: A, options: RankOptions = {}): A => {
  const matrices = asMatrices(x, "matrixRank");
  return sum(cutoff(svdvals(matrices), matrices, options, "matrixRank"), -1);
});

/**
 * The pseudo-inverses (Moore and Penrose's) of matrices, from their singular values.
 *
 * Accepts real and complex dtypes; integers become float64. Memory as for {@link svd}, which says what it throws.
 * @example linalg.pinv(x)
 */
export const pinv = takes<{
  <A extends TypedHandle>(x: A, options?: RankOptions): Floated<A>;
  (x: ArrayInput, options?: RankOptions): MadeArray;
  <A extends Handle>(x: A | ArrayInput, options?: RankOptions): A;
}>("pinv", { x: "array", options: "value" }, <A extends Handle>(x: A, options: RankOptions = {}): A => {
  const matrices = asMatrices(x, "pinv");
  const { u, s, vh } = svd(matrices);
  const kept = cutoff(s, matrices, options, "pinv");
  const inverse = where(kept, divide(1, where(kept, s, 1)), 0);
  return matmul(multiply(adjoint(vh), expandDims(inverse, -2)), adjoint(u));
});
