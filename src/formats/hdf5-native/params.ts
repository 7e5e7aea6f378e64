/** The facts about a chunked dataset by which a worker finds and decodes its chunks, as plain data. */
import type { Encoding } from "../../data/layout.js";

/** Bitshuffle. */
export interface BitshuffleFilter {
  readonly filter: "bitshuffle";
  readonly elementBytes: number;
  /** The elements of a block where blocks have no head that says so; 0: the usual number. */
  readonly blockLength: number;
  /** What the blocks were compressed with. */
  readonly codec: "none" | "lz4" | "zstd";
}

/** A filter that is undone here. */
export type ChunkFilter =
  | { readonly filter: "deflate" | "fletcher32" | "lzf" | "lz4" | "zstd" | "bzip2" | "blosc" | "blosc2" }
  | { readonly filter: "shuffle"; readonly elementBytes: number }
  | BitshuffleFilter;

/**
 * How chunks are found: by a B-tree (version 1 or 2), or, in files for newer libraries, by their number in the grid.
 * Elements in one stretch are chunks of which each is contiguous in it, for the sake of records. Addresses count from
 * `base`; without one, no chunk has been written.
 */
export type IndexParams =
  | {
      readonly kind: "b-tree" | "b-tree 2" | "implicit" | "fixed array" | "extensible array";
      readonly address?: number;
    }
  | { readonly kind: "stretch"; readonly address?: number; readonly shape: readonly number[] }
  | { readonly kind: "single chunk"; readonly address?: number; readonly bytes: number; readonly mask: number };

/** A stretch of another file. */
export interface OutsideStretch {
  readonly path: string;
  readonly offset: number;
  /** Until the array is opened, infinity where it is as long as it must be. */
  readonly bytes: number;
  /** Differs when the content of the file does; known once the array is opened. */
  readonly version?: string;
}

/** A chunked dataset. */
export interface ChunkedParams {
  readonly dataset: string;
  readonly encoding: Encoding;
  /** The lengths of a chunk; chunks at the end of an axis are stored whole, too. */
  readonly chunk: readonly number[];
  /** The axes of arrays that are elements of the dataset; those of the array come after its own. */
  readonly inner: readonly number[];
  /** How many chunks there may be along each axis, by the largest shape that the dataset may have; null: any number. */
  readonly most: readonly (number | null)[];
  /** True where chunks that reach beyond the dataset do not go through the filters. */
  readonly wholeOnly: boolean;
  /** In the order of writing. */
  readonly filters: readonly ChunkFilter[];
  /** The bytes of an element of chunks that were never written, in the encoding of the file; none: zeros. */
  readonly fill: readonly number[];
  /** Where in the file the HDF5 part begins. */
  readonly base: number;
  readonly index: IndexParams;
  /** The stretches of other files which together are the file, where elements are not in the array's own. */
  readonly outside?: readonly OutsideStretch[];
  /** Of a field of records: the bytes of a record, and where the field is in it. */
  readonly record?: { readonly bytes: number; readonly offset: number };
}
