/**
 * What a worker must know to write a Zarr array, whichever version of the format it has: plain data that travels in
 * {@link EncodedArray.params}.
 *
 * Invariant: one part of the array is one file. Without shards a part is a chunk; with shards it is a shard, which holds
 * many chunks and, behind them, an index.
 *
 * ```
 *   part (file)                 shard file
 *   ┌────┬────┐                 │ chunk 0 │ chunk 1 │ chunk 3 │ index: offset, length of each │ crc32c │
 *   │ 0  │ 1  │ chunks
 *   ├────┼────┤                 a chunk with nothing but the fill value is left out: 2^64 - 1, 2^64 - 1
 *   │ 2  │ 3  │
 *   └────┴────┘
 * ```
 */
import type { DType } from "../../../data/dtype.js";

/** A step from bytes to bytes. */
export type ByteCodec =
  | { readonly name: "gzip" | "zlib" | "zstd"; readonly level: number }
  | { readonly name: "lz4"; readonly acceleration: number }
  | {
      readonly name: "blosc";
      readonly cname: string;
      readonly clevel: number;
      /** 0: none, 1: bytes, 2: bits, -1: chosen by the library. */
      readonly shuffle: number;
      readonly blocksize: number;
    }
  | { readonly name: "shuffle"; readonly elementsize: number }
  | { readonly name: "crc32c" };

/** From the elements of a chunk to bytes. */
export interface Pipeline {
  /** The axes from the slowest to the fastest; in order when nothing is transposed. */
  readonly axes: readonly number[];
  readonly bigEndian: boolean;
  readonly steps: readonly ByteCodec[];
}

/** How an array is stored. */
export interface WrittenLayout {
  readonly zarrFormat: 2 | 3;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The shape of what stands in one file. */
  readonly part: readonly number[];
  /** The shape of what is encoded by itself; that of the part where there are no shards. */
  readonly chunk: readonly number[];
  /** Absent where there are no shards. */
  readonly shards?: { readonly indexFirst: boolean; readonly indexChecked: boolean };
  readonly pipeline: Pipeline;
  /** The first component of a key, such as `c`, or nothing. */
  readonly prefix: string;
  readonly separator: "." | "/";
  /** The bytes of the fill value, little-endian, in hexadecimal digits; null where it is not defined. */
  readonly fill: string | null;
}

/** What the writer needs beside the layout. */
export interface Writing {
  readonly layout: WrittenLayout;
  /** The folder that the array will be, as the user gave it. */
  readonly target: string;
  /** Where the work goes on until it is committed. */
  readonly staging: string;
  /** Per axis, the number of the part at which the written box begins. */
  readonly first: readonly number[];
  /** True when files are made for parts with nothing but the fill value. */
  readonly writeEmpty: boolean;
}

/** Where the file of a part lies in the array's folder. */
export function keyOf({ prefix, separator, zarrFormat }: WrittenLayout, part: readonly number[]): string {
  if (part.length === 0) return prefix === "" || zarrFormat === 2 ? "0" : prefix;
  return (prefix === "" ? part : [prefix, ...part]).join(separator);
}
