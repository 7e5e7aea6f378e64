/**
 * Histograms: each block gives a row of counts, and the rows are added up.
 *
 *     x [blocks of any shape] ──routine──▶ [blocks, bins] ──sum(0)──▶ [bins]
 *
 * A task walks through its block in steps, so that it holds little besides its row of counts.
 */
import { blockAt, boxesWithin, chunkBox, countChunks, gridOf } from "../data/chunks.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import type { Meta } from "../expr/meta.js";
import type { Op } from "../expr/op.js";
import { mustBe } from "./dtypes.js";
import type { Handle } from "./handle.js";
import { type ArrayData, type ArrayInput, arrayData, isArrayInput } from "./literal.js";
import { takes } from "./parameters.js";
import { sum } from "./reductions.js";
import type { MadeArray } from "./typed-handle.js";

/** The options of {@link histogram}. */
export interface HistogramOptions {
  /** The number of bins of equal width into which `range` is cut, or the edges of all bins. Default: 10. */
  readonly bins?: number | ArrayLike<number> | ArrayData;
  /** The lower edge of the first bin and the upper one of the last; needed unless `bins` are edges. */
  readonly range?: readonly [low: number, high: number];
}

/** The result of {@link histogram}. */
export interface Histogram<A> {
  /** The number of elements in each bin, int64. */
  readonly counts: A;
  /** The edges, one more than there are bins. */
  readonly edges: Float64Array;
}

/** The most elements of a step: 1 MiB of float64. */
const STEP_ELEMENTS = 1 << 17;

interface Params {
  readonly edges: readonly number[];
  readonly even: boolean;
}

const countsOp: Op<Params, readonly [Meta]> = {
  name: "histogram",
  infer([meta], { edges }) {
    const blocks = countChunks(meta.chunks);
    const bins = edges.length - 1;
    return { dtype: "int64", shape: [blocks, bins], chunks: [new Array<number>(blocks).fill(1), [bins]] };
  },
  work: {
    kind: "routine",
    // all axes of its blocks, however many
    routine: (params) => ({ kind: "kernel", name: "histogram", params, rank: Number.MAX_SAFE_INTEGER }),
    steps: ([meta], _params, { block }) =>
      boxesWithin(chunkBox(meta.chunks, blockAt(gridOf(meta.chunks), at(block, 0))), STEP_ELEMENTS).map((box) => [box]),
  },
};

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

/** The edges of an array or a list; null where there is none. */
function listedEdges(bins: unknown): ArrayLike<unknown> | null {
  if (Array.isArray(bins)) return bins;
  if (isArrayInput(bins)) {
    const { shape, data } = arrayData(bins, "histogram");
    if (shape.length !== 1)
      throw new ShapeError(`histogram: edges are an array of one axis; got the shape [${shape.join(", ")}]`);
    return data;
  }
  const isLike = typeof bins === "object" && bins !== null && "length" in bins && typeof bins.length === "number";
  return isLike ? Array.from(bins as ArrayLike<unknown>) : null;
}

/** The edges that the user gives. */
function givenEdges(bins: ArrayLike<unknown>, range: unknown): number[] {
  if (range !== undefined) throw new ArgumentError("histogram: takes edges as bins or a range, not both");
  const given = Array.from(bins);
  const edges = given.map((edge) => (typeof edge === "number" || typeof edge === "bigint" ? Number(edge) : Number.NaN));
  const wrong = edges.findIndex((edge, i) => !(edge >= at(edges, Math.max(0, i - 1))));
  if (edges.length < 2 || wrong >= 0) {
    const problem = wrong > 0 ? `${shown(given[wrong])} follows ${shown(given[wrong - 1])}` : `got ${shown(given)}`;
    throw new ArgumentError(
      `histogram: edges must be at least two numbers, none smaller than the one before; ${problem}`,
    );
  }
  return edges;
}

/** More bins are refused: each has an edge in the plan and a count in every task. */
const MOST_BINS = 2 ** 22;

/** Evenly spaced edges; a range of no width is widened by a half on both sides, as in NumPy. */
function evenEdges(bins: unknown, range: unknown): number[] {
  if (typeof bins !== "number" || !Number.isInteger(bins) || bins < 1) {
    throw new ArgumentError(
      `histogram: bins must be a whole number of at least 1 or the edges of the bins; got ${shown(bins)}`,
    );
  }
  if (bins > MOST_BINS) throw new ArgumentError(`histogram: expected at most ${MOST_BINS} bins; got ${bins}`);
  if (range === undefined) {
    throw new ArgumentError("histogram: needs a range, such as { range: [0, 1] }, or the edges of the bins");
  }
  const [from, to]: readonly unknown[] = Array.isArray(range) && range.length === 2 ? range : [];
  if (!isFiniteNumber(from) || !isFiniteNumber(to) || from > to) {
    throw new ArgumentError(`histogram: range must be two finite numbers [low, high]; got ${shown(range)}`);
  }
  const wider = from === to ? 0.5 : 0;
  const [low, high] = [from - wider, to + wider];
  const step = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low));
  if (!Number.isFinite(high - low) || edges.some((edge, i) => i > 0 && edge <= at(edges, i - 1))) {
    throw new ArgumentError(`histogram: the range ${shown(range)} cannot be cut into ${bins} bins in float64`);
  }
  return edges;
}

/**
 * The number of elements in each bin, over the whole array: `numpy.histogram`. Bin i holds edges[i] ≤ x < edges[i + 1],
 * the last one its upper edge too; elements outside, and NaN, are in none.
 *
 * Accepts real dtypes; `counts` is an int64 array of one chunk, computed like any other, and `edges` are float64 (where
 * NumPy rounds those of a float32 array to float32). 64-bit integers are compared as float64. Without edges a range
 * must be given, since that of the data is not known before it is read: otherwise it throws an ArgumentError, as it
 * does for descending edges and for more than 2^22 bins. A complex array is a DTypeError.
 *
 * One pass; memory for a task: a row of counts and a step of 131,072 elements.
 * @example const { counts, edges } = x.histogram({ bins: 20, range: [0, 1] })
 */
export const histogram = takes<{
  (x: ArrayInput, options?: HistogramOptions): Histogram<MadeArray>;
  <A extends Handle>(x: A | ArrayInput, options?: HistogramOptions): Histogram<A>;
}>(
  "histogram",
  { x: "array", options: "value" },
  <A extends Handle>(x: A, options: HistogramOptions = {}): Histogram<A> => {
    checkOptions(options, ["bins", "range"], "histogram");
    const { bins = 10, range } = options;
    mustBe(["bool", "int", "uint", "float"], x.expr.meta.dtype, "histogram");
    const given = listedEdges(bins);
    const edges = given === null ? evenEdges(bins, range) : givenEdges(given, range);
    const rows = makeExpr(countsOp, [x.expr], { edges, even: given === null });
    return { counts: sum(x.wrap(rows), 0), edges: Float64Array.from(edges) };
  },
);
