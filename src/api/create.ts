/** Arrays from nothing: constants, ranges, functions of the index. Nothing is allocated until a block is computed. */
import { type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { type DType, dtypeOfValue, type Element, factsOf, toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { checkShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import { makeExpr } from "../expr/expr.js";
import { countedExpr, fullExpr } from "../ops/sources.js";
import { fromFunctionOp } from "../ops/user.js";
import { shipFunction } from "./capture.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./settings.js";

/** The options of functions that make arrays. */
export interface CreateOptions {
  /** The dtype of the elements. */
  readonly dtype?: DType;
  /** The chunks of the array. Default: `"auto"`. */
  readonly chunks?: ChunksLike;
}

export const createNames = ["dtype", "chunks"];

export function gridFor(
  shape: readonly number[],
  dtype: DType,
  chunks: ChunksLike | undefined,
  operation: string,
): ReturnType<typeof normalizeChunks> {
  return normalizeChunks(chunks ?? "auto", shape, factsOf(dtype).bytes, operation, { limit: chunkLimit() });
}

/**
 * An array of one value. The dtype is the value's own unless given: float64 for numbers, int64 for bigints.
 * @example full([1000, 1000], 7, { dtype: "int32" })
 */
export function full(shape: readonly number[] | number, value: Element, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, value, options, dtypeOfValue(value), "full");
}

function filled(
  shape: readonly number[] | number,
  value: Element,
  options: CreateOptions,
  fallback: DType,
  operation: string,
): ChunkedArray {
  checkOptions(options, createNames, operation);
  const lengths = checkShape(shape, operation);
  const dtype = options.dtype === undefined ? fallback : toDType(options.dtype, operation);
  return new ChunkedArray(fullExpr(value, dtype, lengths, gridFor(lengths, dtype, options.chunks, operation)));
}

/**
 * An array of zeros; float64 unless a dtype is given.
 * @example zeros([1000, 1000], { dtype: "float32" })
 */
export function zeros(shape: readonly number[] | number, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, 0, options, "float64", "zeros");
}

/**
 * An array of ones; float64 unless a dtype is given.
 * @example ones([1000, 1000], { chunks: [100, -1] })
 */
export function ones(shape: readonly number[] | number, options: CreateOptions = {}): ChunkedArray {
  return filled(shape, 1, options, "float64", "ones");
}

/**
 * Numbers from `start` (default 0) up to, but not including, `stop`, by `step` (default 1). Whole numbers give int64,
 * others float64.
 * @example arange(10)
 * @example arange(0, 1, 0.1)
 */
export function arange(
  start: number,
  stop?: number | CreateOptions,
  step?: number | CreateOptions,
  options?: CreateOptions,
): ChunkedArray {
  const numbers = [start, stop, step].filter((value): value is number => typeof value === "number");
  const given = [stop, step, options].find((value): value is CreateOptions => typeof value === "object") ?? {};
  checkOptions(given, createNames, "arange");
  const [first = Number.NaN, last, by = 1] = numbers;
  const [from, to] = last === undefined ? [0, first] : [first, last];
  if (![from, to, by].every(Number.isFinite) || by === 0) {
    const got = [start, stop, step]
      .filter((value) => value !== undefined)
      .map(shown)
      .join(", ");
    throw new ArgumentError(`arange: start, stop and step must be finite and step must not be 0; got ${got}`);
  }
  const dtype =
    given.dtype === undefined
      ? numbers.every(Number.isInteger)
        ? "int64"
        : "float64"
      : toDType(given.dtype, "arange");
  const shape = [Math.max(0, Math.ceil((to - from) / by))];
  const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, given.chunks, "arange")));
  return positions.multiply(by).add(from).astype(dtype);
}

/** The options of {@link linspace}. */
export interface LinspaceOptions extends CreateOptions {
  /** Whether `stop` is the last number. Default: true. */
  readonly endpoint?: boolean;
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, float64 unless a dtype is given.
 * @example linspace(0, 1, 11)
 */
export function linspace(start: number, stop: number, count: number, options: LinspaceOptions = {}): ChunkedArray {
  checkOptions(options, [...createNames, "endpoint"], "linspace");
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new ArgumentError("linspace: start and stop must be finite numbers");
  const { endpoint = true, chunks } = options;
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "linspace");
  const shape = checkShape([count], "linspace");
  const parts = endpoint ? count - 1 : count;
  const positions = new ChunkedArray(countedExpr(shape, gridFor(shape, dtype, chunks, "linspace")));
  const line = positions.multiply(parts > 0 ? (stop - start) / parts : 0).add(start);
  // the last number is exactly `stop`, despite rounding
  const exact = endpoint && count > 1 ? positions.equal(count - 1).where(stop, line) : line;
  return exact.astype(dtype);
}

/**
 * A matrix with ones on a diagonal (k: 0 the main one, above it positive) and zeros elsewhere; float64 unless a dtype
 * is given.
 * @example eye(1000)
 */
export function eye(
  rows: number,
  columns: number = rows,
  options: CreateOptions & { readonly k?: number } = {},
): ChunkedArray {
  checkOptions(options, [...createNames, "k"], "eye");
  const { k = 0, chunks } = options;
  if (!Number.isInteger(k)) throw new ArgumentError(`eye: k must be a whole number; got ${shown(k)}`);
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "eye");
  const shape = checkShape([rows, columns], "eye");
  const grid = gridFor(shape, dtype, chunks, "eye");
  const row = new ChunkedArray(countedExpr([rows], [at(grid, 0)])).expandDims(1);
  const column = new ChunkedArray(countedExpr([columns], [at(grid, 1)]));
  return column.subtract(row).equal(k).astype(dtype);
}

/**
 * An array of the values of a function of the index. The function runs in workers and must not use
 * variables from outside itself.
 * @example fromFunction((i, j) => i + 2 * j, [100, 100])
 */
export function fromFunction(
  f: ((...index: number[]) => Element) | { readonly module: string; readonly name: string },
  shape: readonly number[],
  options: CreateOptions = {},
): ChunkedArray {
  checkOptions(options, createNames, "fromFunction");
  const lengths = checkShape(shape, "fromFunction");
  const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "fromFunction");
  const source = shipFunction(f, "fromFunction");
  const chunks = gridFor(lengths, dtype, options.chunks, "fromFunction");
  return new ChunkedArray(
    makeExpr(fromFunctionOp, [], { function: source, form: "elements", dtype, shape: lengths, chunks }),
  );
}
