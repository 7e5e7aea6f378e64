/** Which chunked datasets are read without the library, and the facts that a worker needs for that. */
import { storedBytes } from "../../data/layout.js";
import type { ChunkedParams } from "../hdf5-native/params.js";
import type { Hdf5Type } from "./datatype.js";
import { chunkFilterOf, type StoredFilter } from "./filters.js";
import type { DatasetHeader } from "./object-header.js";

/** A dataset, as its description and its header show it. */
export interface ChunkFacts {
  /** The largest shape that it may have; above 2^53 where it may grow without end. */
  readonly largest: readonly number[];
  readonly type: Hdf5Type;
  /** Bytes of one element in the file. */
  readonly itemBytes: number;
  readonly chunks: readonly number[] | undefined;
  readonly filters: readonly StoredFilter[];
  readonly header: DatasetHeader | undefined;
}

/** The facts that a worker needs to read a dataset without the library; undefined if it cannot. */
export function chunkedParams(dataset: string, found: ChunkFacts): ChunkedParams | undefined {
  const { chunks, filters, header, itemBytes, largest, type } = found;
  if ("refused" in type || chunks === undefined || header?.chunked === undefined || header.fill === undefined) {
    return undefined;
  }
  const { chunked, fill, base } = header;
  const known = filters.map(chunkFilterOf).filter((filter) => filter !== undefined);
  const agrees =
    chunked.chunk.join() === chunks.join() &&
    chunked.itemBytes === itemBytes &&
    itemBytes === storedBytes({ dtype: type.dtype, encoding: type.encoding }) &&
    (fill.length === 0 || fill.length === itemBytes) &&
    new Set(filters.map(({ id }) => id)).size === filters.length;
  if (!agrees || known.length < filters.length) return undefined;
  const most = chunks.map((length, axis) => {
    const limit = largest[axis] ?? Number.POSITIVE_INFINITY;
    return limit > Number.MAX_SAFE_INTEGER ? null : Math.ceil(limit / length);
  });
  const { encoding } = type;
  const { wholeOnly, index } = chunked;
  return { dataset, encoding, chunk: chunks, most, wholeOnly, filters: known, fill, base, index };
}
