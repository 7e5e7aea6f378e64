/**
 * QR of tall matrices, of any height: direct TSQR (Demmel and others, "Communication-optimal parallel and
 * sequential QR", 2012; Benson, Gleich and Demmel, "Direct QR factorizations for tall-and-skinny matrices", 2013).
 *
 *     A₀ = Q₀ R₀   R₀ ┐
 *     A₁ = Q₁ R₁   R₁ ├ = Q' R      →    Q = [Q₀ Q'₀ ; Q₁ Q'₁ ; Q₂ Q'₂]
 *     A₂ = Q₂ R₂   R₂ ┘
 *
 * Each block of rows is factored by itself; the small factors below each other are factored in turn, in several levels
 * where they are many. Only a block of rows and small square matrices are ever in memory. Qᵢ is stored as a tall matrix
 * and a square one, and all squares are multiplied before the tall one. A matrix that is wider than tall is factored by
 * its first square part: R = [R₁, Q₁ᴴ A₂].
 */
import { type Chunks, chunkBox, countChunks, cut, startsOf } from "../../data/chunks.js";
import { ArgumentError } from "../../data/errors.js";
import { at, zip } from "../../data/lists.js";
import { largestOf } from "../../data/numbers.js";
import { checkOptions } from "../../data/options.js";
import { boxBetween, countsOf, isEmpty, reach, restrict, sizeOf } from "../../data/region.js";
import { lastUpTo } from "../../data/search.js";
import { shown } from "../../data/shown.js";
import { makeExpr } from "../../expr/expr.js";
import type { Meta } from "../../expr/meta.js";
import type { Op, Part } from "../../expr/op.js";
import { concat } from "../concat.js";
import type { Handle } from "../handle.js";
import type { ArrayInput } from "../literal.js";
import { takes } from "../parameters.js";
import { matmul } from "../products/matmul.js";
import { rechunk } from "../rechunk.js";
import { slice } from "../slice.js";
import type { Floated, MadeArray, TypedHandle } from "../typed-handle.js";
import { adjoint, asMatrices, matrixRoutine, padToSquare, rowsFrom, sidesOf } from "./whole-matrix.js";

/** The options of {@link qr}. */
export interface QrOptions {
  /**
   * `"reduced"` (default): Q [m, k] and R [k, n] with k = min(m, n). `"complete"`: Q [m, m] and R [m, n]. `"r"`: R
   * alone, in one pass over the matrix.
   */
  readonly mode?: "reduced" | "complete" | "r";
}

/** The result of {@link qr}. */
export interface Qr<A> {
  /** Columns of length 1 at right angles to each other. */
  readonly q: A;
  /** Upper triangular. */
  readonly r: A;
}

/** The most elements of a block of small factors that lie below each other. */
const MOST_STACKED_ELEMENTS = 2 ** 22;

interface BlockParams {
  readonly mode: "factored" | "r";
}

/**
 * The factors of each block of rows [mᵢ, n], below each other: Qᵢ = Q'ᵢ [mᵢ, n] · Tᵢ [n, n] and Rᵢ [n, n]; or Rᵢ alone.
 */
const blockQrOp: Op<BlockParams, readonly [Meta]> = {
  name: "qr",
  infer([meta], { mode }) {
    const n = at(meta.shape, 1);
    const sizes = at(meta.chunks, 0).map((size) => (mode === "r" ? n : size + 2 * n));
    return { dtype: meta.dtype, shape: [sizes.reduce((a, b) => a + b, 0), n], chunks: [sizes, [n]] };
  },
  work: {
    kind: "routine",
    routine: (params) => ({ kind: "kernel", name: "qr", params, rank: 2 }),
    steps: ([meta], _params, { block }) => [[chunkBox(meta.chunks, block)]],
    rows([meta], { mode }, { block }) {
      const n = at(meta.shape, 1);
      return mode === "r" ? [n] : [at(countsOf(chunkBox(meta.chunks, block)), 0), n, n];
    },
    cost([meta], { mode }) {
      const [m, n] = sidesOf(meta);
      return { flops: (mode === "r" ? 2 : 4) * m * n * n, calls: countChunks(meta.chunks) };
    },
  },
};

interface StretchParams {
  /** Where each stretch of rows begins in the array. */
  readonly from: readonly number[];
  /** Where it begins in the result, and where the last one ends. */
  readonly bounds: readonly number[];
}

/** Stretches of rows one after the other. */
const stretchesOp: Op<StretchParams, readonly [Meta]> = {
  name: "rows",
  shown: () => ({ name: "slice", params: "" }),
  infer([meta], { bounds }) {
    const sizes = bounds.slice(1).map((bound, i) => bound - at(bounds, i));
    return { ...meta, shape: [at(bounds, -1), at(meta.shape, 1)], chunks: [sizes, at(meta.chunks, 1)] };
  },
  work: {
    kind: "map",
    reads(_metas, { from, bounds }, view, box) {
      if (isEmpty(box)) return [{ box, views: [view] }];
      const [row, column] = [at(view, 0), at(view, 1)];
      const parts: Part<readonly [Meta]>[] = [];
      const [low, high] = reach(row, box);
      for (let i = Math.min(from.length - 1, lastUpTo(bounds, low)); i < from.length; i++) {
        const start = at(bounds, i);
        if (start > high) break;
        const within = restrict(box, row, start, at(bounds, i + 1));
        const moved = { ...row, start: row.start + at(from, i) - start };
        if (within !== null) parts.push({ box: within, views: [[moved, column]] });
      }
      return parts;
    },
  },
};

/** Qᵢ · Sᵢ for each block of rows Qᵢ [mᵢ, n], where Sᵢ are n rows each of a second array, [n, n]. */
const blockProductOp: Op<null, readonly [Meta, Meta]> = {
  name: "qr",
  infer: ([meta]) => meta,
  work: {
    kind: "routine",
    routine: () => ({ kind: "kernel", name: "matmul", params: null, rank: 2 }),
    steps([, square], _params, { block, box }) {
      const [number, n] = [at(block, 0), at(square.shape, 1)];
      return [[box, boxBetween([number * n, 0], [(number + 1) * n, n])]];
    },
    cost([meta]) {
      const [m, n] = sidesOf(meta);
      return { flops: 2 * m * n * n, calls: countChunks(meta.chunks) };
    },
  },
};

/** The chunks of rows for factoring blocks: whole columns, none of fewer rows than columns. */
function tallChunks(chunks: Chunks, m: number, n: number): readonly number[] {
  const like = at(chunks, 0);
  const sizes = like.every((size) => size >= n) ? like : cut(m, Math.max(n, Math.min(m, largestOf(like))));
  // a last block of fewer rows than columns joins the one before it
  const [before, last] = sizes.slice(-2);
  if (before === undefined || last === undefined || last >= n) return sizes;
  return [...sizes.slice(0, -2), before + last];
}

/** R, and Q or its product with a small square matrix: squares are multiplied first. */
interface TallQr<A> {
  readonly r: A;
  times(square?: A): A;
}

/** The factors of a matrix at least as tall as wide, of any height; with mode `"r"` there is no Q. */
export function tallQr<A extends Handle>(x: A, mode: BlockParams["mode"] = "factored"): TallQr<A> {
  const [m, n] = sidesOf(x.expr.meta);
  const sizes = tallChunks(x.expr.meta.chunks, m, n);
  const a = rechunk(x, [sizes, -1]);
  const packed = a.wrap(makeExpr(blockQrOp, [a.expr], { mode }));
  const ends = startsOf(at(packed.expr.meta.chunks, 0)).slice(1);
  /** `counts` rows of each block, which begin `before` rows before its end. */
  const part = (before: (size: number) => number, counts: readonly number[]): A => {
    const from = zip(ends, sizes).map(([end, size]) => end - before(size));
    return packed.wrap(makeExpr(stretchesOp, [packed.expr], { from, bounds: [...startsOf(counts)] }));
  };
  const squares = sizes.map(() => n);
  const small = mode === "r" ? packed : part(() => n, squares);
  const timesBlocks = (tall: A, blocks: A): A => tall.wrap(makeExpr(blockProductOp, [tall.expr, blocks.expr], null));
  const own = (): A => part((size) => size + 2 * n, sizes);
  const turns = (): A => part(() => 2 * n, squares);
  const together = Math.max(2, Math.floor(MOST_STACKED_ELEMENTS / Math.max(1, n * n)));
  if (sizes.length === 1) {
    const times = (square?: A): A => timesBlocks(own(), square === undefined ? turns() : matmul(turns(), square));
    return { r: small, times };
  }
  const upper = tallQr(rechunk(small, [together * n, -1]), mode);
  return { r: upper.r, times: (square) => timesBlocks(own(), timesBlocks(turns(), upper.times(square))) };
}

/** The factors of stacks of matrices, each in one block. */
function stacked<A extends Handle>(x: A, mode: "reduced" | "r"): Qr<A> {
  const [m, n] = sidesOf(x.expr.meta);
  const packed = matrixRoutine([x], { name: "qr", params: { mode }, flops: 4 * m * n * n });
  if (mode === "r") return { q: packed, r: packed };
  return { q: rowsFrom(packed, 0, m), r: rowsFrom(packed, m, n) };
}

/**
 * Q and R with as many columns as rows in Q: reflections of columns of zeros, put behind the matrix, change nothing.
 */
function completed<A extends Handle>(x: A): Qr<A> {
  const { shape } = x.expr.meta;
  const [m, n] = sidesOf({ shape });
  const { q, r } = stacked(padToSquare(x, m), "reduced");
  return { q, r: slice(r, [...shape.slice(0, -1).map(() => null), [0, n]]) };
}

/**
 * The factors Q · R of matrices: Q with columns of length 1 at right angles, R upper triangular. Signs are those of
 * LAPACK, the diagonal of R is real.
 *
 * Accepts real and complex dtypes; integers become float64. A matrix of any height is factored in blocks of rows
 * (direct TSQR), with memory for a block of rows and small squares; stacks of matrices, and the complete factors, have
 * a matrix in a block, the latter with a Q of m × m. Throws a ShapeError for fewer than two axes.
 * @example const { q, r } = linalg.qr(x)
 */
export const qr = takes<{
  <A extends TypedHandle>(x: A, options?: QrOptions): Qr<Floated<A>>;
  (x: ArrayInput, options?: QrOptions): Qr<MadeArray>;
  <A extends Handle>(x: A | ArrayInput, options?: QrOptions): Qr<A>;
}>("qr", { x: "array", options: "value" }, <A extends Handle>(x: A, options: QrOptions = {}): Qr<A> => {
  checkOptions(options, ["mode"], "qr");
  const { mode = "reduced" } = options;
  if (mode !== "reduced" && mode !== "complete" && mode !== "r")
    throw new ArgumentError(`qr: mode must be "reduced", "complete" or "r"; got ${shown(mode)}`);
  const matrices = asMatrices(x, "qr");
  const { shape } = matrices.expr.meta;
  const [m, n] = sidesOf({ shape });
  const all = shape.map(() => null);
  if (m > n && mode === "complete") return completed(matrices);
  const kept = mode === "r" ? "r" : "reduced";
  const inOne = shape.length > 2 || sizeOf(shape) === 0 || tallChunks(matrices.expr.meta.chunks, m, n).length === 1;
  if (m >= n && inOne) return stacked(matrices, kept);
  if (m >= n) {
    const { r, times } = tallQr(matrices, kept === "r" ? "r" : "factored");
    return { q: kept === "r" ? r : times(), r };
  }
  const { q, r } = qr(slice(matrices, [...all.slice(0, -1), [0, m]]));
  const rest = matmul(adjoint(q), slice(matrices, [...all.slice(0, -1), [m, n]]));
  return { q, r: concat([r, rest], { axis: -1 }) };
});
