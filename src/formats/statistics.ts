/** What files say about their columns without being read. */
import type { DType } from "../data/dtype.js";

/** What a file says about some rows of a column; what it does not say, or not exactly, is absent. */
export interface RowStatistics {
  /** The number of rows. */
  readonly rows: number;
  /** The number of nulls among them. */
  readonly nulls?: number;
  /**
   * The least element that is not null; of floats, the least that is not NaN, which does not say whether there are
   * NaNs. 0 may also mean -0. Absent also where all elements are null.
   */
  readonly min?: number | bigint | boolean;
  /** The greatest element, with the rules of `min`. */
  readonly max?: number | bigint | boolean;
}

/** What a file says about a column, as a whole and for each row group. */
export interface ColumnStatistics extends RowStatistics {
  /** Its name. */
  readonly column: string;
  /**
   * The dtype of its elements, as it is opened where there are no nulls: 64-bit integers and times are bigints.
   */
  readonly dtype: DType;
  /** One entry for each row group, in the order of the file. */
  readonly groups: readonly RowStatistics[];
}

/** The options of reading statistics. */
export interface StatisticsOptions {
  /** The names of columns. Default: all columns of numbers. */
  readonly columns?: readonly string[];
}
