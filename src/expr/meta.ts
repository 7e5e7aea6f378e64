/** What is known of an array before anything is computed. */
import type { Chunks } from "../data/chunks.js";
import { type DType, factsOf } from "../data/dtype.js";
import type { NonEmpty } from "../data/lists.js";
import { sizeOf } from "../data/region.js";

/** The dtype, shape and chunks of an array. */
export interface Meta {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: Chunks;
  /** The dtypes of the arrays that make up the states of a reduction under way; absent for ordinary arrays. */
  readonly fields?: NonEmpty<DType>;
}

/** The dtypes of all arrays that a block holds. */
export function fieldsOf(meta: Meta): NonEmpty<DType> {
  return meta.fields ?? [meta.dtype];
}

/** The bytes of the whole array. */
export function bytesOf(meta: Meta): number {
  return sizeOf(meta.shape) * fieldsOf(meta).reduce((sum, dtype) => sum + factsOf(dtype).bytes, 0);
}
