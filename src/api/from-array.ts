/** Arrays from data in memory. The data is copied into shared memory at once. */
import { takesOnly } from "../data/arguments.js";
import { type DType, toDType } from "../data/dtype.js";
import { ArgumentError, ShapeError } from "../data/errors.js";
import { checkOptions } from "../data/options.js";
import { sizeOf } from "../data/region.js";
import { checkShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import type { DTypeOfData } from "../data/typed.js";
import { isHandle } from "../ops/handle.js";
import { type ArrayInput, arrayData, literalExpr, type NestedArray } from "../ops/literal.js";
import { ChunkedArray } from "./chunked-array.js";
import { type CreateOptions, createNames } from "./create.js";
import { chunkLimit } from "./settings.js";

/** The options of {@link fromArray}. */
export interface FromArrayOptions<D extends DType = DType> extends CreateOptions<D> {
  /** The shape of a flat array. Default: one axis. */
  readonly shape?: readonly number[];
}

/**
 * An array with a copy of data in memory: a typed array (flat, or with a `shape`), an NDArray, or nested lists. Nested
 * lists of numbers are float64, of bigints int64, of booleans bool, of `{ re, im }` complex128. Later changes of the
 * data have no effect.
 *
 * With a `dtype`, lists are taken as {@link full} takes a value: a number out of range is a DTypeError. Typed arrays
 * and NDArrays are converted as by `astype`. Throws a ShapeError for ragged lists and for a shape that does not fit.
 * @example fromArray([[1, 2], [3, 4]])
 * @example fromArray(new Float32Array(12), { shape: [3, 4] })
 */
export const fromArray = takesOnly(
  "fromArray",
  ["data", "options"],
  <const T extends NestedArray | ArrayInput, D extends DType = DTypeOfData<T>>(
    data: T,
    options: FromArrayOptions<D> = {},
  ): ChunkedArray<D> => {
    checkOptions(options, [...createNames, "shape"], "fromArray");
    if (isHandle(data))
      throw new ArgumentError(
        `fromArray: takes data in memory; got ${shown(data)}, which is an array already; use astype() or rechunk()`,
      );
    const dtype = options.dtype === undefined ? undefined : toDType(options.dtype, "fromArray");
    const found = arrayData(data, "fromArray", dtype);
    const shape = options.shape === undefined ? found.shape : checkShape(options.shape, "fromArray");
    if (sizeOf(shape) !== sizeOf(found.shape))
      throw new ShapeError(
        `fromArray: ${sizeOf(found.shape)} elements do not fit into the shape [${shape.join(", ")}]`,
      );
    const array = { ...found, shape };
    const expr = literalExpr(array, "fromArray", options.chunks, chunkLimit());
    return new ChunkedArray(
      dtype === undefined || dtype === array.dtype ? expr : new ChunkedArray(expr).astype(dtype).expr,
    );
  },
);
