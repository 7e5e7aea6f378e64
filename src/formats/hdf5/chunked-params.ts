/** Which chunked datasets are read without the library, and the facts that a worker needs for that. */
import { storedBytes } from "../../data/layout.js";
import { zip } from "../../data/lists.js";
import { sizeOf } from "../../data/region.js";
import type { ChunkedParams, OutsideStretch } from "../hdf5-native/params.js";
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
  /** The axes of arrays that are elements of the dataset; those of the array come after its own. */
  readonly inner: readonly number[];
  readonly chunks: readonly number[] | undefined;
  readonly filters: readonly StoredFilter[];
  readonly header: DatasetHeader | undefined;
  /** Of a field of records, where it is in them. */
  readonly record?: ChunkedParams["record"];
}

/** The facts that a worker needs to read a dataset without the library; undefined if it cannot. */
export function chunkedParams(dataset: string, found: ChunkFacts): ChunkedParams | undefined {
  const { chunks, filters, header, itemBytes, inner, largest, type, record } = found;
  const recordBytes = record?.bytes ?? itemBytes * sizeOf(inner);
  if ("refused" in type || chunks === undefined || header?.chunked === undefined || header.fill === undefined) {
    return undefined;
  }
  const { chunked, fill, base } = header;
  const known = filters.map(chunkFilterOf).filter((filter) => filter !== undefined);
  const agrees =
    chunked.chunk.join() === chunks.join() &&
    chunked.itemBytes === recordBytes &&
    itemBytes === storedBytes({ dtype: type.dtype, encoding: type.encoding }) &&
    (fill.length === 0 || fill.length === recordBytes) &&
    new Set(filters.map(({ id }) => id)).size === filters.length;
  if (!agrees || known.length < filters.length) return undefined;
  const most = chunks.map((length, axis) => {
    const limit = largest[axis] ?? Number.POSITIVE_INFINITY;
    return limit > Number.MAX_SAFE_INTEGER ? null : Math.ceil(limit / length);
  });
  const { encoding } = type;
  const { wholeOnly, index } = chunked;
  return {
    dataset,
    encoding,
    inner,
    chunk: chunks,
    most,
    wholeOnly,
    filters: known,
    fill,
    base,
    index,
    ...(record === undefined ? {} : { record }),
  };
}

/** The bytes of a stretch without chunks that is read at once. */
const STRETCH_BYTES = 2 ** 20;

/**
 * Records in one stretch, or elements in stretches of other files, as chunks without filters: the last axes whole, one
 * cut, those before it one by one. Undefined where they are not that, or are not understood.
 */
export function stretchParams(
  dataset: string,
  shape: readonly number[],
  { header, type, itemBytes, inner, record }: ChunkFacts,
  outside?: readonly OutsideStretch[],
): ChunkedParams | undefined {
  if ("refused" in type || header?.contiguous === undefined || header.fill === undefined) return undefined;
  if (record === undefined && outside === undefined && inner.length === 0) return undefined;
  const { contiguous, fill } = header;
  const base = outside === undefined ? header.base : 0;
  const recordBytes = record?.bytes ?? itemBytes * sizeOf(inner);
  if (contiguous.bytes !== sizeOf(shape) * recordBytes || itemBytes !== storedBytes(type)) return undefined;
  let bytes = recordBytes;
  const chunk = shape
    .toReversed()
    .map((length) => {
      const part = Math.max(1, Math.min(length, Math.floor(STRETCH_BYTES / bytes)));
      bytes *= part < length ? STRETCH_BYTES : length;
      return part;
    })
    .reverse();
  const offset = outside === undefined ? contiguous.offset : 0;
  const index = { kind: "stretch", shape, ...(offset === undefined ? {} : { address: offset - base }) } as const;
  const most = zip(shape, chunk).map(([length, part]) => Math.ceil(length / part));
  const { encoding } = type;
  return {
    ...{ dataset, encoding, inner, chunk, most, wholeOnly: false, filters: [], fill, base, index },
    ...(record === undefined ? {} : { record }),
    ...(outside === undefined ? {} : { outside }),
  };
}
