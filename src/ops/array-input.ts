/** The types of arrays in memory, which are taken wherever an array is. */
import type { DType, Element, TypedArray } from "../data/dtype.js";

/** Lists of lists of elements. */
export type NestedArray = Element | readonly NestedArray[];

/** An array in memory, such as an NDArray. */
export interface ArrayData {
  /** The type of the elements. */
  readonly dtype: DType;
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The elements in C order; complex numbers as interleaved pairs. */
  readonly data: TypedArray;
}

/** What is taken wherever an array is: an NDArray, a typed array (of one axis), or nested lists. */
export type ArrayInput = ArrayData | ArrayBufferView | readonly NestedArray[];
