/** What a file says of one of its arrays beside the elements, in one form for all formats. */
import type { DType } from "../data/dtype.js";

/** An array as a variable: named axes, and attributes that may say what the elements mean. */
export interface Variable {
  /**
   * Its attributes as the CF conventions have them: lists of one number are the number, and `_FillValue` is an element.
   * Attributes by which the format itself keeps its objects together are left out.
   */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The dtypes of attributes of numbers. Default: float64. */
  readonly types?: Readonly<Record<string, DType>>;
  /** The names of its axes; null where one has none. Absent if none has. */
  readonly dimensions?: readonly (string | null)[];
  /** The names of its columns, for tables: one for each place on its last axis, or the name of the only column. */
  readonly columns?: readonly string[];
  /** True if it stands only for the length of an axis, and its elements mean nothing. */
  readonly isPlaceholder?: true;
}
