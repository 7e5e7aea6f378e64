/**
 * The facts that a worker needs to write a Zarr array, as plain data in {@link EncodedArray.params}; and which arrays
 * can be written at all.
 *
 * Invariant: each part is one file: a chunk, or a shard, which holds many chunks and an index.
 */
import { factsOf } from "../../data/dtype.js";
import type { EncodedArray } from "../../data/encoded.js";
import { zip } from "../../data/lists.js";
import { isWritable, mostEncoded, settingsOf } from "./byte-codecs.js";
import { type Refuse, shown } from "./json.js";
import { type ArrayMetadata, chunkBytes, fileShape, indexBytes } from "./metadata.js";

/** The end of an array in the middle of its last parts along an axis. */
export interface Edge {
  readonly axis: number;
  /** How many elements these parts have along the axis. */
  readonly filled: number;
}

/** That end as workers know it. */
export interface EdgeParams extends Edge {
  /** The array as it is. */
  readonly array: EncodedArray;
}

/** The params of an array that is written. */
export interface ZarrWriteParams {
  readonly metadata: ArrayMetadata;
  /** The folder that the array will be, as the user gave it. */
  readonly target: string;
  /** The folder in which it is made until it is committed. */
  readonly staging: string;
  /** Per axis, the number of the part at which the written box begins. */
  readonly first: readonly number[];
  /** Whether files are made for parts with nothing but the fill value. */
  readonly writeEmpty: boolean;
  /** Where the first parts are there already, and are not full. */
  readonly edge?: EdgeParams;
}

/** The most parts along one axis: the names of more would take more than a gigabyte. */
const MOST_PARTS = 2 ** 24;

/**
 * Refuses an array that can perhaps be read, but not be written exactly as its metadata says.
 *
 * @throws what `refuse` makes of a dtype or a codec, `refuseChunks` of the sizes of chunks
 */
export function checkWritable(metadata: ArrayMetadata, refuse: Refuse, refuseChunks: Refuse): void {
  const { shape, chunk, pipeline } = metadata;
  const { filters, rounded, stored, compressors } = pipeline;
  const filter = rounded ? "bitround" : filters[0]?.codec;
  const codec = filter ?? compressors.find((compressor) => !isWritable(compressor))?.codec;
  if (codec !== undefined) throw refuse(`the codec ${shown(codec)} can be read, but cannot be written`);
  if (metadata.sharding?.inside !== undefined) throw refuse("shards inside shards can be read, but cannot be written");
  if (stored.encoding.half) throw refuse("float16 can be read, but cannot be written");
  for (const compressor of compressors) settingsOf(compressor, refuse);
  const part = fileShape(metadata);
  const bad = zip(shape, part).findIndex(([length, side]) => length / side > MOST_PARTS);
  if (bad >= 0) throw refuseChunks(`axis ${bad} has more than ${MOST_PARTS} files; make the chunks longer`);
  const [bytes, most] = [chunkBytes(metadata), mostEncoded(compressors)];
  if (bytes <= most) return;
  throw refuseChunks(`a chunk of (${chunk.join(", ")}) has ${bytes} bytes; at most ${most} can be encoded`);
}

/**
 * The most bytes that writing a part takes: a chunk, its copies in the encoders, chunks that wait for their index; at
 * an edge, the elements that are there, reading them, and the whole part.
 */
export function workspaceOf({ metadata, edge }: Pick<ZarrWriteParams, "metadata" | "edge">): number {
  const { pipeline, sharding } = metadata;
  // In the library: the bytes, a bound of the compressed ones, and the result, which is copied out.
  const copies = pipeline.compressors.length === 0 ? 1 : 5;
  const shard = fileShape(metadata).reduce((product, side) => product * side, factsOf(metadata.dtype).bytes);
  const waiting = sharding?.location === "start" ? 2 * shard : 0;
  // The index, and once more with its checksum.
  const merging = edge === undefined ? 0 : 2 * shard + edge.array.workspace;
  return copies * chunkBytes(metadata) + waiting + merging + 2 * indexBytes(metadata);
}
