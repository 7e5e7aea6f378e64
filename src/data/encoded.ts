/**
 * Elements that a file does not hold as they are: compressed chunks, columns of a table, text. An {@link EncodedArray}
 * is plain data: a worker needs nothing else to decode any box of it.
 */
import type { Chunks } from "./chunks.js";
import type { DType } from "./dtype.js";
import { type Box, countsOf, stridesOf } from "./region.js";

/** An array in a file or a folder whose elements must be decoded. */
export interface EncodedArray {
  /** The row of the table of formats that decodes it: `"zarr"`, `"csv"`, … */
  readonly format: string;
  /** The file or the folder. */
  readonly path: string;
  /** Differs when the content does (sizes, times of the last change): part of the array's identity. */
  readonly version: string;
  /** The dtype of the elements once they are decoded. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The parts that can be decoded by themselves; a box that is asked for lies inside one of them. */
  readonly grid: Chunks;
  /** How decoded elements lie in memory: `"C"`, the last axis fastest; `"F"`, the first. */
  readonly order: "C" | "F";
  /** The most bytes that decoding a part takes besides the box that is asked for. */
  readonly workspace: number;
  /** Bytes on disk for each element, on average: what reading costs. */
  readonly storedBytes: number;
  /** The names of the columns, one for each place on the last axis (or the name of the only one), where it has them. */
  readonly names?: readonly string[];
  /** What only the format knows; plain data. */
  readonly params: unknown;
}

/** The strides of a decoded box, in elements. */
export function decodedStrides({ order }: Pick<EncodedArray, "order">, box: Box): number[] {
  const counts = countsOf(box);
  return order === "C" ? stridesOf(counts) : stridesOf(counts.reverse()).reverse();
}
