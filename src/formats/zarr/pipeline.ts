/**
 * The codecs of a chunk in one form. Zarr v2 and v3 write the same few steps in different ways; both become a pipeline with
 * four places:
 *
 *     elements ─ filters ─▶ numbers of another kind ─ axes ─▶ in another order ─ stored ─▶ bytes ─ compressors ─▶ a file
 */
import type { DType } from "../../data/dtype.js";
import type { Stored } from "../../data/layout.js";
import type { Compressor } from "./byte-codecs.js";
import type { JsonObject } from "./json.js";

/** A codec that turns numbers into numbers, under its name in Zarr v3; from the first to the last element. */
export interface Filter {
  readonly codec: "delta" | "scale_offset" | "cast_value";
  readonly configuration: JsonObject;
  /** The dtype of the numbers before they are encoded. */
  readonly decoded: DType;
  readonly encoded: DType;
}

/** How the elements of a chunk become bytes; steps are in the order of writing. */
export interface Pipeline {
  readonly filters: readonly Filter[];
  /** True where bitround has rounded elements, which cannot be undone, and is not done here. */
  readonly rounded: boolean;
  /** The axes of the array from the slowest to the fastest in the bytes. */
  readonly axes: readonly number[];
  /** The elements that the filters leave, as they stand in the bytes. */
  readonly stored: Stored;
  readonly compressors: readonly Compressor[];
}

/** Chunks that are kept together in one file, with an index of where each stands. */
export interface Sharding {
  /** The shape of a shard. */
  readonly shard: readonly number[];
  /** The axes of the array from the slowest to the fastest in the index. */
  readonly axes: readonly number[];
  readonly location: "start" | "end";
  /** True where the index's numbers stand in the other order than this machine's. */
  readonly otherEndian: boolean;
  /** Whether the index ends with a CRC-32C. */
  readonly checksum: boolean;
}
