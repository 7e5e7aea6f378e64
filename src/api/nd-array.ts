/**
 * The result of a computation: an array that is in memory, whole.
 *
 * Invariant: `data` holds the elements in C order (the last index moves fastest), `size` of them; a complex number
 * takes two places, real part first. The constructor checks this, so that no method has to.
 */

import { inspect } from "node:util";
import { refuseRest, takeOnly } from "../data/arguments.js";
import { type DType, type Element, factsOf, toDType } from "../data/dtype.js";
import { DTypeError, OutOfBoundsError, ShapeError } from "../data/errors.js";
import { zip } from "../data/lists.js";
import { sizeOf } from "../data/region.js";
import { isShape } from "../data/shape.js";
import { shown } from "../data/shown.js";
import type { ElementOf, TypedArrayOf } from "../data/typed.js";
import { resolveShape } from "../ops/reshape.js";
import type { Index, SliceEntry } from "../ops/slice.js";
import { print } from "./array-text.js";
import { elementAt, type JSONElement, toJSONElement } from "./elements.js";
import { partOf } from "./nd-parts.js";
import { textOrAdvice } from "./operators.js";

/** An element, or lists of lists of elements, as deep as the array has axes. */
export type NestedElements<E extends Element = Element> = E | NestedElements<E>[];

/** An {@link NDArray} as plain data for JSON. */
export interface NDArrayJSON {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The type of the elements. */
  readonly dtype: DType;
  /** The elements in C order. */
  readonly data: JSONElement[];
}

/**
 * An array in memory: the result of `compute()`.
 *
 * @example
 * const a = new NDArray("float64", [2, 2], new Float64Array([1, 2, 3, 4]));
 * a.get(1, 0);   // 3
 * a.toArray();   // [[1, 2], [3, 4]]
 */
export class NDArray<D extends DType = DType> {
  /** The type of the elements. */
  readonly dtype: D;
  /** The length of each axis; `[]` for a 0-d array, which has one element. */
  readonly shape: readonly number[];
  /** The elements in C order; complex numbers as interleaved pairs. Not a copy: a change to it changes the array. */
  readonly data: TypedArrayOf<D>;

  /**
   * An array over `data`, which is not copied. A `Uint8Array` of 0 and 1 holds bools, a `BigInt64Array` or
   * `BigUint64Array` 64-bit integers, a float array of twice the size complex numbers.
   *
   * Throws a {@link DTypeError} when the dtype is unknown or `data` is not its typed array, and a {@link ShapeError}
   * when the shape is not made of whole numbers from 0 or `data` has not the length it asks for.
   */
  constructor(dtype: D, shape: readonly number[], data: TypedArrayOf<D>);
  constructor(dtype: D, shape: readonly number[], data: TypedArrayOf<D>, ...rest: unknown[]) {
    refuseRest("NDArray", ["dtype", "shape", "data"], rest);
    const { array, kind } = factsOf(toDType(dtype, "NDArray"));
    if (!Array.isArray(shape) || !isShape(shape)) {
      throw new ShapeError(`NDArray: a shape must be a list of whole numbers of at least 0; got ${shown(shape)}`);
    }
    // By name, so that an array from another realm (a vm, a test runner) is accepted too.
    const got = Object.prototype.toString.call(data).slice(8, -1);
    if (got !== array.name) throw new DTypeError(`NDArray: the data of ${dtype} is of type ${array.name}; got ${got}`);
    const needed = sizeOf(shape) * (kind === "complex" ? 2 : 1);
    if (data.length !== needed) {
      throw new ShapeError(
        `NDArray: shape [${shape.join(", ")}] of ${dtype} needs data of length ${needed}; got ${data.length}`,
      );
    }
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.data = data;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The bytes of the elements. */
  get nbytes(): number {
    return this.data.byteLength;
  }

  /**
   * The element at an index, one number per axis; negative numbers count from the end. A bool is a boolean, a 64-bit
   * integer a bigint, a complex number `{ re, im }`.
   *
   * Throws an {@link OutOfBoundsError} for an index outside the shape, of the wrong length, or not of whole numbers.
   *
   * @example
   * means.get(0);  means.get(-1);  matrix.get(2, 3);
   */
  get(...index: Index[]): ElementOf<D> {
    const { shape } = this;
    if (index.length !== shape.length) {
      const numbers = `${index.length} ${index.length === 1 ? "number" : "numbers"}`;
      throw new OutOfBoundsError(
        `get: index ${shown(index)} has ${numbers}; shape [${shape.join(", ")}] needs ${shape.length}`,
      );
    }
    let position = 0;
    for (const [given, length] of zip(index, shape)) {
      const whole = typeof given === "bigint" || typeof given === "number" ? Number(given) : Number.NaN;
      const from = whole < 0 ? whole + length : whole;
      if (!Number.isInteger(from) || from < 0 || from >= length) {
        throw new OutOfBoundsError(`get: index ${shown(index)} is outside shape [${shape.join(", ")}]`);
      }
      position = position * length + from;
    }
    return elementAt<D>(this, position);
  }

  /**
   * Part of the array, copied: one entry per axis, an index, `[start, stop, step]` or null for the whole axis, as in
   * `slice` of a ChunkedArray.
   *
   * Throws an {@link OutOfBoundsError} for an index outside the shape, an ArgumentError for other entries.
   *
   * @example
   * matrix.slice([0]);  matrix.slice([null, [0, 2]]);
   */
  slice(selection: readonly SliceEntry[]): NDArray<D> {
    const { shape, data } = partOf(this, selection, "slice");
    return new NDArray(this.dtype, shape, data as TypedArrayOf<D>);
  }

  /**
   * The same elements in C order under another shape, of which one length may be −1. The data is shared, not copied.
   *
   * Throws a {@link ShapeError} for a shape of another size.
   *
   * @example
   * vector.reshape([-1, 2]);
   */
  reshape(shape: readonly number[]): NDArray<D> {
    return new NDArray(this.dtype, resolveShape(shape, this.size), this.data);
  }

  /**
   * The entries along the first axis: elements of an array of one axis, otherwise arrays of one axis less, copied. An
   * array of no axes gives its element.
   *
   * @example
   * for (const row of matrix) console.log(row.toString());
   */
  *[Symbol.iterator](): Generator<ElementOf<D> | NDArray<D>, void, void> {
    const [length = 1, ...rest] = this.shape;
    for (let i = 0; i < length; i++) yield rest.length === 0 ? elementAt<D>(this, i) : this.slice([i]);
  }

  /** Text for a template; an operator such as `a + 1` throws an ArgumentError with advice. */
  [Symbol.toPrimitive](hint: string): string {
    return textOrAdvice(this, hint, "fromArray(a).add(1)");
  }

  /**
   * The only element of an array that has one, such as a sum over all axes. Throws a {@link ShapeError} for any other
   * size.
   *
   * @example
   * (await x.sum().compute()).item();
   */
  item(): ElementOf<D> {
    if (this.size === 1) return elementAt<D>(this, 0);
    throw new ShapeError(`item: shape [${this.shape.join(", ")}] has ${this.size} elements; item() is for exactly one`);
  }

  /** The elements as nested lists, one level per axis; a 0-d array gives its element alone. */
  toArray(): NestedElements<ElementOf<D>> {
    let position = 0;
    const list = ([length, ...inner]: readonly number[]): NestedElements<ElementOf<D>> =>
      length === undefined ? elementAt<D>(this, position++) : Array.from({ length }, () => list(inner));
    return list(this.shape);
  }

  /**
   * Plain data for `JSON.stringify`. What JSON cannot express becomes text: `"NaN"`, `"Infinity"` and `"-Infinity"` are
   * text; a 64-bit integer is a number up to ±(2^53 − 1) and text beyond; a complex number is `[re, im]`. (−0 becomes
   * 0.)
   *
   * @example
   * JSON.stringify(await x.mean().compute()); // {"shape":[],"dtype":"float64","data":[0.5]}
   */
  toJSON(): NDArrayJSON {
    const data = Array.from({ length: this.size }, (_, position) => toJSONElement(elementAt(this, position)));
    return { shape: this.shape, dtype: this.dtype, data };
  }

  /**
   * The elements as text, in NumPy's way: aligned, rows broken at 75 columns, and of more than 1000 elements only the
   * first and last three of each axis, followed by a line with dtype and shape. A 0-d array is its element in full.
   */
  toString(): string {
    return print(this);
  }

  /** The text for `console.log`: {@link NDArray.toString}. */
  [inspect.custom](): string {
    return print(this);
  }
}

takeOnly(NDArray.prototype, {
  ...{ slice: ["selection"], reshape: ["shape"], item: [], toArray: [], toString: [] },
  toJSON: ["key"], // JSON.stringify passes it
});
