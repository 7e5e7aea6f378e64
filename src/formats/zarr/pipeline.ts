/**
 * The codecs of a chunk in one form. Zarr v2 and v3 write the same few steps in different ways; both become a pipeline
 * with four places:
 *
 *     elements ─ filters ─▶ other numbers ─ axes ─▶ in another order ─ stored ─▶ bytes ─ compressors ─▶ a file
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
  /** True if a codec (bitround, quantize) has rounded elements, which cannot be undone. */
  readonly rounded: boolean;
  /** The axes of the array from the slowest to the fastest in the bytes. */
  readonly axes: readonly number[];
  /** The elements after the filters, as they are in the bytes. */
  readonly stored: Stored;
  readonly compressors: readonly Compressor[];
}

/** Chunks that are together in one file, with an index of where each one is. */
export interface Sharding {
  /** The shape of a shard. */
  readonly shard: readonly number[];
  /** The shape of what it holds: chunks, or shards again. */
  readonly chunk: readonly number[];
  /** How the shards in a shard are made; absent if it holds chunks. */
  readonly inside?: Sharding;
  /** The axes of the array from the slowest to the fastest in the index. */
  readonly axes: readonly number[];
  readonly location: "start" | "end";
  /** True if the bytes of the index's numbers are not in this machine's order. */
  readonly otherEndian: boolean;
  /** Whether the index ends with a CRC-32C. */
  readonly checksum: boolean;
}
