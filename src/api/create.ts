/** Arrays from nothing: constants, functions of the index. Nothing is allocated until a block is computed. */
import { takesOnly } from "../data/arguments.js";
import { type ChunksLike, normalizeChunks } from "../data/chunks.js";
import { type DType, dtypeOfValue, type Element, factsOf, isElement, toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { at } from "../data/lists.js";
import { checkOptions } from "../data/options.js";
import { checkShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import type { DTypeOfValue } from "../data/typed.js";
import { makeExpr } from "../expr/expr.js";
import { countedExpr, fullExpr } from "../ops/sources.js";
import { fromFunctionOp } from "../ops/user.js";
import { checkedElement } from "../program/element.js";
import { type ModuleFunction, shipFunction } from "./capture.js";
import { ChunkedArray } from "./chunked-array.js";
import { chunkLimit } from "./settings.js";

/** The options of functions that make arrays. */
export interface CreateOptions<D extends DType = DType> {
  /** The dtype of the elements. */
  readonly dtype?: D;
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
  return normalizeChunks(chunks === undefined ? "auto" : chunks, shape, factsOf(dtype).bytes, operation, {
    limit: chunkLimit(),
  });
}

/**
 * An array of one value. The dtype is the value's own unless given: float64 for numbers, int64 for bigints.
 *
 * A value that the dtype cannot hold is a DTypeError: an integer dtype takes whole numbers in its range, and of a
 * fraction the part towards zero.
 * @example full([1000, 1000], 7, { dtype: "int32" })
 */
export const full = takesOnly(
  "full",
  ["shape", "value", "options"],
  <V extends Element, D extends DType = DTypeOfValue<V>>(
    shape: readonly number[] | number,
    value: V,
    options: CreateOptions<D> = {},
  ): ChunkedArray<D> => {
    if (!isElement(value))
      throw new ArgumentError(
        `full: ${shown(value)} is not an element; expected a number, a bigint, a boolean or { re, im }`,
      );
    return filled(shape, value, options, dtypeOfValue(value), "full");
  },
);

function filled<D extends DType>(
  shape: readonly number[] | number,
  value: Element,
  options: CreateOptions,
  fallback: DType,
  operation: string,
): ChunkedArray<D> {
  checkOptions(options, createNames, operation);
  const lengths = checkShape(shape, operation);
  const dtype = options.dtype === undefined ? fallback : toDType(options.dtype, operation);
  const element = checkedElement(value, dtype, operation);
  return new ChunkedArray(fullExpr(element, dtype, lengths, gridFor(lengths, dtype, options.chunks, operation)));
}

/**
 * An array of zeros; float64 unless a dtype is given.
 * @example zeros([1000, 1000], { dtype: "float32" })
 */
export const zeros = takesOnly(
  "zeros",
  ["shape", "options"],
  <D extends DType = "float64">(shape: readonly number[] | number, options: CreateOptions<D> = {}): ChunkedArray<D> => {
    return filled(shape, 0, options, "float64", "zeros");
  },
);

/**
 * An array of ones; float64 unless a dtype is given.
 * @example ones([1000, 1000], { chunks: [100, -1] })
 */
export const ones = takesOnly(
  "ones",
  ["shape", "options"],
  <D extends DType = "float64">(shape: readonly number[] | number, options: CreateOptions<D> = {}): ChunkedArray<D> => {
    return filled(shape, 1, options, "float64", "ones");
  },
);

/**
 * A matrix with ones on a diagonal (k: 0 the main one, above it positive) and zeros elsewhere; float64 unless a dtype
 * is given.
 * @example eye(1000)
 */
export const eye = takesOnly(
  "eye",
  ["rows", "columns", "options"],
  <D extends DType = "float64">(
    rows: number,
    columns: number = rows,
    options: CreateOptions<D> & { readonly k?: number } = {},
  ): ChunkedArray<D> => {
    checkOptions(options, [...createNames, "k"], "eye");
    const { k = 0, chunks } = options;
    if (!Number.isInteger(k)) throw new ArgumentError(`eye: k must be a whole number; got ${shown(k)}`);
    const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "eye");
    const shape = checkShape([rows, columns], "eye");
    const grid = gridFor(shape, dtype, chunks, "eye");
    const row = new ChunkedArray(countedExpr([rows], [at(grid, 0)])).expandDims(1);
    const column = new ChunkedArray(countedExpr([columns], [at(grid, 1)]));
    return new ChunkedArray(column.subtract(row).equal(k).astype(dtype).expr);
  },
);

/**
 * An array of the values of a function of the index. The function runs in workers and must not use
 * variables from outside itself. Its numbers are converted as by `astype`: for an integer dtype towards zero, NaN to 0,
 * out of range to the nearest end of it.
 * @example fromFunction((i, j) => i + 2 * j, [100, 100])
 */
export const fromFunction = takesOnly(
  "fromFunction",
  ["f", "shape", "options"],
  <D extends DType = "float64">(
    f: ((...index: number[]) => Element) | ModuleFunction,
    shape: readonly number[],
    options: CreateOptions<D> = {},
  ): ChunkedArray<D> => {
    checkOptions(options, createNames, "fromFunction");
    const lengths = checkShape(shape, "fromFunction");
    const dtype = options.dtype === undefined ? "float64" : toDType(options.dtype, "fromFunction");
    const source = shipFunction(f, "fromFunction");
    const chunks = gridFor(lengths, dtype, options.chunks, "fromFunction");
    return new ChunkedArray(
      makeExpr(fromFunctionOp, [], { function: source, form: "elements", dtype, shape: lengths, chunks, axes: [] }),
    );
  },
);
